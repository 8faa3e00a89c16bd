"""How often the gate calls runs worse: where nothing changed, and where something did.

Everything is drawn from stored runs, so no search is run. Run from the repository's folder, each
some minutes of one core:

    python docs/simulations/gate.py
    python docs/simulations/gate.py --slower --comparisons 250

They print tables of docs/statistics.md. One more needs runs of methods with a planted mistake:

    H=docs/simulations/harmed_methods.py
    nasarena run --benchmarks "nasbench201/*" --results harmed --methods "weaknas-lite[top_n=100],\
        $H:ShuffledLabels,$H:BestDropped,$H:DoubledLength[skip_twins=false]"
    python docs/simulations/gate.py --harmed harmed --comparisons 250
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.looks import judge_in_looks, looks_up_to
from nasarena.suite.gate.outcomes import Outcomes, outcomes_of
from nasarena.suite.gate.verdict import MethodVerdict, Rules, judge
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import RunSet, cut_at

RESULTS = Path(__file__).parents[2] / "results"
BUDGET = 1_000
BY_ID, BY_CLASS = "weaknas-paper", "weaknas-paper[duplicates=by_isomorphism]"
RULES = Rules()
STORED, MOST = 100, 50
SLOWER = (1.2, 1.35, 2.0)

Cells = Sequence[Outcomes]
"""The runs of a method, a benchmark each."""


@cache
def stored(folder: str, protocol: str, method: str) -> tuple[RunSet, ...]:
    """The stored runs of a method, cut at the budget, by benchmark."""
    return tuple(
        cut_at(runs, BUDGET)
        for runs in _run_sets(folder)
        if (runs.identity.protocol, runs.identity.method) == (protocol, method)
    )


@cache
def _run_sets(folder: str) -> list[RunSet]:
    return load_run_sets(folder)


@cache
def three_benchmarks(method: str, slower: float = 1.0) -> Cells:
    """Of NAS-Bench-201; 100 seeds."""
    folder, protocol, name = {
        "weaknas-lite": ("nasbench201", BY_ID, "weaknas-lite"),
        "path-gp": ("contender", BY_ID, "path-gp[skip_twins=False]"),
        "local-search": ("nasbench201", f"{BY_ID}[budget=15625]", "local-search"),
    }[method]
    every = stored(str(RESULTS / folder), protocol, name)
    return [
        outcomes_of(slowed(runs, slower), RESULTS / folder)
        for runs in every
        if runs.identity.benchmark.startswith("nasbench201/")
    ]


@cache
def twelve_benchmarks(method: str, slower: float = 1.0) -> Cells:
    """Of NAS-Bench-201 and NAS-Bench-Graph; 100 seeds of path-gp, 30 of the others."""
    folder = RESULTS / ("contender" if method == "path-gp" else "field")
    every = stored(str(folder), BY_CLASS, method)
    return [outcomes_of(slowed(runs, slower), folder) for runs in every]


def slowed(runs: RunSet, times: float) -> RunSet:
    """The same runs if every query had taken so many, cut at the budget."""
    if times == 1:
        return runs
    rows, lengths = [], []
    for start, length in zip(runs.starts, np.diff(runs.starts), strict=False):
        after = np.arange(1, min(int(np.ceil(length * times)), runs.identity.budget) + 1)
        # What was queried before the first counts as the first.
        rows.append(start + np.clip(np.floor(after / times + 1e-9).astype(int), 1, length) - 1)
        lengths.append(after.size)
    places = np.concatenate(rows)
    return replace(
        runs,
        ids=runs.ids[places],
        rounds=runs.rounds[places],
        starts=np.concatenate([[0], np.cumsum(lengths)]),
    )


def chosen(one: Outcomes, rows: NDArray[np.int64], first_seed: int) -> Outcomes:
    """Some runs, as those of seeds in order from the first."""
    return replace(one.at(rows), seeds=first_seed + np.arange(rows.size))


def drawn(base: Cells, head: Cells, old: int, new: int, rng: np.random.Generator) -> list[Pair]:
    """So many stored and new runs on each benchmark, drawn with replacement.

    No seed is in both, so that nothing counts as identical.
    """
    return [
        Pair(
            chosen(one, rng.integers(one.count, size=old), 0),
            chosen(other, rng.integers(other.count, size=new), 1_000_000),
        )
        for one, other in zip(base, head, strict=True)
    ]


def split(cells: Cells, share: float, rng: np.random.Generator) -> list[Pair]:
    """A share of the runs as new ones, the others as stored ones: no run is in both."""
    pairs = []
    for one in cells:
        order, new = rng.permutation(one.count), round(share * one.count)
        pairs.append(Pair(chosen(one, order[new:], 0), chosen(one, order[:new], 1_000_000)))
    return pairs


def with_new(pairs: Sequence[Pair], seeds: int) -> list[Pair]:
    """With the first new runs only."""
    return [replace(p, head=chosen(p.head, np.arange(seeds), 1_000_000)) for p in pairs]


@dataclass(frozen=True)
class Shares:
    """Of comparisons: how often each verdict was given, and how often p was below its level.

    `seeds` is the mean number of new seeds that were used.
    """

    worse: float
    p_below: float
    better: float
    no_difference: float
    seeds: float


def fixed(comparisons: Sequence[Sequence[Pair]]) -> Shares:
    """All seeds at once."""
    return _shares([(judge([pairs], RULES)[0], pairs[0].head.count) for pairs in comparisons])


def in_looks(comparisons: Sequence[Sequence[Pair]]) -> Shares:
    """In looks of 5, 10, 20, 30 and 50 seeds, stopping early."""
    looks = looks_up_to(MOST, RULES.alpha)
    found = []
    for pairs in comparisons:

        def pairs_at(seeds: int, _: Sequence[str]) -> list[list[Pair]]:
            return [with_new(pairs, seeds)]  # noqa: B023  # used within this turn only

        (stopped,) = judge_in_looks(["m"], pairs_at, RULES, looks)
        found.append((stopped.verdict, stopped.seeds))
    return _shares(found)


def _shares(found: Sequence[tuple[MethodVerdict, int]]) -> Shares:
    verdicts = [verdict for verdict, _ in found]
    every = [one.verdict for one in verdicts]
    return Shares(
        worse=every.count("worse") / len(every),
        p_below=float(np.mean([one.p_worse <= one.level for one in verdicts])),
        better=every.count("better") / len(every),
        no_difference=every.count("no difference shown") / len(every),
        seeds=float(np.mean([seeds for _, seeds in found])),
    )


HEADER = (
    "| runs of | seeds | worse | p below its level | better | no difference shown | mean seeds |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
)


def row(name: str, design: str, shares: Shares) -> str:
    """A line of a table."""
    return (
        f"| {name} | {design} | {shares.worse:.3f} | {shares.p_below:.3f} | {shares.better:.3f} | "
        f"{shares.no_difference:.3f} | {shares.seeds:.0f} |"
    )


THREE = ("weaknas-lite", "path-gp", "local-search")
TWELVE = ("path-gp", "weaknas-lite", "local-search", "regularized-evolution", "random-search")


def false_alarms(populations: Mapping[str, Cells], count: int) -> list[tuple[str, Shares]]:
    """Two sets of runs of one method, of each method in turn: by design."""
    cells = list(populations.values())
    turns = [cells[number % len(cells)] for number in range(count)]
    rng = np.random.default_rng(0)
    again = [drawn(one, one, STORED, MOST, rng) for one in turns]
    return [
        ("3 in 10 new, the others stored", fixed([split(one, 0.3, rng) for one in turns])),
        ("30 new, 100 stored", fixed([with_new(pairs, 30) for pairs in again])),
        ("up to 50 new in looks, 100 stored", in_looks(again)),
    ]


def power(base: Cells, head: Cells, count: int) -> list[tuple[str, Shares]]:
    """Runs against those of a changed method: by design."""
    rng = np.random.default_rng(0)
    comparisons = [drawn(base, head, STORED, MOST, rng) for _ in range(count)]
    return [
        ("50 new, 100 stored", fixed(comparisons)),
        ("up to 50 new in looks, 100 stored", in_looks(comparisons)),
    ]


def harmed_cells(folder: Path) -> dict[str, Cells]:
    """Methods with a planted mistake, by name without file and parameters that say nothing."""
    found: dict[str, list[Outcomes]] = {}
    for runs in load_run_sets(folder):
        name = runs.identity.method.split(":")[-1].removesuffix("[skip_twins=False]")
        found.setdefault(name, []).append(outcomes_of(runs, folder))
    return dict(found)


def unchanged(comparisons: int) -> None:
    """Print how often something is said where nothing changed."""
    print("Nothing changed\n", HEADER, sep="\n", flush=True)
    for title, cells in (
        ("3 benchmarks", {name: three_benchmarks(name) for name in THREE}),
        ("12 benchmarks", {name: twelve_benchmarks(name) for name in TWELVE}),
    ):
        for design, shares in false_alarms(cells, comparisons):
            print(row(f"{len(cells)} methods, {title}", design, shares), flush=True)


def slower(comparisons: int) -> None:
    """Print how often slow-downs are found."""
    print("\nSlowed down\n", HEADER, sep="\n", flush=True)
    for times in SLOWER:
        for name in THREE:
            slow = three_benchmarks(name, times)
            for design, shares in power(three_benchmarks(name), slow, comparisons):
                print(row(f"{name} x {times}, 3 benchmarks", design, shares), flush=True)
    for times in SLOWER:
        slow = twelve_benchmarks("path-gp", times)
        for design, shares in power(twelve_benchmarks("path-gp"), slow, comparisons):
            print(row(f"path-gp x {times}, 12 benchmarks", design, shares), flush=True)


def planted(comparisons: int, folder: Path) -> None:
    """Print how often mistakes in a method are found."""
    print("\nWith a planted mistake, 3 benchmarks\n", HEADER, sep="\n", flush=True)
    for name, cells in harmed_cells(folder).items():
        base = three_benchmarks("path-gp" if name == "DoubledLength" else "weaknas-lite")
        for design, shares in power(base, cells, comparisons):
            print(row(name, design, shares), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=1_000)
    parser.add_argument("--harmed", type=Path, help="only the runs with a planted mistake")
    parser.add_argument("--slower", action="store_true", help="only the slow-downs")
    given = parser.parse_args()
    if given.harmed:
        planted(given.comparisons, given.harmed)
    elif given.slower:
        slower(given.comparisons)
    else:
        unchanged(given.comparisons)
