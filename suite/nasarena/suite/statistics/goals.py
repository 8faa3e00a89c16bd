"""Goals of a search: sets of architectures, and what it costs to reach their first member."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.tables.limited_table import LimitedTable
from nasarena.suite.tables.table import TIE


@dataclass(frozen=True)
class Goal:
    """A set of architectures, chosen by seed-mean validation accuracy; a search is to reach one.

    `choose` takes the ranks and the mean validation accuracies of all architectures, and returns
    which are members; all three have shape (architectures,).
    """

    slug: str
    title: str
    choose: Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.bool_]]

    def members(self, benchmark: Benchmark) -> NDArray[np.bool_]:
        """Which architectures of a benchmark reach the goal. Shape (architectures,)."""
        table = benchmark.table
        members = self.choose(validation_ranks(benchmark), table.mean_validation)
        return members & table.feasible if isinstance(table, LimitedTable) else members


def _within(percent: float) -> Goal:
    def choose(_: NDArray[np.int64], accuracies: NDArray[np.float64]) -> NDArray[np.bool_]:
        best = float(accuracies.max())
        # Of what is minimised or negative, the same share of its size is allowed.
        least = (1 - percent / 100) * best if best >= 0 else (1 + percent / 100) * best
        within: NDArray[np.bool_] = accuracies >= least - TIE
        return within

    slug = f"within-{percent:g}".replace(".", "-")
    return Goal(slug, f"within {percent:g} % of the optimum", choose)


OPTIMUM = Goal("optimum", "the optimum", lambda ranks, _: ranks == 1)
WITHIN_TENTH = _within(0.1)
"""Within 0.1 % of the best mean validation accuracy, relative to it."""
WITHIN_HALF = _within(0.5)
TOP_10 = Goal("top-10", "the top 10", lambda ranks, _: ranks <= 10)
"""The ten best by mean validation accuracy, and what ties with the tenth."""
TOP_TENTH_PERCENT = Goal(
    "top-0-1", "the top 0.1 %", lambda ranks, _: ranks <= max(1, ranks.size // 1000)
)
"""The best thousandth (at least one) by mean validation accuracy, and what ties with its last."""

GOALS = (OPTIMUM, WITHIN_TENTH, WITHIN_HALF, TOP_10, TOP_TENTH_PERCENT)


@lru_cache(maxsize=64)
def validation_ranks(benchmark: Benchmark) -> NDArray[np.int64]:
    """The rank of each architecture by mean validation accuracy: 1 + the number of better ones.

    Ties (within 1e-9) share the smallest. Shape (architectures,); read-only.
    """
    accuracies = benchmark.table.mean_validation
    better = np.searchsorted(np.sort(accuracies), accuracies + TIE, side="right")
    ranks = 1 + accuracies.size - better
    ranks.flags.writeable = False
    return ranks


@lru_cache(maxsize=64 * len(GOALS))
def reached_by(goal: Goal, benchmark: Benchmark, duplicates: str) -> NDArray[np.bool_]:
    """Which architectures reach a goal when charged: by isomorphism, twins of members too.

    Shape (architectures,); read-only.
    """
    members = goal.members(benchmark)
    if duplicates == "by_isomorphism":
        classes = benchmark.space.classes(np.arange(members.size))
        members = np.isin(classes, classes[members])
    members.flags.writeable = False
    return members


def samples_to(runs: RunSet, goal: Goal) -> NDArray[np.float64]:
    """Charged queries up to the first that reaches the goal, included; infinity for never. (runs,)

    `runs.samples_to_optimum` is the same for the optimum.
    """
    hit = reached_by(goal, runs.benchmark, runs.identity.duplicates)[runs.ids]
    return runs.first(hit)


def seconds_to(runs: RunSet, goal: Goal) -> NDArray[np.float64] | None:
    """Training seconds of the charged queries up to the first that reaches the goal, included.

    The cost of the search on the hardware of the table's source, without the method's own time.
    Infinity for never; None where the table has no training seconds. Shape (runs,).
    """
    return spent_seconds(runs, samples_to(runs, goal))


def restricted_seconds(runs: RunSet, goal: Goal, budget: int) -> NDArray[np.float64] | None:
    """Training seconds until the goal, or of the whole budget where it is not reached within.

    None where the table has no training seconds. Shape (runs,).
    """
    return spent_seconds(runs, np.minimum(samples_to(runs, goal), budget))


def spent_seconds(runs: RunSet, queries: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The training seconds of the first `queries` charged queries of each run; infinity stays.

    A query that a run did not make counts with the cost of an average architecture, so that giving
    up early gains nothing. None where the table has no training seconds, and where queries ask for
    several lengths of training: their cost is counted in full ones. Shape of `queries` and of
    the result: (..., runs).
    """
    seconds = runs.benchmark.table.training_seconds
    if seconds is None or runs.spent is not None:
        return None
    until = np.concatenate([[0.0], np.cumsum(seconds[runs.ids])])
    start, stop = runs.starts[:-1], runs.starts[1:]
    made = np.minimum(queries, stop - start)
    ever = np.isfinite(queries)
    missing = np.where(ever, queries, made) - made
    spent: NDArray[np.float64] = until[start + made.astype(np.int64)] - until[start]
    spent += missing * float(seconds.mean())
    return np.where(ever, spent, np.inf)
