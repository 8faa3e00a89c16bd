"""Published figures beside ours: what was reproduced, what was not, and what cannot be compared."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.registry import benchmark_names
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.incumbents import Policy, test_at
from nasarena.suite.statistics.intervals import FEWEST_RUNS
from nasarena.suite.statistics.notebook_count import notebook_samples
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, found_share, mean_of, restricted_mean

NEEDS = {
    "nasbench101/cifar10": "it needs the official file; see `nasarena import nasbench101 --help`",
    "mobilenet/imagenet": "it needs trainings on ImageNet",
}
"""What benchmarks of published figures need that nasarena does not have."""


@dataclass(frozen=True)
class Figure:
    """One published number, as `published.toml` has it.

    * `method`, `benchmark`: as published, and under the name that nasarena gives or would give
      the table. `ours`: the name of our method to compare with; None where there is none.
    * `quantity`: charged queries to the optimum, or the test accuracy (percent) after `queries`.
    * `value`, `spread` (its standard error), `runs` (how many were averaged): None if not known.
    * `cap`: queries at which runs were cut, counted as the cap where nothing was found.
    * `counted`: `queries` until the optimum, or as the released `notebooks` of WeakNAS count them.
    * `source`; `metric`, in words; `kind`: how sure the figure is. `recalled` ones are context
      only. `checked`: whether it was read in its source, or measured.
    * `policy` of the incumbent, `labels` and `duplicates` as in a protocol: what ours must share.
    * `incomparable`: why no run here can be compared with it, whatever its rules.
    """

    method: str
    benchmark: str
    quantity: Literal["samples_to_optimum", "test_accuracy"]
    value: float
    source: str
    kind: Literal["code", "paper", "recalled", "run"]
    metric: str
    checked: bool
    ours: str | None = None
    queries: int | None = None
    spread: float | None = None
    runs: int | None = None
    cap: int | None = None
    counted: Literal["queries", "notebooks"] = "queries"
    policy: Policy | None = None
    labels: Literal["mean", "one_run"] = "mean"
    duplicates: Literal["by_id", "by_isomorphism"] = "by_id"
    incomparable: str | None = None


@dataclass(frozen=True)
class Verdict:
    """A published figure, ours beside it (a mean over `runs` runs), and what follows.

    `ours` is None where our runs have no such number. Where there is one and `verdict` is `not
    comparable`, it is shown without a judgement. `words` is the verdict as a sentence. With
    `context_only` the figure was recalled and not checked: whatever the verdict, it counts neither
    as reproduced nor as failed.
    """

    figure: Figure
    ours: Estimate | None
    runs: int
    verdict: Literal["reproduced", "better", "worse", "not comparable"]
    words: str
    context_only: bool


@cache
def published() -> tuple[Figure, ...]:
    """All published figures, in the order of their file."""
    text = (files("nasarena.suite") / "statistics" / "published.toml").read_text(encoding="utf-8")
    return tuple(Figure(**entry) for entry in tomllib.loads(text)["figure"])


def verdicts(comparison: Comparison) -> list[Verdict]:
    """What a comparison's runs say of each published figure.

    "Reproduced" means that the published value lies in our 95 % interval. Ours are the runs with
    the method's own largest budget, not cut at the comparison's. Where some of them had not found
    the optimum, there is a verdict if it is the same whether these count as their budget or as all
    architectures of the space.
    """
    return [_verdict(comparison, figure) for figure in published()]


def _verdict(comparison: Comparison, figure: Figure) -> Verdict:
    why = _why_not(comparison, figure)
    if why:
        return _answer(figure, None, 0, "not comparable", f"Not comparable: {why}.")
    assert figure.ours is not None
    runs = comparison.run_sets[figure.benchmark][figure.ours]
    return (
        _samples(figure, runs) if figure.quantity == "samples_to_optimum" else _test(figure, runs)
    )


def _why_not(comparison: Comparison, figure: Figure) -> str | None:
    """Why there are no runs here to compare with a figure; None if there are some."""
    lasting = []
    if figure.benchmark not in {*benchmark_names(), *comparison.run_sets}:
        needs = f" ({NEEDS[figure.benchmark]})" if figure.benchmark in NEEDS else ""
        lasting.append(f"{figure.benchmark} is not shipped here{needs}")
    if figure.ours is None:
        lasting.append(f"{figure.method} has no counterpart here")
    if figure.incomparable:
        lasting.append(figure.incomparable)
    if lasting or figure.ours is None:
        return "; ".join(lasting)
    runs = comparison.run_sets.get(figure.benchmark, {}).get(figure.ours)
    if runs is None:
        return f"{figure.ours} was not run on {figure.benchmark} under these rules"
    return _why_not_these(figure, runs)


def _why_not_these(figure: Figure, runs: RunSet) -> str | None:
    """Why these runs cannot be compared with a figure; None if they can."""
    if "failed" in runs.stop_reasons:
        return f"some runs of {figure.ours} failed"
    if runs.identity.limit:
        return f"ours are for architectures with {runs.benchmark.limit_text} only"
    if runs.identity.duplicates != figure.duplicates:
        charged = "free here, and the figure charges them"
        free = "charged here, and free in the figure"
        return f"isomorphic twins are {charged if figure.duplicates == 'by_id' else free}"
    if runs.identity.labels != figure.labels:
        one, mean = "labels of one training run", "seed-averaged labels"
        theirs, ours = (mean, one) if figure.labels == "mean" else (one, mean)
        return f"the figure is for {theirs}, and ours for {ours}"
    return None


def _samples(figure: Figure, runs: RunSet) -> Verdict:
    by_notebooks = figure.counted == "notebooks"
    samples = notebook_samples(runs) if by_notebooks else runs.samples_to_optimum
    budget = runs.identity.budget
    if figure.cap is not None and budget < figure.cap:
        words = f"Not comparable: our runs end at {budget} queries, those of the figure at "
        return _answer(figure, None, runs.count, "not comparable", f"{words}{figure.cap}.")
    cut = budget if figure.cap is None else figure.cap
    ours = restricted_mean(samples, cut)
    if figure.cap is None and found_share(samples, cut).value < 1:
        return _cut_short(figure, runs, samples, ours)
    return _compared(figure, ours, runs.count, lower_is_better=True, unit="queries")


def _cut_short(
    figure: Figure, runs: RunSet, samples: NDArray[np.float64], ours: Estimate
) -> Verdict:
    """The verdict where some runs had not found the optimum when their budget ended.

    The mean lies between `ours`, in which these runs count as the budget, and the one in which they
    count as all architectures of the space. There is a verdict where both have the same.
    """
    budget = runs.identity.budget
    if ours.low is not None and _side(figure, ours) == "above":
        return _compared(figure, ours, runs.count, lower_is_better=True, unit="queries or more")
    missed, whole = samples > budget, max(budget, runs.benchmark.space.size)
    share = _percent(missed.mean())
    most = mean_of(np.where(missed, whole, samples))
    side = _side(figure, most)
    if ours.low is None or side != _side(figure, ours):
        words = (
            f"Not comparable: {share} of our runs had not found it after {budget:,} queries, so "
            f"that our mean is only known to be at least {_number(ours)}."
        )
        return _answer(figure, ours, runs.count, "not comparable", words)
    verdict: Literal["reproduced", "better"] = "reproduced" if side == "around" else "better"
    words = (
        f"{verdict.capitalize()}: whether the {share} of our runs that had not found it count as "
        f"{budget:,} queries or as {whole:,}, the whole space, our interval lies {side} the "
        f"published {figure.value:,.6g}: {_with_interval(ours)} or {_with_interval(most)}."
    )
    return _answer(figure, ours, runs.count, verdict, words)


def _test(figure: Figure, runs: RunSet) -> Verdict:
    assert figure.queries is not None
    assert figure.policy is not None
    budget, why = runs.identity.budget, ""
    if budget < figure.queries:
        why = f"our runs end at {budget} queries, below its {figure.queries}"
    elif runs.benchmark.table.test is None:
        why = "the table here has no test accuracies"
    elif figure.policy != "best_validation" and runs.identity.stop != "budget":
        why = "our runs stop at the optimum, and better tests could have come after it"
    tests = None if why else test_at(runs, np.array([figure.queries]), figure.policy)[:, 0]
    if tests is None or np.isnan(tests).any():
        why = why or f"{figure.ours} has no such answer after {figure.queries} queries"
        return _answer(figure, None, runs.count, "not comparable", f"Not comparable: {why}.")
    return _compared(figure, mean_of(tests), runs.count, lower_is_better=False, unit="%")


def _compared(
    figure: Figure, ours: Estimate, runs: int, lower_is_better: bool, unit: str
) -> Verdict:
    if runs < FEWEST_RUNS:
        of = "a single run" if runs == 1 else f"{runs} runs"
        words = f"Not comparable: our {_number(ours)} is of {of}; an interval needs {FEWEST_RUNS}."
        return _answer(figure, ours, runs, "not comparable", words)
    side = _side(figure, ours)
    all_agree = f" in all {runs} runs" if ours.low is None else ""
    said = f"{_with_interval(ours, f' {unit}')}{all_agree}"
    if side == "around":
        words = f"Reproduced: the published {figure.value:,.6g} lies in our interval, {said}."
        return _answer(figure, ours, runs, "reproduced", words)
    words = f"ours, {said}, lies {side} the published {figure.value:,.6g}."
    if (side == "below") == lower_is_better:
        return _answer(figure, ours, runs, "better", f"Better: {words}")
    return _answer(figure, ours, runs, "worse", f"Worse: {words}")


def _side(figure: Figure, ours: Estimate) -> Literal["below", "around", "above"]:
    """Where our interval lies, from the published value; without an interval, our mean."""
    low = ours.value if ours.low is None else ours.low
    high = ours.value if ours.high is None else ours.high
    if low <= figure.value <= high:
        return "around"
    return "below" if high < figure.value else "above"


def _answer(
    figure: Figure,
    ours: Estimate | None,
    runs: int,
    verdict: Literal["reproduced", "better", "worse", "not comparable"],
    words: str,
) -> Verdict:
    context_only = figure.kind == "recalled"
    if context_only:
        words += " Context only: the figure is recalled and could not be checked."
    return Verdict(figure, ours.rounded() if ours else None, runs, verdict, words, context_only)


def _with_interval(estimate: Estimate, unit: str = "") -> str:
    if estimate.low is None or estimate.high is None:
        return f"{_number(estimate)}{unit}"
    return f"{_number(estimate)}{unit} [{_end(estimate.low)}, {_end(estimate.high)}]"


def _number(estimate: Estimate) -> str:
    return _end(estimate.value)


def _end(value: float) -> str:
    return f"{value:,.4g}" if value < 10_000 else f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
