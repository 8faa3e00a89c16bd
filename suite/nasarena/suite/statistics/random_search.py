"""Random search on a listed space, in closed form."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark


def not_found_after(size: int, optima: int, queries: NDArray[np.int64]) -> NDArray[np.float64]:
    """The probability that uniform draws without replacement missed all optima.

    For k optima among N: the product over them of (N - q - i) / (N - i), i = 0..k-1.
    """
    missing = np.ones(queries.shape)
    for index in range(optima):
        missing *= np.maximum(size - queries - index, 0) / (size - index)
    return missing


def expected_samples(benchmark: Benchmark, budget: int) -> float:
    """Random search's expected min(samples to optimum, budget), by id.

    Without a limit this is (N + 1) / (k + 1).
    """
    queries = np.arange(budget)
    table = benchmark.table
    return float(not_found_after(table.size, len(table.optimum), queries).sum())
