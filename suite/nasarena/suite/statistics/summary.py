"""The samples-to-optimum table: one row a method, benchmark and protocol."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.checks.verdicts import Mark
from nasarena.suite.records.run_record import STOP_REASONS
from nasarena.suite.statistics.incumbents import final_incumbents, oracle_tests
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import ert, found_share, median, restricted_means
from nasarena.suite.tables.objective import Objective


@dataclass(frozen=True)
class Row:
    """One row of the table. None where the source, the protocol or the number of seeds has none.

    Samples are charged queries, or full trainings where queries ask for several lengths; a run that
    did not find the optimum, however it ended, counts
    with the whole budget (`restricted_mean_samples`) or as later than all others (`median_samples`,
    None where that is the median). `ert` is the expected number of samples with restarts: all that
    runs spent over the number that found the optimum, None where none did. `rounds` is the mean
    number of rounds until the optimum or the budget: in a run that ended before both, each query
    that it did not make counts as a round. Regret is in points, tests in percent; both are
    means over runs at the budget.

    `objective` and `unit` say what a benchmark measures. Of another objective than accuracy,
    regret is in its unit and never negative, and tests are as they were measured.

    Of a live benchmark the optimum is not known: what counts samples to it is NaN or None (null in
    files), and regret is from the best known, of all results that were loaded together.

    `sources` is the number of different digests of the method's source among the runs: above 1,
    they were made with different code under one version. `verdict` is what `nasarena audit` stored
    beside the runs. `limit` is the protocol's, in words. `fidelities` is `multi` where
    queries ask for trainings of several lengths: samples and budgets are then full trainings.
    """

    benchmark: str
    method: str
    protocol: str
    seeds: int
    budget: int
    found_share: float
    found_share_low: float
    found_share_high: float
    median_samples: float | None
    restricted_mean_samples: float
    restricted_mean_low: float | None
    restricted_mean_high: float | None
    rounds: float
    stop_reasons: dict[str, int]
    best_validation_regret: float | None
    test_of_best_validation: float | None
    oracle_test: float | None
    method_version: str
    table_sha256: str
    ert: float | None = None
    sources: int = 0
    objective: str = "accuracy"
    unit: str = "%"
    verdict: Mark = "not audited"
    limit: str = ""
    fidelities: str = "full"

    @property
    def measures(self) -> Objective:
        """The objective of the benchmark; its direction is not part of a row."""
        return Objective(self.objective, self.unit)

    @property
    def mixed(self) -> bool:
        """Whether the runs were made with different source code under one version."""
        return self.sources > 1

    @property
    def optimum_known(self) -> bool:
        """Whether the benchmark's optimum is known; if not, samples to it and shares are NaN."""
        return not math.isnan(self.found_share)

    @property
    def failed(self) -> bool:
        """Whether a run failed: such a method is shown but not ranked."""
        return self.stop_reasons.get("failed", 0) > 0

    @property
    def ranked(self) -> bool:
        """Whether no run failed, and no audit rejected them."""
        return not self.failed and self.verdict != "rejected"


@dataclass(frozen=True)
class Counted:
    """What is counted of a cell: its row, whose mean is missing, and what that is made of.

    `samples` are those to the optimum, infinity where it was not found, of shape (runs,).
    """

    row: Row
    samples: NDArray[np.float64]


def summary_rows(run_sets: Iterable[RunSet]) -> list[Row]:
    """The rows of cells' runs: by protocol and benchmark, fewest samples first, others last."""
    return in_order(with_means([counted(runs) for runs in run_sets]))


