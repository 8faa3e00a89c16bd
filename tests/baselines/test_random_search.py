"""Random search."""

import numpy as np
from scipy.stats import chisquare, kstest

from nasarena.baselines.random_search import RandomSearch
from nasarena.suite.problem import Problem
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)


def searched(seed: int) -> Problem:
    problem = Problem(SPACE, np.zeros(SPACE.size), SPACE.size, 10**6)
    RandomSearch().search(problem, np.random.default_rng(seed))
    return problem


def test_every_architecture_is_visited_once_one_a_round() -> None:
    problem = searched(0)
    assert sorted(problem.trace.tolist()) == list(range(SPACE.size))
    assert problem.rounds.tolist() == list(range(SPACE.size))


def test_seeds_visit_in_different_orders_and_the_same_seed_in_the_same() -> None:
    assert np.array_equal(searched(1).trace, searched(1).trace)
    assert not np.array_equal(searched(1).trace, searched(2).trace)


def test_an_architecture_is_found_anywhere_equally_likely() -> None:
    traces = np.array([searched(seed).trace for seed in range(200)])
    position = np.argmax(traces == 1234, axis=1)
    assert kstest(position / SPACE.size, "uniform").pvalue > 1e-3
    first = np.histogram(traces[:, :50], bins=20, range=(0, SPACE.size))[0]
    assert chisquare(first).pvalue > 1e-3
