"""Random search on a listed space with twins free, under a budget: exact up to quadrature."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.statistics.random_search import expected_samples

_NODES = 64
"""Of the Gauss-Legendre rule on each of three pieces: exact for polynomials of degree 127."""


def expected_restricted_samples(benchmark: Benchmark, budget: int, duplicates: str) -> float:
    """Random search's expected min(samples to optimum, budget), by id or by isomorphism."""
    if duplicates == "by_id":
        return expected_samples(benchmark, budget)
    space, optimum = benchmark.space, benchmark.table.optimum
    classes = space.classes(np.arange(space.size))
    own = np.isin(classes, classes[optimum])
    _, sizes = np.unique(classes[~own], return_counts=True)
    distinct, how_many = np.unique(sizes, return_counts=True)
    return _expected(tuple(distinct.tolist()), tuple(how_many.tolist()), int(own.sum()), budget)


@lru_cache(maxsize=64)
def _expected(sizes: tuple[int, ...], classes: tuple[int, ...], members: int, budget: int) -> float:
    """The mean over the time at which the first member of the optimum's classes is drawn.

    Give every architecture a time, uniform in [0, 1]: their order is random search. If the first
    of the k `members` comes at time t (density k (1 - t)^(k - 1)), a class of size s has come
    before with probability 1 - (1 - t)^s, independently of the others. So many are charged before.
    `sizes` are the different sizes of the other classes, `classes` how many have each.
    """
    size, many = np.array(sizes, dtype=np.float64), np.array(classes, dtype=np.float64)
    most = budget - 1

    def charged(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the classes charged before t."""
        missed = (1 - t[:, None]) ** size
        return (1 - missed) @ many, np.sqrt((missed * (1 - missed)) @ many)

    # Far from the budget the minimum with it is plain; near it the distribution is needed.
    t = np.linspace(0, 1, 4001)
    mean, deviation = charged(t)
    near = np.abs(mean - most) <= 9 * deviation + 1
    ends = (float(t[near][0]), float(t[near][-1])) if near.any() else (1.0, 1.0)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    total = 0.0
    for start, stop in ((0.0, ends[0]), ends, (ends[1], 1.0)):
        t = start + (stop - start) * (nodes + 1) / 2
        before = np.minimum(charged(t)[0], most)
        if (start, stop) == ends:
            before = _mean_of_minimum(t, size, many, most)
        density = members * (1 - t) ** (members - 1)
        total += float((stop - start) / 2 * (weights * density * before).sum())
    return 1 + total


def _mean_of_minimum(
    t: NDArray[np.float64], size: NDArray[np.float64], many: NDArray[np.float64], most: int
) -> NDArray[np.float64]:
    """The mean of min(classes charged before t, most), from the sum's characteristic function."""
    total = int(many.sum())
    circle = np.exp(-2j * np.pi * np.arange((total + 1) // 2 + 1) / (total + 1))
    counts = np.minimum(np.arange(total + 1), most)
    means = np.empty(t.size)
    for index, time in enumerate(t):
        come = 1 - (1 - time) ** size
        transform = np.prod((1 - come + come * circle[:, None]) ** many, axis=1)
        means[index] = np.fft.irfft(transform, total + 1) @ counts
    return means
