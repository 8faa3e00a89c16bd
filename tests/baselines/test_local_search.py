"""Local search: first improvement, with restarts."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.baselines.local_search import LocalSearch
from nasarena.suite.problem import BudgetExhausted, Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBench201()
GRAPH = NASBenchGraph(PROTEINS_OPERATIONS)


class Recorded(Problem):
    """Keeps every proposal, charged or not."""

    proposals: list[int]

    def query(self, ids):  # type: ignore[no-untyped-def]
        self.__dict__.setdefault("proposals", []).append(ids)
        return super().query(ids)


def searched(
    labels: NDArray[np.float64], budget: int, seed: int = 0, space: Any = SPACE
) -> list[int]:
    problem = Recorded(space, labels, budget, 10_000)
    with pytest.raises(SearchEnded):
        LocalSearch().search(problem, np.random.default_rng(seed))
    return problem.proposals


@pytest.mark.parametrize("space", [SPACE, GRAPH], ids=["nasbench201", "proteins"])
def test_the_first_better_neighbour_is_the_next_current_one(
    space: NASBench201 | NASBenchGraph,
) -> None:
    labels = np.random.default_rng(2).permutation(space.size) / 200
    proposals = searched(labels, budget=space.size // 4, space=space)
    current, tried, restarts = proposals[0], 0, 0
    for proposal in proposals[1:]:
        neighbours = space.neighbours(current)
        possible = int((neighbours >= 0).sum())
        if tried == possible:  # all were looked at and none was better
            current, tried, restarts = proposal, 0, restarts + 1
            continue
        assert proposal in neighbours
        tried += 1
        if labels[proposal] > labels[current]:
            current, tried = proposal, 0
    assert restarts > 3


def test_equal_neighbours_are_not_better() -> None:
    proposals = searched(np.zeros(SPACE.size), budget=200)
    for start in range(0, 175, 25):
        neighbours = set(SPACE.neighbours(proposals[start]).tolist())
        assert set(proposals[start + 1 : start + 25]) == neighbours


def test_neighbours_are_tried_in_random_order() -> None:
    labels = np.zeros(SPACE.size)
    seconds = [
        np.flatnonzero(SPACE.neighbours(trace[0]) == trace[1])[0]
        for trace in (searched(labels, budget=3, seed=seed) for seed in range(40))
    ]
    assert len(set(seconds)) > 10


def test_a_single_peak_is_climbed_without_a_restart() -> None:
    labels = SPACE.decisions(np.arange(SPACE.size)).sum(axis=1).astype(float)
    problem = Problem(SPACE, labels, 1000, 10_000)
    with pytest.raises(BudgetExhausted):
        LocalSearch().search(problem, np.random.default_rng(0))
    best = problem.trace[labels[problem.trace].argmax()]
    assert SPACE.key(int(best)) == "444444"
    assert int(np.flatnonzero(problem.trace == best)[0]) < 200


def test_a_space_without_improvement_is_left_to_patience() -> None:
    problem = Problem(GRAPH, np.zeros(GRAPH.size), GRAPH.size, 50)
    with pytest.raises(SearchEnded):
        LocalSearch().search(problem, np.random.default_rng(0))
    assert problem.trace.size > 500
