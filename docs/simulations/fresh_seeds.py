"""How often fresh seeds find a submission implausible: honest ones, and ones that were chosen.

Submitted and fresh runs are drawn, with replacement, from the stored runs of one method on
NAS-Bench-201, and tested as `nasarena submit-check --fresh-seeds` does. An honest submission is
drawn like the fresh runs. Of a chosen one, the best of so many sets of seeds was submitted, by the
mean logarithm of its samples over the benchmarks; or the best half of twice as many runs was, on
each benchmark. Run from the repository's folder, some minutes:

    python docs/simulations/fresh_seeds.py
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.stratified_ranks import Stratum, rank_tests
from nasarena.suite.submission.fresh_seeds import LEVEL

RESULTS = "results/nasbench201"
METHODS = ("local-search", "random-search", "regularized-evolution", "weaknas-lite")
SUBMITTED, FRESH = 30, (20, 50, 100)
SETS = (1, 10, 100, 1000)
"""Of seeds, among which the best was chosen; 1 is honest."""

HALF = "the best half"
ROUNDS = 500

Population = list[NDArray[np.float64]]
"""A method's samples to the optimum on each benchmark."""


def populations() -> list[Population]:
    """Those of each method."""
    runs = load_run_sets(RESULTS)
    return [
        [
            np.minimum(one.samples_to_optimum, one.identity.budget)
            for one in runs
            if one.identity.method == method
        ]
        for method in METHODS
    ]


def submitted(population: Population, how: int | str, rng: np.random.Generator) -> Population:
    """The samples that somebody submits on each benchmark."""
    if how == HALF:
        both = [rng.choice(one, 2 * SUBMITTED) for one in population]
        return [np.sort(one)[:SUBMITTED] for one in both]
    sets = [rng.choice(one, (int(how), SUBMITTED)) for one in population]
    best = np.argmin(sum(np.log(one).mean(axis=1) for one in sets))
    return [one[best] for one in sets]


def noticed(
    every: Sequence[Population], how: int | str, fresh: int, rounds: int, rng: np.random.Generator
) -> float:
    """The share of submissions that are found implausible; methods in turn."""
    count = 0
    for number in range(rounds):
        population = every[number % len(every)]
        strata = [
            Stratum(f"{number}/{place}", values, rng.choice(population[place], fresh))
            for place, values in enumerate(submitted(population, how, rng))
        ]
        test, _ = rank_tests(strata, LEVEL / 2)
        count += 2 * min(test.p_higher, test.p_lower) <= LEVEL
    return count / rounds


def gain(every: Sequence[Population], how: int | str, rounds: int) -> float:
    """How many times the method's samples the submitted ones are: the geometric mean."""
    rng = np.random.default_rng(2)
    logarithms = [
        np.log(values.mean() / whole.mean())
        for number in range(rounds)
        for population in [every[number % len(every)]]
        for values, whole in zip(submitted(population, how, rng), population, strict=True)
    ]
    return float(np.exp(np.mean(logarithms)))


def main() -> None:
    """Print a line for each way to choose."""
    every = populations()
    heads = [f"{fresh} fresh seeds" for fresh in FRESH]
    print("| submitted | times the samples | " + " | ".join(heads) + " |")
    print("|---|---:|" + "---:|" * len(FRESH))
    for how in (*SETS, HALF):
        rng = np.random.default_rng(1)
        shares = [noticed(every, how, fresh, ROUNDS, rng) for fresh in FRESH]
        times = f"{gain(every, how, ROUNDS):.2f}"
        print(
            f"| {how} | {times} | " + " | ".join(f"{share:.1%}" for share in shares) + " |",
            flush=True,
        )


if __name__ == "__main__":
    main()
