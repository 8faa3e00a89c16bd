"""The Gaussian process on decisions: its posterior in a few lines, and its released pool."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.baselines.gp_onehot import GPOneHot
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 80 - np.abs(DECISIONS - 2).sum(axis=1) + np.random.default_rng(0).normal(size=SPACE.size)


def searched(budget: int, **settings: Any) -> Problem:
    problem = Problem(SPACE, LABELS, budget, 1000)
    with suppress(SearchEnded):
        GPOneHot(**settings).search(problem, np.random.default_rng(3))
    return problem


def bounds_by_definition(queried: list[int]) -> NDArray[np.float64]:
    different = (DECISIONS[:, None] != DECISIONS[queried]).sum(axis=2)
    cross = 2.25 * np.exp(-different / 9)
    weights = np.linalg.solve(cross[queried] + 1e-10 * np.eye(len(queried)), cross.T).T
    labels = (LABELS[queried] - LABELS[queried].mean()) / LABELS[queried].std()
    variance = 2.25 - (weights * cross).sum(axis=1)
    bounds: NDArray[np.float64] = weights @ labels + 0.5 * np.sqrt(np.maximum(variance, 0))
    bounds[queried] = -np.inf
    return bounds


@pytest.mark.parametrize("batch", [1, 5])
def test_each_round_queries_the_highest_bounds(batch: int) -> None:
    trace = searched(40, batch=batch).trace.tolist()
    for count in range(10, 40, batch):
        bounds = bounds_by_definition(trace[:count])
        chosen = bounds[trace[count : count + batch]]
        assert chosen == pytest.approx(np.sort(bounds)[::-1][:batch], abs=1e-3)


def test_the_released_pool_is_near_the_best() -> None:
    trace = searched(60, pool="mutants").trace
    assert np.unique(trace).size == 60
    assert LABELS[trace[30:]].mean() > LABELS[trace[:10]].mean() + 1


@pytest.mark.parametrize("pool", ["space", "mutants"])
def test_a_space_that_is_used_up_ends_the_search(pool: str) -> None:
    part = MeasuredCells(SPACE, np.arange(0, SPACE.size, 60))
    problem = Problem(part, LABELS[part.members], part.size + 1, 100)
    GPOneHot(batch=9, pool=pool).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(part.size))


@pytest.mark.parametrize("changes", [{"initial": 0}, {"batch": 0}, {"pool": "all"}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        GPOneHot(**changes)
