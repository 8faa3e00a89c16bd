"""What is free of architectures: metrics where there are some, else counts along paths."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.baselines.free_statistics import free_statistics
from nasarena.suite.errors import UserError
from nasarena.suite.problem import Problem
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.spaces.paths import path_counts

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
IDS = np.arange(3, SPACE.size, 40)


def metric(name: str) -> NDArray[np.float64]:
    known = {
        "parameters": np.arange(SPACE.size) * -7.0,
        "multiply_adds": np.where(np.arange(SPACE.size) == IDS[4], np.nan, 1.0),
    }
    if name not in known:
        raise UserError(f"no {name}")
    return known[name]


def test_metrics_that_are_known_of_all_are_z_scored() -> None:
    problem = Problem(SPACE, np.zeros(SPACE.size), 5, 5, metrics=metric)
    found = free_statistics(problem, IDS)
    expected = -(IDS - IDS.mean()) / IDS.std()
    assert found == pytest.approx(expected[:, None], abs=1e-5)
    assert problem.remaining == 5


def test_without_metrics_they_are_counts_along_paths() -> None:
    problem = Problem(SPACE, np.zeros(SPACE.size), 5, 5)
    counts = path_counts(SPACE.graphs(IDS))
    varied = counts[:, np.ptp(counts, axis=0) > 0]
    found = free_statistics(problem, IDS)
    assert found.shape == varied.shape
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert np.corrcoef(found[:, 3], varied[:, 3])[0, 1] == pytest.approx(1)


def test_of_one_architecture_there_is_nothing_to_learn() -> None:
    problem = Problem(SPACE, np.zeros(SPACE.size), 5, 5)
    assert free_statistics(problem, IDS[:1]).tolist() == [[0.0]]
