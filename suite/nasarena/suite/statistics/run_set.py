"""The runs of one method on one benchmark under one protocol, ready to be counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.verdicts import Mark
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.observed_labels import drawn_runs, random_stream
from nasarena.suite.records.method_description import MethodDescription
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.records.soundness import COST_TIE
from nasarena.suite.statistics.judged_predictors import NONE_JUDGED, JudgedPredictors


def _none() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Spent:
    """What runs with trainings of several lengths spent, in full trainings.

    `until` stands beside the full trainings of the runs: all that was spent by then, its own cost
    included. `until_query` and `rounds` stand beside all charged queries, of whatever length, of
    which those of run i are `[starts[i]:starts[i + 1]]`. `all` is what each run spent, of shape
    (runs,).
    """

    until: NDArray[np.float64]
    until_query: NDArray[np.float64]
    rounds: NDArray[np.int64]
    starts: NDArray[np.int64]
    all: NDArray[np.float64]


@dataclass(frozen=True)
class RunSet:
    """All runs of a cell, in seed order.

    Traces lie end to end in `ids` and `rounds`; those of run i are `[starts[i]:starts[i + 1]]`.
    All recommendations of all runs are beside them, each with its run (its place in `seeds`),
    the charged queries by then, and the architecture, in the order in which they were made.
    `judged` are the predictors that runs showed and that were judged.
    `live` is the live benchmark, if one was searched, with what the loaded results measured; where
    its space cannot be listed, `ids` count what they measured (see `LiveBenchmark.places`).
    `sources` are the recorded digests of the method's source, without those of whole modules.
    `mark` is the verdict of an audit on them, the worst of several folders. They are `unaccounted`
    for where a run has no execution beside it, so that nothing says what made it.
    `description` is of the method, by its author, where one is stored beside the runs.

    Where queries ask for trainings of several lengths, `ids` and what stands beside them are the
    full ones only, as these alone can be found or be the incumbent. Positions, samples and budgets
    are then full trainings, parts of which were `spent` on shorter ones.
    """

    identity: CellIdentity
    seeds: NDArray[np.int64]
    ids: Ids
    rounds: NDArray[np.int64]
    starts: NDArray[np.int64]
    stop_reasons: list[str]
    recommended_run: NDArray[np.int64] = field(default_factory=_none)
    recommended_after: NDArray[np.int64] = field(default_factory=_none)
    recommended_ids: Ids = field(default_factory=_none)
    judged: JudgedPredictors = NONE_JUDGED
    live: LiveBenchmark | None = None
    sources: frozenset[str] = frozenset()
    mark: Mark = "not audited"
    unaccounted: bool = False
    description: MethodDescription | None = None
    spent: Spent | None = None

    @property
    def count(self) -> int:
        """Number of runs."""
        return len(self.seeds)

    @property
    def unit(self) -> str:
        """What positions, samples and budgets count."""
        return "queries" if self.identity.fidelities == "full" else "full trainings"

    @property
    def charged(self) -> NDArray[np.int64]:
        """The charged queries of each run, of whatever length of training. Shape (runs,)."""
        return np.diff(self.starts if self.spent is None else self.spent.starts)

    @property
    def used(self) -> NDArray[np.float64]:
        """How much of its budget each run used. Shape (runs,)."""
        return np.diff(self.starts).astype(float) if self.spent is None else self.spent.all

    def traced_by(self, positions: NDArray[Any]) -> NDArray[np.int64]:
        """How many of each run's `ids` were charged by each position.

        `positions` have shape (positions,), or (runs, positions); the result (runs, positions).
        """
        if self.spent is None:
            traced: NDArray[np.int64] = np.minimum(positions, np.diff(self.starts)[:, None])
            return traced
        return _counts_by(positions, self.spent.until, self.starts)

    def rounds_by(self, positions: NDArray[Any]) -> NDArray[np.int64]:
        """How many rounds each run had begun by its position. Both have shape (runs,)."""
        if self.spent is None:
            rounds, starts = self.rounds, self.starts
            charged = self.traced_by(positions[:, None])[:, 0].astype(np.int64)
        else:
            rounds, starts = self.spent.rounds, self.spent.starts
            charged = _counts_by(positions[:, None], self.spent.until_query, starts)[:, 0]
        begun = np.zeros(self.count, dtype=np.int64)
        some = charged > 0
        begun[some] = rounds[starts[:-1][some] + charged[some] - 1] + 1
        return begun

    @cached_property
    def benchmark(self) -> Benchmark:
        """The benchmark that the runs searched."""
        return self.live or load_benchmark(self.identity.benchmark, self.identity.limit)

    @property
    def labels(self) -> Accuracies:
        """What each query of the traces answered, beside `ids`: derived again from the table."""
        if self.identity.labels == "mean":
            return self.benchmark.table.mean_validation[self.ids]
        if self.live is not None:
            drawn = [
                self.live.drawn(ids, random_stream(self.live.name, seed, "labels"))
                for seed, ids in self.traces()
            ]
            return np.concatenate([np.empty(0), *drawn])
        return self._drawn_labels

    @cached_property
    def _drawn_labels(self) -> Accuracies:
        table, seeds = self.benchmark.table, tuple(self.seeds.tolist())
        if len(seeds) * table.size <= MOST_DRAWN:
            run = _drawn_runs(self.benchmark, seeds)[self.run_of_query, self.ids]
        else:
            run = np.concatenate(
                [drawn_runs(self.benchmark, seed, ids) for seed, ids in self.traces()]
            )
        drawn: Accuracies = table.validation[self.ids, run]
        return drawn

    def traces(self) -> Iterator[tuple[int, Ids]]:
        """Each run's seed and charged ids."""
        for seed, start, stop in zip(
            self.seeds.tolist(), self.starts[:-1], self.starts[1:], strict=True
        ):
            yield seed, self.ids[start:stop]

    @cached_property
    def samples_to_optimum(self) -> NDArray[np.float64]:
        """Position in the trace (from 1) of the first member of the optimum; infinity if none.

        By isomorphism, any member of the optimum's class counts. Shape (runs,).
        """
        table, space = self.benchmark.table, self.benchmark.space
        if self.identity.duplicates == "by_id":
            hit = np.isin(self.ids, table.optimum)
        else:
            hit = np.isin(space.classes(self.ids), space.classes(table.optimum))
        return self.first(hit)

    def first(self, hit: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Position in its trace (from 1) of each run's first hit; infinity if none. (runs,)

        Of trainings of several lengths, what the run had spent by then.

        `hit` says of each of `ids` whether it is one.
        """
        start, stop = self.starts[:-1], self.starts[1:]
        hits = np.append(np.flatnonzero(hit), self.ids.size)
        first = hits[np.searchsorted(hits, start)]
        if self.spent is not None:
            until = np.append(self.spent.until, np.inf)
            return np.where(first < stop, until[first], np.inf)
        return np.where(first < stop, first - start + 1.0, np.inf)

    @cached_property
    def run_of_query(self) -> NDArray[np.int64]:
        """The run that each of `ids` belongs to."""
        return np.repeat(np.arange(self.count), np.diff(self.starts))

    def matrix(self, values: NDArray[np.float64], beyond: float) -> NDArray[np.float64]:
        """Values beside `ids`, one row a run, with `beyond` after the end of a trace.

        Shape (runs, queries of the longest trace).
        """
        lengths = np.diff(self.starts)
        rows = np.full((self.count, int(lengths.max(initial=0))), beyond)
        rows[np.arange(rows.shape[1]) < lengths[:, None]] = values
        return rows


def _counts_by(
    positions: NDArray[Any], until: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many of each run's sums were reached by each position. Shape (runs, positions)."""
    runs = starts.size - 1
    asked = np.broadcast_to(positions, (runs, np.shape(positions)[-1])) + COST_TIE
    return np.array(
        [
            np.searchsorted(until[start:stop], row, side="right")
            for start, stop, row in zip(starts[:-1], starts[1:], asked, strict=True)
        ],
        dtype=np.int64,
    ).reshape(asked.shape)


def without_live(run_sets: Sequence[RunSet]) -> list[RunSet]:
    """The runs on benchmarks whose optimum is known."""
    return [runs for runs in run_sets if runs.live is None]


def cut_at(runs: RunSet, budget: int) -> RunSet:
    """A method's runs up to a budget; those of a smaller one as they are.

    How runs ended stays as it was, at their own budget.
    """
    if runs.identity.budget <= budget:
        return runs
    lengths = runs.traced_by(np.array([budget]))[:, 0]
    place = np.arange(runs.ids.size) - runs.starts[:-1][runs.run_of_query]
    kept = place < lengths[runs.run_of_query]
    by_then = runs.recommended_after <= budget
    return replace(
        runs,
        identity=replace(runs.identity, budget=budget),
        ids=runs.ids[kept],
        rounds=runs.rounds[kept],
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        spent=runs.spent and _cut(runs.spent, kept, budget),
        recommended_run=runs.recommended_run[by_then],
        recommended_after=runs.recommended_after[by_then],
        recommended_ids=runs.recommended_ids[by_then],
    )


def _cut(spent: Spent, full: NDArray[np.bool_], budget: int) -> Spent:
    """What was spent up to a budget; `full` says which full trainings are kept."""
    kept = spent.until_query <= budget + COST_TIE
    counts = np.concatenate([[0], np.cumsum(kept)])
    return Spent(
        until=spent.until[full],
        until_query=spent.until_query[kept],
        rounds=spent.rounds[kept],
        starts=counts[spent.starts],
        all=np.minimum(spent.all, budget),
    )


MOST_DRAWN = 1 << 27
"""Drawn training runs that are kept: of a thousand seeds on a space of 100,000, a byte each."""


@lru_cache(maxsize=1)
def _drawn_runs(benchmark: Benchmark, seeds: tuple[int, ...]) -> NDArray[np.unsignedinteger]:
    """`drawn_runs` of several seeds; the cells of a benchmark, one after the other, share them.

    Shape (seeds, architectures).
    """
    most = benchmark.table.validation.shape[1]
    drawn = np.empty((len(seeds), benchmark.table.size), dtype=np.min_scalar_type(most))
    for row, seed in enumerate(seeds):
        drawn[row] = drawn_runs(benchmark, seed)
    return drawn