def with_means(cells: Sequence[Counted]) -> list[Row]:
    """The rows of cells, with the restricted means and their intervals, in the order of the cells.

    Cells with as many runs and the same budget are resampled together: that is several times
    faster, and since samples are whole numbers, whose sums are exact, the same.
    """
    rows = [cell.row for cell in cells]
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row.optimum_known:
            alike[row.seeds, row.budget].append(place)
    for (_, budget), places in alike.items():
        samples = np.stack([cells[place].samples for place in places])
        for place, mean in zip(places, restricted_means(samples, budget), strict=True):
            rounded_mean = mean.rounded()
            rows[place] = replace(
                rows[place],
                restricted_mean_samples=rounded_mean.value,
                restricted_mean_low=rounded_mean.low,
                restricted_mean_high=rounded_mean.high,
            )
    return rows


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows by protocol and benchmark, fewest samples first, those that are not ranked last."""
    return sorted(
        rows,
        key=lambda row: (
            row.protocol,
            row.benchmark,
            not row.ranked,
            *_order(row),
            row.method,
        ),
    )


def _order(row: Row) -> tuple[float, float]:
    """Fewest samples first; where the optimum is not known, least regret."""
    if row.optimum_known:
        return row.restricted_mean_samples, 0.0
    regret = row.best_validation_regret
    return 0.0, np.inf if regret is None else regret


def restricted(runs: RunSet) -> NDArray[np.float64]:
    """min(samples to optimum, budget) of each run. Shape (runs,)."""
    return np.minimum(runs.samples_to_optimum, runs.identity.budget)


def counted(runs: RunSet) -> Counted:
    """What is counted of a cell's runs."""
    identity, table = runs.identity, runs.benchmark.table
    objective = runs.benchmark.objective
    samples, budget = runs.samples_to_optimum, identity.budget
    found = found_share(samples, budget).rounded()
    assert found.low is not None
    assert found.high is not None
    reasons = Counter(runs.stop_reasons)
    incumbents = final_incumbents(runs)
    answered = (incumbents >= 0).all()
    test_of_best = oracle_test = None
    if table.test is not None and answered:
        test_of_best = rounded(objective.measured(float(table.test[incumbents].mean())))
        # After a stop at the optimum, better tests could still have been queried.
        if identity.stop == "budget" or not table.optimum_known:
            oracle_test = rounded(objective.measured(float(oracle_tests(runs).mean())))
    row = Row(
        benchmark=identity.benchmark,
        method=identity.method,
        protocol=identity.protocol,
        seeds=runs.count,
        budget=identity.budget,
        found_share=found.value,
        found_share_low=found.low,
        found_share_high=found.high,
        median_samples=_rounded(median(samples, budget)),
        restricted_mean_samples=math.nan,
        restricted_mean_low=None,
        restricted_mean_high=None,
        rounds=rounded(float(_rounds(runs).mean())),
        stop_reasons={reason: reasons[reason] for reason in STOP_REASONS if reasons[reason]},
        best_validation_regret=rounded(float(table.regret(incumbents).mean()))
        if answered
        else None,
        test_of_best_validation=test_of_best,
        oracle_test=oracle_test,
        method_version=identity.method_version,
        table_sha256=identity.table_sha256,
        ert=_rounded(ert(samples, budget)),
        sources=len(runs.sources),
        objective=objective.name,
        unit=objective.unit,
        verdict=runs.mark,
        limit=runs.benchmark.limit_text,
        fidelities=identity.fidelities,
    )
    if table.optimum_known:
        return Counted(row, samples)
    unknown = replace(
        row,
        found_share=math.nan,
        found_share_low=math.nan,
        found_share_high=math.nan,
        median_samples=None,
        ert=None,
    )
    return Counted(unknown, samples)


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _rounds(runs: RunSet) -> NDArray[np.int64]:
    """Rounds until the optimum was charged, or to the budget, for each run.

    In a run that ended before both, each query that it did not make counts as a round: returning
    after one call is not a search in one round.
    """
    rounds = runs.rounds_by(np.minimum(runs.samples_to_optimum, runs.identity.budget))
    left = (runs.identity.budget - runs.used).astype(np.int64)
    not_made = np.where(np.isfinite(runs.samples_to_optimum), 0, left)
    return rounds + (not_made if runs.benchmark.table.optimum_known else 0)
