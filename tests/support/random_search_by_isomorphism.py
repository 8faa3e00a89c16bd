"""Random search with twins free, in closed form: an oracle for what the suite computes."""

import numpy as np

from nasarena.suite.benchmarks.benchmark import Benchmark


def expected_samples_by_isomorphism(benchmark: Benchmark) -> float:
    """Random search's expected samples to the optimum's class, twins free, without a limit.

    For an optimum that is alone in its class: 1 + the sum of s / (s + 1) over the sizes s of the
    other classes, each of which is charged before the optimum if its first member comes first.
    Raises ValueError for another optimum.
    """
    space, optimum = benchmark.space, benchmark.table.optimum
    classes, sizes = np.unique(space.classes(np.arange(space.size)), return_counts=True)
    own = classes == space.classes(optimum[0])
    if len(optimum) != 1 or sizes[own] != 1:
        raise ValueError("the closed form is for a single optimum in a class of its own")
    others = sizes[~own]
    return float(1 + (others / (others + 1)).sum())
