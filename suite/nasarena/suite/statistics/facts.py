"""What is known of a benchmark's table: its size, its optimum, and how much of it is noise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.statistics.goals import WITHIN_TENTH
from nasarena.suite.statistics.intervals import Z, rounded
from nasarena.suite.tables.limited_table import feasible_part
from nasarena.suite.tables.metric import Column
from nasarena.suite.tables.objective import ACCURACY, Objective
from nasarena.suite.tables.table import Table

TOP = 0.99
"""The top 1 %: at or above this quantile of mean validation accuracy, ties in."""

STANDS_OUT = 2.0
"""Standard errors between the best and the second from which the optimum is more than noise."""


@dataclass(frozen=True)
class Facts:
    """The card of a benchmark. Accuracies in percent, leads in points; None for what is unknown.

    Of another `objective` values are as they were measured, and leads in its unit.

    * `classes`: isomorphism classes; `optima`: architectures that tie at the best mean
      validation accuracy (within 1e-9), `optimum` their names in the source's notation.
    * `training_runs`: the most that an architecture has; `fewest_training_runs`: the fewest.
    * `seed_correlation`: Spearman's rank correlation between two training runs' validation
      accuracies, averaged over the pairs of runs that most architectures have: how well one run
      predicts another.
    * `lead`: from the best mean validation accuracy to the best of the others; `lead_in_errors`:
      the same over the standard error of that difference, the spread between an architecture's
      runs being that of the top 1 %.
    * `spearman`, `spearman_top`: between validation and test accuracies, of all architectures and
      of the top 1 % by validation.
    * `test_at_optimum`: of the best validated (the highest float); `best_test`: the highest.
    * `mean_validation`, `mean_test`: averages over all architectures of the space.
    * `noise`: how certain the optimum is in view of the training noise, in words.
    * `metrics`: all that was measured, by name, those that were fetched included.
    """

    benchmark: str
    space: str
    architectures: int
    classes: int
    optima: int
    optimum: tuple[str, ...]
    best_validation: float
    test_at_optimum: float | None
    best_test: float | None
    mean_validation: float
    mean_test: float | None
    training_runs: int
    fewest_training_runs: int
    seed_correlation: float | None
    lead: float | None
    lead_in_errors: float | None
    spearman: float | None
    spearman_top: float | None
    has_training_seconds: bool
    table_sha256: str
    source_sha256: str
    licence: str
    citation: str
    noise: str
    objective: Objective = ACCURACY
    metrics: Mapping[str, Column] = field(default_factory=dict, repr=False, compare=False)

    @property
    def fetched(self) -> dict[str, list[Column]]:
        """The fetched metrics, by the entry of the catalogue that they were fetched with."""
        sources: dict[str, list[Column]] = {}
        for column in self.metrics.values():
            if column.source:
                sources.setdefault(column.source, []).append(column)
        return sources


def facts(benchmark: Benchmark) -> Facts:
    """The facts of a benchmark, from its table alone; under a limit, of what keeps to it."""
    optimum, space = benchmark.table.optimum, benchmark.space
    table = feasible_part(benchmark.table)
    mean, test = table.mean_validation, table.test
    top = mean >= np.quantile(mean, TOP)
    correlations = [
        correlation
        for one, other in combinations(_common_runs(table), 2)
        if (correlation := _spearman(one, other)) is not None
    ]
    lead, lead_in_errors, close = _lead(table)
    correlation = float(np.mean(correlations)) if correlations else None
    measured = benchmark.objective.measured
    return Facts(
        benchmark=benchmark.name,
        space=space.name,
        architectures=benchmark.table.size,
        classes=space.class_count,
        optima=optimum.size,
        optimum=tuple(space.key(id) for id in optimum.tolist()),
        best_validation=rounded(measured(table.best_validation)),
        test_at_optimum=None if test is None else rounded(measured(float(test[mean.argmax()]))),
        best_test=None if test is None else rounded(measured(float(test.max()))),
        mean_validation=rounded(measured(float(mean.mean()))),
        mean_test=None if test is None else rounded(measured(float(test.mean()))),
        training_runs=int(table.runs.max()),
        fewest_training_runs=int(table.runs.min()),
        seed_correlation=_rounded(correlation),
        lead=_rounded(lead),
        lead_in_errors=_rounded(lead_in_errors),
        spearman=None if test is None else _rounded(_spearman(mean, test)),
        spearman_top=None if test is None else _rounded(_spearman(mean[top], test[top])),
        has_training_seconds=table.training_seconds is not None,
        table_sha256=table.sha256,
        source_sha256=table.source_sha256,
        licence=benchmark.licence,
        citation=benchmark.citation,
        noise=_noise(benchmark, lead, lead_in_errors, close),
        objective=benchmark.objective,
        metrics=benchmark.metrics,
    )


def _common_runs(table: Table) -> NDArray[np.float64]:
    """Validation accuracies of the runs that most architectures have, a row each.

    Where only the best were trained more often, their further runs say nothing of the others.
    """
    common = (table.runs[:, None] > np.arange(table.validation.shape[1])).mean(axis=0) >= 0.5
    rows: NDArray[np.float64] = table.validation.T[common]
    return rows


def _lead(table: Table) -> tuple[float | None, float | None, int | None]:
    """From the best to the second: in points, in standard errors, and how many are that close."""
    others = np.setdiff1d(np.arange(table.size), table.optimum)
    if others.size == 0:
        return None, None, None
    gaps = table.regret(others)
    second = int(gaps.argmin())
    top = table.mean_validation >= np.quantile(table.mean_validation, TOP)
    deviations = table.validation[top] - table.mean_validation[top, None]
    degrees = int((table.runs[top] - 1).sum())
    squares = float(np.nansum(deviations**2))
    if degrees == 0 or squares == 0:
        return float(gaps[second]), None, None
    of_optimum = table.runs[table.optimum].max()
    errors = np.sqrt(squares / degrees * (1 / of_optimum + 1 / table.runs[others]))
    close = int((gaps < Z * errors).sum())
    return float(gaps[second]), float(gaps[second] / errors[second]), close


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Spearman's rank correlation where both are measured; None where it is undefined."""
    from scipy.stats import spearmanr

    both = ~np.isnan(one) & ~np.isnan(other)
    one, other = one[both], other[both]
    if one.size < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one, other).statistic)


