"""The ratio of two methods' samples, its interval, and the difference that the seeds can show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.adequacy import ALPHA, FEWEST, adequacies
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.two_methods import counted


@dataclass(frozen=True)
class SamplesEffect:
    """Two methods' samples to the optimum on one benchmark, both cut at the smaller budget.

    * `ratio`: mean of min(samples, budget) of `a` over that of `b`; below 1, `a` needs fewer. Its
      interval is `ratio_of_means`'s; none where neither ever found the optimum.
    * `p`: that of `nasarena.suite.statistics.pairwise.compare`, not corrected.
    * `smallest`: the smallest true difference (samples) that these seeds would have shown in 80 %
      of repetitions, as `nasarena.suite.statistics.adequacy` says; None where that is not known.
    * `note`: which numbers are missing and why, in a sentence; empty where none is.
    """

    protocol: str
    benchmark: str
    a: str
    b: str
    budget: int
    seeds: int
    ratio: Estimate
    p: float | None
    smallest: float | None
    note: str


def samples_effects(comparisons: Sequence[Comparison], a: str, b: str) -> list[SamplesEffect]:
    """The effect on every benchmark with a known optimum on which both have runs to compare."""
    return [
        _samples_effect(comparison.name, cells[a], cells[b])
        for comparison in comparisons
        for cells in comparison.run_sets.values()
        if a in cells
        and b in cells
        and cells[a].benchmark.table.optimum_known
        and counted(cells[a], cells[b])[0].any()
    ]


def _samples_effect(protocol: str, a: RunSet, b: RunSet) -> SamplesEffect:
    budget = min(a.identity.budget, b.identity.budget)
    difference = compare(a, b, budget)
    (adequacy,) = adequacies([difference])
    of_a, of_b = (
        runs.samples_to_optimum[count] for runs, count in zip((a, b), counted(a, b), strict=True)
    )
    ratio = ratio_of_means(np.minimum(of_a, budget), np.minimum(of_b, budget), difference.paired)
    found = (of_a <= budget).any() or (of_b <= budget).any()
    return SamplesEffect(
        protocol=protocol,
        benchmark=difference.benchmark,
        a=difference.a,
        b=difference.b,
        budget=budget,
        seeds=difference.seeds,
        ratio=(ratio if found else Estimate(ratio.value)).rounded(),
        p=difference.p,
        smallest=adequacy.smallest,
        note=difference.note,
    )


def ratio_of_means(a: NDArray[np.float64], b: NDArray[np.float64], paired: bool) -> Estimate:
    """The mean of `a` over the mean of `b`, both above 0, with its 95 % interval.

    Student's interval of the log ratio, whose standard error is that of the delta method: over
    pairs of equal place, or over `a` and `b` apart with Welch's degrees of freedom. None below six
    values in either, as for the smallest difference, and none where nothing varies. Sources:
    Oehlert, "A note on the delta method", 1992; Welch, "The generalization of Student's problem",
    1947.
    """
    from scipy.special import stdtrit

    ratio = float(a.mean() / b.mean())
    if min(a.size, b.size) < FEWEST:
        return Estimate(ratio)
    if paired:
        square = float(np.var(a / a.mean() - b / b.mean(), ddof=1)) / a.size
        freedom = a.size - 1.0
    else:
        parts = [float(np.var(some / some.mean(), ddof=1)) / some.size for some in (a, b)]
        square = sum(parts)
        weights = sum(part**2 / (some.size - 1) for part, some in zip(parts, (a, b), strict=True))
        freedom = square**2 / weights if weights else 1.0
    if square == 0:
        return Estimate(ratio)
    half = float(stdtrit(freedom, 1 - ALPHA / 2)) * square**0.5
    return Estimate(ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half)))
