"""The process of a search: where in the space it samples as it goes on, from run records alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.incumbents import best_validated
from nasarena.suite.statistics.intervals import FEWEST_RUNS, share_interval
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.tables.table import TIE, Table

RESAMPLES = 2_000


@dataclass(frozen=True)
class Sampled:
    """The charged queries of the runs that are looked at, run by run, each in its order.

    All arrays but `seeds`, shape (runs,), have shape (queries,). `ranks` are true ranks, `rounds`
    count from 1, `run` is the position in `seeds`.
    """

    seeds: NDArray[np.int64]
    ids: Ids
    labels: Accuracies
    ranks: NDArray[np.int64]
    rounds: NDArray[np.int64]
    run: NDArray[np.int64]


@dataclass(frozen=True)
class Phases:
    """Rounds in groups, in order: their first and last round (from 1), shape (phases,), and the
    phase of each query, shape (queries,).
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    of_query: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of phases."""
        return len(self.first)


@dataclass(frozen=True)
class TopShares:
    """The share of a phase's queries that are in the true top, with 95 % intervals over runs.

    Shares have shape (top shares, phases), with NaN where there is no interval; `runs` and
    `queries`, shape (phases,), are how many there were.
    """

    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    runs: NDArray[np.int64]
    queries: NDArray[np.int64]


def true_ranks(table: Table) -> NDArray[np.int64]:
    """The rank of each architecture by seed-mean validation accuracy. Shape (architectures,).

    1 is the best; equal ones (within 1e-9) share the smallest rank.
    """
    accuracies = table.mean_validation
    not_better = np.searchsorted(np.sort(accuracies), accuracies + TIE, side="right")
    return 1 + table.size - not_better


def last_rank(share: float, size: int) -> int:
    """The last rank of the best `share` of a space: at least 1, the best itself."""
    return max(1, int(share * size + 1e-9))


def sampled(runs: RunSet, seed: int | None = None) -> Sampled:
    """What all runs charged, or the run with one seed. Raises UserError where there is none."""
    chosen = np.ones(runs.count, dtype=bool) if seed is None else runs.seeds == seed
    if not chosen.any():
        raise UserError(
            f"there is no run of {runs.identity.method} on {runs.identity.benchmark} with seed "
            f"{seed}; choose one from {runs.seeds.min()} to {runs.seeds.max()}"
        )
    of_chosen = chosen[runs.run_of_query]
    ids = runs.ids[of_chosen]
    return Sampled(
        seeds=runs.seeds[chosen],
        ids=ids,
        labels=runs.labels[of_chosen],
        ranks=true_ranks(runs.benchmark.table)[ids],
        rounds=runs.rounds[of_chosen] + 1,
        run=(np.cumsum(chosen) - 1)[runs.run_of_query[of_chosen]],
    )


def typical_seed(runs: RunSet) -> int:
    """The seed of the run with the median samples to the optimum (of two, the one with fewer)."""
    order = np.argsort(runs.samples_to_optimum, kind="stable")
    return int(runs.seeds[order[(runs.count - 1) // 2]])


def phases(queries: Sampled, most: int) -> Phases:
    """The rounds in which something was charged: each a phase, or grouped into at most `most`.

    Groups are of consecutive rounds with about equally many queries (of all runs). A first round
    of several queries stays alone: it is the sample that a method starts from.
    """
    numbers, round_of_query, counts = np.unique(
        queries.rounds, return_inverse=True, return_counts=True
    )
    group = np.arange(numbers.size)
    if numbers.size > most:
        batch = counts[0] > np.unique(queries.run).size
        start = 1 if batch and most > 1 else 0
        rest = counts[start:]
        middle = np.cumsum(rest) - rest / 2
        group[start:] = start + (middle * (most - start) / rest.sum()).astype(np.int64)
        _, group = np.unique(group, return_inverse=True)
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    ends = np.flatnonzero(np.diff(group, append=numbers.size))
    return Phases(numbers[begins], numbers[ends], group[round_of_query.ravel()])


def rank_distribution(
    queries: Sampled, parts: Phases, ranks: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The share of each phase's queries with these true ranks or better. (phases, ranks)"""
    shares = np.empty((parts.count, ranks.size))
    for phase in range(parts.count):
        ordered = np.sort(queries.ranks[parts.of_query == phase])
        shares[phase] = np.searchsorted(ordered, ranks, side="right") / ordered.size
    return shares


