"""How much of the true front of two objectives methods have measured after so many queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.checks.verdicts import Mark
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.fixed_budgets import FIXED_BUDGETS
from nasarena.suite.statistics.fronts import TwoObjectives, hypervolume_shares, two_objectives
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, means_of


@dataclass(frozen=True)
class FrontRow:
    """What a method's runs have measured after `queries` charged queries: means over runs.

    `hypervolume` is that of the measured front, as a share of the true front's; `front_found` the
    share of the true front's architectures that were charged. A run that has ended keeps what it
    had. `metric_sha256` is of the metrics that were fetched with this one, or of the table.
    """

    protocol: str
    benchmark: str
    method: str
    seeds: int
    budget: int
    queries: int
    hypervolume: Estimate
    front_found: Estimate
    metric: str
    unit: str
    direction: str
    metric_sha256: str
    table_sha256: str
    stops_at_optimum: bool
    failed: int
    verdict: Mark = "not audited"

    @property
    def ranked(self) -> bool:
        """Whether no run failed, and no audit rejected them."""
        return not self.failed and self.verdict != "rejected"


@dataclass(frozen=True)
class FrontTable:
    """The rows of one protocol and benchmark, the largest hypervolume at the end first.

    Methods with failed or rejected runs come last.
    """

    both: TwoObjectives
    rows: list[FrontRow]


def front_tables(
    run_sets: Sequence[RunSet], metric: str
) -> tuple[list[FrontTable], dict[str, UserError]]:
    """A table for each protocol and benchmark with this metric, in the order of the run sets.

    Also says, by benchmark, why the others have none.
    """
    groups: dict[tuple[str, str], list[RunSet]] = {}
    for runs in run_sets:
        groups.setdefault((runs.identity.protocol, runs.identity.benchmark), []).append(runs)
    tables, without = [], {}
    for (_, benchmark), group in groups.items():
        try:
            both = two_objectives(group[0].benchmark, metric)
        except UserError as error:
            without[benchmark] = error
            continue
        tables.append(FrontTable(both, in_order(method_rows(group, both))))
    return tables, without


def method_rows(run_sets: Sequence[RunSet], both: TwoObjectives) -> list[list[FrontRow]]:
    """The rows of each method, at fixed numbers of queries up to its budget, and there."""
    return [list(_rows(runs, both)) for runs in run_sets]


def _rows(runs: RunSet, both: TwoObjectives) -> Iterator[FrontRow]:
    identity = runs.identity
    fixed = [queries for queries in FIXED_BUDGETS if queries < identity.budget]
    positions = np.array([*fixed, identity.budget])
    volumes = hypervolume_shares(runs, both, positions)
    estimates = means_of(np.concatenate([volumes, _found(runs, both, positions)], axis=1).T)
    for place, queries in enumerate(positions.tolist()):
        volume, found = estimates[place], estimates[place + positions.size]
        assert volume is not None
        assert found is not None
        yield FrontRow(
            protocol=identity.protocol,
            benchmark=identity.benchmark,
            method=identity.method,
            seeds=runs.count,
            budget=identity.budget,
            queries=queries,
            hypervolume=volume.rounded(),
            front_found=found.rounded(),
            metric=both.metric.name,
            unit=both.metric.unit,
            direction=str(both.metric.direction),
            metric_sha256=both.sha256,
            table_sha256=identity.table_sha256,
            stops_at_optimum=identity.stop == "optimum",
            failed=runs.stop_reasons.count("failed"),
            verdict=runs.mark,
        )


def _found(runs: RunSet, both: TwoObjectives, positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of the true front's architectures charged by then. Shape (runs, positions)."""
    hits = runs.matrix(np.isin(runs.ids, both.front).astype(np.float64), 0.0)
    counts = np.concatenate([np.zeros((runs.count, 1)), np.cumsum(hits, axis=1)], axis=1)
    reached = np.take_along_axis(counts, runs.traced_by(positions), axis=1)
    shares: NDArray[np.float64] = reached / both.front.size
    return shares


def in_order(methods: Sequence[Sequence[FrontRow]]) -> list[FrontRow]:
    """The rows of methods, the largest hypervolume at the end first, unranked methods last."""
    ordered = sorted(
        methods,
        key=lambda rows: (not rows[-1].ranked, -rows[-1].hypervolume.value, rows[-1].method),
    )
    return [row for rows in ordered for row in rows]
