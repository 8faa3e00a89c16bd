"""What rivals find that are no better than random search at the optimum: tables of docs/results.md.

Run from the repository's folder, some seconds:

    python docs/simulations/rivals_goals.py
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.tables.formats import Column, markdown_table
from nasarena.leaderboard.texts import NOTHING, interval_text, number
from nasarena.suite.statistics.goals import OPTIMUM, TOP_10, Goal, samples_to
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.process import last_rank, true_ranks
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, mean_of, restricted_mean

RESULTS = Path(__file__).parents[2] / "results" / "rivals"
BENCHMARKS = ("nasbench201/cifar100", "nasbenchgraph/arxiv")
RANDOM_SEARCH, BUDGET, LATE, SHARE = "random-search", 300, 200, 0.01
"""`LATE`: queries after which it is looked at how many are among the best `SHARE`."""


@cache
def stored() -> tuple[RunSet, ...]:
    """The runs of `results/rivals`."""
    return tuple(load_run_sets(RESULTS))


def cells(benchmark: str) -> dict[str, RunSet]:
    """The runs on a benchmark by method."""
    return {runs.identity.method: runs for runs in stored() if runs.identity.benchmark == benchmark}


def samples(runs: RunSet, goal: Goal) -> Estimate:
    """The restricted mean of the samples to a goal."""
    return restricted_mean(samples_to(runs, goal), BUDGET).rounded()


def sooner(runs: RunSet, other: RunSet, goal: Goal) -> bool:
    """Whether the interval of the first lies below that of the other."""
    low, high = samples(other, goal).low, samples(runs, goal).high
    return low is not None and high is not None and high < low


def late_share(runs: RunSet) -> Estimate | None:
    """Of the queries after the first 200, the percentage among the best 1 % of the space."""
    ranks = true_ranks(runs.benchmark.table)
    return _late(runs, 100.0 * (ranks <= last_rank(SHARE, ranks.size)))


def late_rank(runs: RunSet) -> Estimate | None:
    """Their mean rank, in percent of the space: about 50 for random architectures."""
    ranks = true_ranks(runs.benchmark.table)
    return _late(runs, 100.0 * ranks / ranks.size)


def _late(runs: RunSet, values: NDArray[np.float64]) -> Estimate | None:
    """The mean over the runs that made as many; None where fewer than six did."""
    late = [values[trace[LATE:]].mean() for _, trace in runs.traces() if trace.size > LATE]
    return mean_of(np.array(late)).rounded() if len(late) >= 6 else None


def not_better(benchmark: str) -> dict[str, RunSet]:
    """Those whose interval at the optimum meets that of random search, fewest samples first."""
    of = cells(benchmark)
    own = of[RANDOM_SEARCH]
    kept = [name for name, runs in of.items() if not sooner(runs, own, OPTIMUM)]
    return {name: of[name] for name in sorted(kept, key=lambda x: samples(of[x], TOP_10).value)}


def columns() -> list[Column]:
    """Of each of them: samples to the optimum and to one of the ten best, and late queries."""
    shown = {place: not_better(place) for place in BENCHMARKS}
    rows = [(place, name, runs) for place, of in shown.items() for name, runs in of.items()]

    def text(mean: Estimate | None) -> str:
        return NOTHING if mean is None else interval_text(mean, lambda x: f"{x:.1f}")

    return [
        Column("benchmark", [place.partition("/")[2] for place, *_ in rows], number=False),
        Column("method", [name for _, name, _ in rows], number=False),
        Column("to the optimum", [interval_text(samples(x, OPTIMUM), number) for *_, x in rows]),
        Column(
            "to one of the ten best", [interval_text(samples(x, TOP_10), number) for *_, x in rows]
        ),
        Column("of queries 201 to 300 in the best 1 %, %", [text(late_share(x)) for *_, x in rows]),
        Column("their mean rank, % of the space", [text(late_rank(x)) for *_, x in rows]),
    ]


if __name__ == "__main__":
    print(markdown_table(columns()))
