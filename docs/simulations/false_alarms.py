"""How often pages call two methods different where they are not.

Every method of a simulated page is the same one: on each benchmark its runs are drawn, with
replacement, from the stored runs of one real method there. Whatever is then "separated" is a false
alarm. Counted is the share of pages with at least one, by three rules for the p values: as they
are, corrected (Holm) over the pairs of each benchmark, and corrected over the pairs of all
benchmarks, which is what the pages do. Run from the repository's folder, some minutes:

    python docs/simulations/false_alarms.py
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.paired_runs import PairedRuns
from nasarena.suite.statistics.separation import SIGNIFICANT, holm, separation

RESULTS, COMPARISON = "results/field", "weaknas-paper[duplicates=by_isomorphism]"
METHODS, PAGES = 7, 200

RULES = ("each p as it is", "corrected within a benchmark", "corrected over the page")


def false_alarms(
    populations: Mapping[str, NDArray[np.float64]],
    seeds: Sequence[int],
    paired: bool,
    pages: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """The share of simulated pages with a false alarm, by rule.

    `populations` are samples to the optimum on each benchmark, the budget for none; `seeds` is
    each method's number of runs.
    """
    alarms = dict.fromkeys(RULES, 0)
    for _ in range(pages):
        p = [
            _p_values(name, runs, seeds, paired, len(populations), rng)
            for name, runs in populations.items()
        ]
        alarms[RULES[0]] += min(map(np.min, p)) < SIGNIFICANT
        alarms[RULES[1]] += min(holm(one).min() for one in p) < SIGNIFICANT
        alarms[RULES[2]] += holm(np.concatenate(p)).min() < SIGNIFICANT
    return {rule: count / pages for rule, count in alarms.items()}


def _p_values(
    name: str,
    population: NDArray[np.float64],
    seeds: Sequence[int],
    paired: bool,
    benchmarks: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Of all pairs of equal methods on a benchmark."""
    have = np.arange(max(seeds)) < np.array(seeds)[:, None]
    samples = np.where(have, rng.choice(population, have.shape), 0)
    budget = int(population.max())
    methods = tuple(f"method-{place}" for place in range(len(seeds)))
    runs = PairedRuns(
        methods, budget, np.arange(max(seeds)), have, samples, have & (samples < budget)
    )
    first, second = np.triu_indices(len(seeds), k=1)
    tests = benchmarks * first.size
    return separation([(name, runs)], np.ones(1), first, second, paired, tests).p


def stored_populations() -> dict[str, NDArray[np.float64]]:
    """Of each benchmark the runs of the method with the most of them, samples up to its budget."""
    (compared,) = [
        one for one in comparisons(load_run_sets(Path(RESULTS))) if one.name == COMPARISON
    ]
    populations = {}
    for name, cells in compared.run_sets.items():
        runs = max(cells.values(), key=lambda runs: (runs.count, runs.identity.method))
        populations[name] = np.minimum(runs.samples_to_optimum, runs.identity.budget)
    return populations


def main() -> None:
    """Print the shares as the table of docs/measuring.md."""
    populations = stored_populations()
    print(f"{METHODS} methods, {len(populations)} benchmarks, {PAGES} pages")
    print(f"| seeds of each method | test | {' | '.join(RULES)} |")
    print("| --- | --- | --- | --- | --- |")
    for shown, seeds in (
        ("10", [10] * METHODS),
        ("30", [30] * METHODS),
        ("100", [100] * METHODS),
        ("100, and 20 of three", [100] * 4 + [20] * 3),
    ):
        for paired in (False, True):
            rng = np.random.default_rng(0)
            found = false_alarms(populations, seeds, paired, PAGES, rng)
            shares = " | ".join(f"{share:.2f}" for share in found.values())
            print(f"| {shown} | {'paired' if paired else 'unpaired'} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