def _noise(
    benchmark: Benchmark, lead: float | None, in_errors: float | None, close: int | None
) -> str:
    """What is known of the optimum's standing, in a sentence or two."""
    optima = benchmark.table.optimum.size
    if lead is None:
        return "All architectures are equally good: there is nothing to find."
    best = "The optimum leads" if optima == 1 else f"{optima} architectures tie as best and lead"
    leads = f"{best} the next by {lead:.3g} {benchmark.objective.gap}"
    if in_errors is None or close is None:
        near = int(WITHIN_TENTH.members(benchmark).sum()) - optima
        why = (
            "The source has one value an architecture"
            if int(benchmark.table.runs.max()) == 1
            else "No two training runs of one of the best architectures differ"
        )
        return (
            f"{leads}. {why}, so how much of that is training noise is not known; "
            f"{_so_many(near)} within 0.1 % of the best."
        )
    verdict = (
        "The optimum stands out from training noise"
        if in_errors >= STANDS_OUT
        else f"Training noise cannot distinguish the top {optima + max(close, 1):,}"
    )
    return (
        f"{leads} ({in_errors:.2g} standard errors of such a "
        f"difference); {_so_many(close)} within 1.96 standard errors of the best. {verdict}."
    )


def _so_many(count: int) -> str:
    return {0: "no other lies", 1: "1 other lies"}.get(count, f"{count} others lie")


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)
