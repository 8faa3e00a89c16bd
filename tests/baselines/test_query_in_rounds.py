"""Rounds of queries: the best new ones, others where a pool has none, and an end."""

import numpy as np

from nasarena.baselines.query_in_rounds import best_new, query_in_rounds
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)


def test_the_best_new_ones_are_the_highest_rated_that_were_not_queried() -> None:
    pool, ratings = np.array([9, 4, 7, 1]), np.array([0.5, 2.0, 2.0, 1.0])
    assert best_new(pool, ratings, np.array([4]), 2).tolist() == [7, 1]
    assert best_new(pool, ratings, pool, 2).size == 0


def test_where_a_pool_has_nothing_new_others_are_drawn_to_the_end_of_the_space() -> None:
    problem = Problem(SPACE, np.zeros(SPACE.size), SPACE.size + 1, 100)
    rounds: list[int] = []

    def rate(ids: Ids, accuracies: Accuracies) -> tuple[Ids, Accuracies]:
        assert accuracies.size == ids.size
        rounds.append(ids.size)
        return np.arange(30), np.zeros(30)

    query_in_rounds(problem, np.random.default_rng(0), 10, 500, rate)
    assert sorted(problem.trace.tolist()) == list(range(SPACE.size))
    assert rounds[0] == 10
    assert len(rounds) < 10
