"""The tables of docs/contender.md, from the run records. Run from the repository's folder:

python docs/simulations/contender_page.py
"""

from functools import cache
from pathlib import Path

import numpy as np

from nasarena.leaderboard.tables.formats import Column, markdown_table
from nasarena.leaderboard.texts import NOTHING, interval_text, number
from nasarena.suite.statistics.combined_intervals import geometric_mean, weighted_mean
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.pairwise import Difference, compare, corrected, differences
from nasarena.suite.statistics.ranking import Ranking, ranking
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, mean_of, restricted_mean
from nasarena.suite.statistics.summary import restricted

RESULTS = Path(__file__).parents[2] / "results"
SECOND, FIRST = "path-net-gp", "path-gp"
BY_ID = f"{SECOND}[skip_twins=False]"
CAP, AT, BUDGET = 1000, 150, 300


@cache
def twelve() -> Comparison:
    """The contenders and the field, isomorphic twins free, on all twelve benchmarks."""
    loaded = load_run_sets([RESULTS / "contender", RESULTS / "field"])
    free = [runs for runs in loaded if "by_isomorphism" in runs.identity.protocol]
    (found,) = comparisons(free)
    return found


def cell(method: str, benchmark: str) -> RunSet:
    return twelve().run_sets[benchmark][method]


def samples(method: str, benchmark: str) -> Estimate:
    return restricted_mean(restricted(cell(method, benchmark)), CAP)


def names() -> list[str]:
    return sorted(twelve().run_sets)


def geometric(method: str) -> Estimate:
    """The geometric mean of mean samples over the twelve benchmarks."""
    means = [samples(method, benchmark) for benchmark in names()]
    return geometric_mean(means, [1 / len(means)] * len(means))


def regret(method: str) -> Estimate:
    """The mean regret in points after 150 queries, over the benchmarks of NAS-Bench-Graph."""
    graphs = [name for name in names() if name.startswith("nasbenchgraph/")]
    means = [
        mean_of(regret_at(cell(method, name), np.array([AT]), "best_validation")[:, 0])
        for name in graphs
    ]
    return weighted_mean(means, [1 / len(means)] * len(means))


@cache
def against() -> dict[tuple[str, str], tuple[float, Difference]]:
    """Of each other method and benchmark: samples of the second contender less the other's."""
    found = {}
    for benchmark, pairs in differences(twelve()).items():
        for pair in pairs:
            if SECOND in (pair.a, pair.b) and pair.mean is not None:
                other, sign = (pair.b, 1) if pair.a == SECOND else (pair.a, -1)
                found[other, benchmark] = sign * pair.mean.value, pair
    return found


def clearly(other: str) -> tuple[list[str], list[str]]:
    """The benchmarks on which it needs clearly fewer samples, and clearly more: p < 0.05.

    The p values are corrected over all pairs of methods on all twelve benchmarks.
    """
    apart = [
        (benchmark, mean)
        for (name, benchmark), (mean, pair) in against().items()
        if name == other and pair.p_holm is not None and pair.p_holm < 0.05
    ]
    return [x for x, mean in apart if mean < 0], [x for x, mean in apart if mean > 0]


def by_benchmark() -> list[Column]:
    """Samples of both contenders on each benchmark, and how sure their difference is."""
    pairs = [against()[FIRST, name][1] for name in names()]
    return [
        Column("benchmark", names(), number=False),
        *(
            Column(method, [interval_text(samples(method, name), number) for name in names()])
            for method in (SECOND, FIRST)
        ),
        Column("p", [f"{pair.p:.2g}" for pair in pairs]),
        Column("p, corrected", [f"{pair.p_holm:.2g}" for pair in pairs]),
    ]


def by_method() -> list[Column]:
    """Against each other method: on how many benchmarks fewer and more samples."""
    others = sorted({name for name, _ in against()}, key=lambda name: geometric(name).value)
    counts = [clearly(other) for other in others]
    return [
        Column("method", others, number=False),
        Column("geometric mean", [interval_text(geometric(one), number) for one in others]),
        Column(
            "regret", [interval_text(regret(one), lambda points: f"{points:.2f}") for one in others]
        ),
        Column("clearly fewer", [f"{len(fewer)} of 12" for fewer, _ in counts]),
        Column("clearly more", [f"{len(more)} of 12" for _, more in counts]),
    ]


@cache
def field() -> Comparison:
    """The rivals and WeakNAS on the rivals' six benchmarks, every architecture charged."""
    loaded = load_run_sets([RESULTS / "rivals", RESULTS / "weaknas"])
    (found,) = comparisons([runs for runs in loaded if runs.identity.budget == BUDGET])
    return found


@cache
def by_id() -> Ranking:
    """The ranking of those that were run on all six."""
    return ranking(field())


def against_rivals() -> list[Column]:
    """Each method of the field that ran on all six benchmarks, in the order of the ranking."""
    found = by_id()
    pairs = [found.pairs.get((BY_ID, row.method)) for row in found.rows]
    return [
        Column("method", [row.method for row in found.rows], number=False),
        Column("samples", [interval_text(row.samples, number) for row in found.rows]),
        Column("p, corrected", [f"{pair.p_holm:.2g}" if pair else NOTHING for pair in pairs]),
    ]


@cache
def elsewhere() -> tuple[Difference, ...]:
    """From each method that did not run on all six: samples less than its; p is over them all."""
    return tuple(
        corrected(
            [
                compare(cells[BY_ID], cells[other], BUDGET)
                for cells in field().run_sets.values()
                for other in sorted(set(by_id().left_out) & set(cells))
            ]
        )
    )


def against_others() -> list[Column]:
    """The same as a table."""
    return [
        Column("method", [one.b for one in elsewhere()], number=False),
        Column("benchmark", [one.benchmark for one in elsewhere()], number=False),
        Column(
            "difference",
            [
                interval_text(one.mean, lambda value: f"{value:+.0f}") if one.mean else NOTHING
                for one in elsewhere()
            ],
        ),
        Column("p, corrected", [f"{one.p_holm:.2g}" for one in elsewhere()]),
    ]


TABLES = {
    "benchmarks": by_benchmark,
    "methods": by_method,
    "rivals": against_rivals,
    "others": against_others,
}


if __name__ == "__main__":
    for table in TABLES.values():
        print(markdown_table(table()), "\n")
    for method in (SECOND, FIRST):
        print(method, interval_text(geometric(method), number), regret(method))