def space_distribution(table: Table, ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of the space with these true ranks or better: what one uniform draw has."""
    return np.searchsorted(np.sort(true_ranks(table)), ranks, side="right") / table.size


def top_shares(queries: Sampled, parts: Phases, last_ranks: NDArray[np.int64]) -> TopShares:
    """The probability that a phase's query is among the true `last_ranks` best.

    Of all queries of the phase; a run that has ended has none. Intervals are the percentile
    bootstrap over whole runs. Where all runs agree on none or on all there is nothing to
    resample: Wilson's interval with the runs as the count. A single run has no interval, and
    a bootstrap needs 6.
    """
    shape = (queries.seeds.size, parts.count)
    cell = queries.run * parts.count + parts.of_query
    asked = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    runs = (asked > 0).sum(axis=0)
    total = asked.sum(axis=0)
    weights = np.random.default_rng(0).multinomial(
        shape[0], np.full(shape[0], 1 / shape[0]), size=RESAMPLES
    )
    drawn = weights @ asked
    share, low, high = np.full((3, last_ranks.size, parts.count), np.nan)
    for level, last in enumerate(last_ranks.tolist()):
        inside = np.bincount(cell, queries.ranks <= last, shape[0] * shape[1]).reshape(shape)
        hits = inside.sum(axis=0)
        share[level] = hits / total
        means = np.divide(
            weights @ inside, drawn, out=np.full(drawn.shape, np.nan), where=drawn > 0
        )
        for phase in np.flatnonzero(runs > 1):
            if hits[phase] in (0, total[phase]):
                found = int(runs[phase]) if hits[phase] else 0
                interval = share_interval(found, int(runs[phase]))
            elif runs[phase] < FEWEST_RUNS:
                continue
            else:
                interval = tuple(np.nanquantile(means[:, phase], [0.025, 0.975]))
            low[level, phase], high[level, phase] = interval
    return TopShares(share, low, high, runs, total)


def plane(benchmark: Benchmark, share: float = 0.01) -> NDArray[np.float64]:
    """Every architecture in two dimensions: the same for all methods. (architectures, 2)

    A projection of the one-hot encodings, about their mean. The first axis leads from the mean of
    the space to the mean of its true best `share`; the second is the first principal axis of that
    top, across the first: along it the best architectures differ most. Its sign is such that its
    largest entry is positive.

    Not the principal axes of the whole space: where every combination of decisions is an
    architecture, encodings vary equally in all directions (NAS-Bench-201 has 24 equal
    eigenvalues), and any plane would be as good. Not t-SNE, as in the WeakNAS paper: it is slow
    on whole spaces, and its picture depends on the seed and on the library's version.
    """
    table, space = benchmark.table, benchmark.space
    encodings = space.one_hot(np.arange(space.size)).astype(np.float64)
    encodings -= encodings.mean(axis=0)
    top = encodings[true_ranks(table) <= last_rank(share, table.size)]
    towards = top.mean(axis=0)
    towards /= max(float(np.linalg.norm(towards)), TIE)
    rest = top - np.outer(top @ towards, towards)
    across = np.linalg.eigh(rest.T @ rest).eigenvectors[:, -1]
    # Rounded: of entries that are equal but for the last bits, the first decides.
    if across[np.argmax(np.abs(across).round(6))] < 0:
        across = -across
    points: NDArray[np.float64] = (encodings @ np.stack([towards, across], axis=1)).round(6)
    return points


def improvements(queries: Sampled) -> NDArray[np.int64]:
    """Where in the trace of a single run the best label so far rose, its first query included."""
    if not queries.ids.size:
        return np.zeros(0, dtype=np.int64)
    return np.unique(best_validated(queries.labels))
