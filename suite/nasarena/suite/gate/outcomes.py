"""What the gate keeps of runs: how each ended up, and a digest of its trace."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.records.soundness import COST_TIE
from nasarena.suite.records.store import cell_folder, read_executions
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import RunSet

TRACE_BYTES = 16
"""Of a trace's SHA-256: enough that no two traces have the same by chance."""

_POSITIONS = 200
"""Numbers of queries at which regret is read, evenly over the budget."""


@dataclass(frozen=True)
class Outcomes:
    """The runs of one method on one benchmark under one protocol, in seed order.

    All arrays have the shape (runs,):

    * `samples`: charged queries until the optimum; infinity where it was not found. Of trainings of
      several lengths: full trainings, rounded up.
    * `areas`: the mean, over the budget, of the natural logarithm of the regret of the best
      validated architecture; the optimum counts as half the smallest regret of the table.
    * `queries`: charged queries in all.
    * `failed`: whether the run failed.
    * `cpu_seconds`: of the search, with the harness's own share.
    * `traces`: a digest of the charged ids and their rounds.
    * `sources`, `environments`: what made each run, as in its execution.
    """

    identity: CellIdentity
    seeds: NDArray[np.int64]
    samples: NDArray[np.float64]
    areas: NDArray[np.float64]
    queries: NDArray[np.int64]
    failed: NDArray[np.bool_]
    cpu_seconds: NDArray[np.float64]
    traces: list[bytes]
    sources: list[str]
    environments: list[str]

    @property
    def key(self) -> tuple[str, str]:
        """Method and benchmark."""
        return self.identity.method, self.identity.benchmark

    @property
    def count(self) -> int:
        """Number of runs."""
        return int(self.seeds.size)

    @property
    def censored(self) -> NDArray[np.float64]:
        """Samples, or the budget where the optimum was not found in it. (runs,)"""
        return np.minimum(self.samples, self.identity.budget)

    @property
    def seconds_per_query(self) -> float:
        """CPU seconds of all runs over their charged queries; NaN without a query."""
        queries = int(self.queries.sum())
        return float(self.cpu_seconds.sum()) / queries if queries else float("nan")

    def of(self, seeds: Iterable[int]) -> "Outcomes":
        """The same of some of its seeds."""
        return self.at(np.flatnonzero(np.isin(self.seeds, list(seeds))))

    def at(self, chosen: NDArray[np.int64]) -> "Outcomes":
        """The same of the runs at some places, in this order."""
        return replace(
            self,
            seeds=self.seeds[chosen],
            samples=self.samples[chosen],
            areas=self.areas[chosen],
            queries=self.queries[chosen],
            failed=self.failed[chosen],
            cpu_seconds=self.cpu_seconds[chosen],
            traces=[self.traces[row] for row in chosen],
            sources=[self.sources[row] for row in chosen],
            environments=[self.environments[row] for row in chosen],
        )


def load_outcomes(
    results: Path,
    keep: Callable[[CellIdentity], bool] = lambda identity: True,
    seeds: Iterable[int] | None = None,
) -> list[Outcomes]:
    """The outcomes of a results folder, by method and benchmark.

    Of the cells to `keep` and of some `seeds` only, where they are given; a cell without runs is
    left out. Raises UserError: see `load_run_sets`; also where the optimum of a benchmark is not
    known, and where one method has runs on a benchmark under two protocols.
    """
    found: dict[tuple[str, str], Outcomes] = {}
    for runs in load_run_sets(results):
        if not keep(runs.identity):
            continue
        outcomes = outcomes_of(runs, results)
        if seeds is not None:
            outcomes = outcomes.of(seeds)
        if not outcomes.count:
            continue
        if outcomes.key in found:
            method, benchmark = outcomes.key
            raise UserError(
                f"{results} has runs of {method} on {benchmark} under two protocols; give a folder "
                "with those of one"
            )
        found[outcomes.key] = outcomes
    return [found[key] for key in sorted(found)]


def require_optimum(benchmark: str) -> None:
    """Raises UserError where samples to the optimum cannot be counted."""
    if not load_benchmark(benchmark).table.optimum_known:
        raise UserError(
            f"the optimum of {benchmark} is not known, so samples to it cannot be compared; leave "
            "that benchmark out"
        )


def outcomes_of(runs: RunSet, results: Path) -> Outcomes:
    """The outcomes of a cell whose records lie in a results folder. Raises UserError."""
    identity = runs.identity
    require_optimum(identity.benchmark)
    folder = cell_folder(results, identity.protocol, identity.benchmark, identity.method)
    executions = {row["seed"]: row for row in read_executions(folder).to_pylist()}
    nothing = {"cpu_seconds": float("nan"), "source_digest": "", "environment": ""}
    rows = [executions.get(seed, nothing) for seed in runs.seeds.tolist()]
    failed = np.array([reason == "failed" for reason in runs.stop_reasons])
    return Outcomes(
        identity=identity,
        seeds=runs.seeds,
        # Whole numbers: parts of a full training count as one.
        samples=np.where(failed, np.inf, np.ceil(runs.samples_to_optimum - COST_TIE)),
        areas=_areas(runs),
        queries=runs.charged,
        failed=failed,
        cpu_seconds=np.array([row["cpu_seconds"] for row in rows]),
        traces=_traces(runs),
        sources=[row["source_digest"] for row in rows],
        environments=[row["environment"] for row in rows],
    )


def _areas(runs: RunSet) -> NDArray[np.float64]:
    """The mean logarithm of the regret of each run. (runs,)"""
    table, budget = runs.benchmark.table, runs.identity.budget
    every = table.regret(np.arange(table.size))
    positive = every[every > 0]
    floor = float(positive.min()) / 2 if positive.size else 1.0
    positions = np.unique(np.linspace(1, budget, min(budget, _POSITIONS)).astype(np.int64))
    regret = regret_at(runs, positions, "best_validation")
    # A run without a query knows nothing: it counts as having the worst architecture.
    worst = max(float(np.nanmax(every)), floor)
    area: NDArray[np.float64] = np.log(
        np.maximum(np.where(np.isnan(regret), worst, regret), floor)
    ).mean(axis=1)
    return area


def _traces(runs: RunSet) -> list[bytes]:
    """The digest of each run's charged ids and their rounds."""
    digests = []
    until = np.zeros(0) if runs.spent is None else runs.spent.until
    for start, stop in zip(runs.starts[:-1].tolist(), runs.starts[1:].tolist(), strict=True):
        hashed = sha256(runs.ids[start:stop].astype("<i8").tobytes())
        hashed.update(runs.rounds[start:stop].astype("<i8").tobytes())
        hashed.update(until[start:stop].astype("<f8").tobytes())
        digests.append(hashed.digest()[:TRACE_BYTES])
    return digests
