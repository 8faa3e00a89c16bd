"""Local search as released: its rule, followed step by step from what it queried."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.baselines.local_search_released import LocalSearchReleased
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBench201()
LABELS = np.random.default_rng(4).permutation(SPACE.size) / 200.0


def trace(
    method: LocalSearchReleased, budget: int, labels: NDArray[np.float64] = LABELS
) -> list[int]:
    problem = Problem(SPACE, labels, budget, 10_000)
    with pytest.raises(SearchEnded):
        method.search(problem, np.random.default_rng(0))
    assert problem.ended is not None
    assert problem.ended.stop_reason == "budget"
    return problem.trace.tolist()


def new_neighbours(current: int, queried: list[int]) -> set[int]:
    return set(SPACE.neighbours(current).tolist()) - {-1, current} - set(queried)


@pytest.mark.parametrize("stops", [True, False])
def test_each_step_follows_the_rule(stops: bool) -> None:
    queried = trace(LocalSearchReleased(initial=7, stop_at_minimum=stops), budget=2_000)
    at, visited, starts = 0, set(), 0
    current: int | None = None
    while at < len(queried):
        if current is None:
            starts += 1
            drawn = queried[at : at + 7]
            at += 7
            current = max(drawn, key=LABELS.__getitem__)
        visited.add(current)
        left = new_neighbours(current, queried[:at])
        better = None
        while left and better is None and at < len(queried):
            assert queried[at] in left, "it leaves the neighbourhood before all were looked at"
            left.remove(queried[at])
            if LABELS[queried[at]] > LABELS[current]:
                better = queried[at]
            at += 1
        current = better if stops else max(set(queried[:at]) - visited, key=LABELS.__getitem__)
    assert len(set(queried)) == len(queried), "nothing is proposed twice"
    assert (starts == 1) != stops


def test_of_equal_architectures_none_is_better() -> None:
    queried = trace(LocalSearchReleased(initial=1), 100, np.zeros(SPACE.size))
    assert set(queried[1:25]) == new_neighbours(queried[0], [])
    assert queried[25] not in SPACE.neighbours(queried[0])


@pytest.mark.parametrize("stops", [True, False])
def test_a_space_that_is_used_up_ends_the_search(stops: bool) -> None:
    space = NASBenchGraph(PROTEINS_OPERATIONS)
    problem = Problem(space, LABELS[: space.size], space.size + 1, 10_000)
    LocalSearchReleased(stop_at_minimum=stops).search(problem, np.random.default_rng(1))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


def test_a_start_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="initial must be at least 1, not 0"):
        LocalSearchReleased(initial=0)
