"""Expected samples with restarts (ERT), and how many times fewer than random search's they are.

Unlike the restricted mean, ERT hardly depends on the budget: for a search without memory it is the
mean samples, whatever the budget.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.statistics.blocks import space_weights
from nasarena.suite.statistics.combined_intervals import geometric_mean, ratio
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import FEWEST_RUNS, expanded_z
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from nasarena.suite.statistics.samples import Estimate, ert


def expected_running_time(samples: NDArray[np.float64], budget: float) -> Estimate | None:
    """ERT of runs (runs,), with its interval; None where no run found the optimum.

    Student's interval on the logarithm, from what each run adds to its mean cost and to its share
    of finds together (delta method): the two depend on each other.
    """
    value = ert(samples, budget)
    if value is None or samples.size < FEWEST_RUNS:
        return None if value is None else Estimate(value)
    found, spent = samples <= budget, np.minimum(samples, budget)
    if found.all() and np.ptp(spent) == 0:
        return Estimate(value, agreeing=samples.size)
    adds = spent / spent.mean() - found / found.mean()
    width = expanded_z(samples.size) * float(adds.std()) / math.sqrt(samples.size)
    return Estimate(value, value * math.exp(-width), value * math.exp(width))


def random_search_ert(benchmark: Benchmark, budget: int, duplicates: str) -> float:
    """ERT of random search with restarts after so many queries, in closed form."""
    spent = expected_restricted_samples(benchmark, budget, duplicates)
    # One query more costs something only where the optimum is not found before.
    missed = expected_restricted_samples(benchmark, budget + 1, duplicates) - spent
    return spent / (1 - missed)


def ert_speed_ups(
    comparison: Comparison, budgets: dict[str, int], methods: Sequence[str]
) -> list[Estimate | None]:
    """Random search's exact ERT divided by each method's: geometric means over benchmarks.

    `budgets` are of the benchmarks, on all of which the methods were run; spaces count alike. None
    where a method never found the optimum of one.
    """
    weights = space_weights([comparison.spaces[name] for name in budgets]).tolist()

    def speed_up(method: str) -> Estimate | None:
        ratios = []
        for name, budget in budgets.items():
            runs = comparison.run_sets[name][method]
            own = expected_running_time(runs.samples_to_optimum, budget)
            if own is None:
                return None
            exact = random_search_ert(runs.benchmark, budget, runs.identity.duplicates)
            ratios.append(ratio(Estimate(exact, exact, exact), own))
        return geometric_mean(ratios, weights).rounded()

    return [speed_up(method) for method in methods]
