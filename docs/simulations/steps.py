"""How often a history shows a step where there is none, and how often it shows one that is there.

Every commit of a simulated history has runs that are drawn, with replacement, from the stored runs
of one method on each of three benchmarks. Without a change, any step is a false alarm. With one,
the samples of all runs from a commit on are multiplied (and cut at the budget): counted are
histories with exactly the one step at most one commit away, and with any step. Run from the
repository's folder; takes some minutes:

    python docs/simulations/steps.py
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.change_points import Placed, change_points
from nasarena.suite.statistics.load_run_sets import load_run_sets

RESULTS = ("results/nasbench201", "results/field", "results/contender")
METHODS = ("local-search", "weaknas-lite", "path-gp")
BENCHMARKS = ("nasbench201/cifar10", "nasbench201/cifar100", "nasbench201/imagenet16-120")
BUDGET, COMMITS, SEEDS, LEVEL = 600, 20, 20, 0.01


@dataclass(frozen=True)
class Shares:
    """Of simulated histories: with any step, and with the true one alone, at most one off."""

    any: float
    right: float


def shares(
    populations: Mapping[str, NDArray[np.float64]],
    histories: int,
    rng: np.random.Generator,
    *,
    slower: float = 1.0,
    at: int = COMMITS // 2,
    commits: int = COMMITS,
    seeds: int = SEEDS,
    level: float = LEVEL,
) -> Shares:
    """What is found in histories whose runs are `slower` from commit `at` on.

    `populations` are samples to the optimum on each benchmark, the budget for none.
    """
    stands = np.repeat(np.eye(commits, dtype=bool), seeds, axis=0)
    late = stands[:, at:].any(axis=1)
    some = right = 0
    for _ in range(histories):
        strata = []
        for name, population in populations.items():
            drawn = rng.choice(population, len(stands))
            changed = np.minimum(drawn * slower, population.max())
            strata.append(Placed(name, np.where(late, changed, drawn), stands))
        found = change_points(strata, level)
        some += bool(found)
        right += len(found) == 1 and abs(found[0].at - at) <= 1 and found[0].z > 0
    return Shares(some / histories, right / histories)


def stored_populations(method: str) -> dict[str, NDArray[np.float64]]:
    """The samples of a method's stored runs, of the rules with most of them; cut at the budget."""
    populations: dict[str, NDArray[np.float64]] = {}
    for folder in RESULTS:
        for runs in load_run_sets(Path(folder)):
            identity = runs.identity
            fits = identity.method == method and identity.benchmark in BENCHMARKS
            if fits and identity.labels == "mean" and identity.budget >= BUDGET:
                samples = np.minimum(runs.samples_to_optimum, BUDGET)
                before = populations.get(identity.benchmark, samples[:0])
                populations[identity.benchmark] = max(before, samples, key=len)
    return populations


def main(histories: int = 1000, powers: int = 100) -> None:
    """Print the shares as the table of docs/statistics.md."""
    print("| method | stored runs | change | any step | that step alone, at most one commit off |")
    print("|---|---:|---|---:|---:|")
    cases: Sequence[tuple[str, float, int, int]] = (
        ("none", 1.0, COMMITS // 2, histories),
        ("x 1.35 at the 11th commit", 1.35, COMMITS // 2, powers),
        ("x 1.35 at the last commit", 1.35, COMMITS - 1, powers),
        ("x 2 at the 11th commit", 2.0, COMMITS // 2, powers),
        ("x 2 at the last commit", 2.0, COMMITS - 1, powers),
    )
    for method in METHODS:
        populations = stored_populations(method)
        stored = min(one.size for one in populations.values())
        for place, (said, slower, at, count) in enumerate(cases):
            rng = np.random.default_rng([place, len(method)])
            found = shares(populations, count, rng, slower=slower, at=at)
            right = "" if slower == 1 else f"{found.right:.3f}"
            print(f"| `{method}` | {stored} | {said} | {found.any:.3f} | {right} |", flush=True)
    for method in METHODS:
        rng = np.random.default_rng([len(method)])
        small = shares(stored_populations(method), 2 * histories, rng, commits=6, seeds=8, at=3)
        print(f"{method}, 6 commits x 8 seeds, no change: {small.any:.4f}", flush=True)


if __name__ == "__main__":
    main()
