"""docs/simulations/second_contender.py: its covariance, and its choice by marginal likelihood."""

from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from nasarena.methods.cell_kernel import CellKernel
from nasarena.methods.network_features import network_features
from nasarena.methods.path_net_gp import NETWORK_LENGTH, PathNetGP
from nasarena.methods.space_posterior import NOISES
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.problem import Problem, SearchEnded
from simulations import simulation


@pytest.fixture(scope="module")
def script() -> Any:
    return simulation("second_contender")


def test_the_fixed_covariance_is_that_of_path_gp(script: Any) -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    cells = script.Cells(benchmark)
    largest = np.array([np.flatnonzero(cells.place == place)[-1] for place in range(50)])
    expected = CellKernel(benchmark.space).rows(largest[:5])[:, largest]
    found = cells.covariance(script.FIXED, np.arange(5), np.arange(50))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_second_covariance_and_its_turns_are_those_of_path_net_gp(script: Any) -> None:
    benchmark = load_benchmark("nasbenchgraph/proteins")
    cells = script.Cells(benchmark)
    space, ids = benchmark.space, np.arange(200)
    kernel = CellKernel(space, NETWORK_LENGTH, ids, decay=3 / 5, features=network_features)
    found = cells.covariance(script.NETWORKS, ids, ids)
    np.testing.assert_allclose(found, kernel.rows(ids), atol=1e-5)

    # Here no two cells are isomorphic, so that both are the same search.
    variant = script.VARIANTS["fixed, then networks too"]
    labels = np.asarray(benchmark.table.mean_validation)
    for seed in range(3):
        problem = Problem(space, labels, 600, 10**6)
        with suppress(SearchEnded):
            PathNetGP().search(problem, np.random.default_rng(seed))
        assert script.samples(cells, variant, seed) == 1 + int(labels[problem.trace].argmax())


@pytest.mark.parametrize("scaled", [False, True])
def test_the_likeliest_setting_is_that_of_the_normal_density(script: Any, scaled: bool) -> None:
    cells = script.Cells(load_benchmark("nasbenchgraph/proteins"))
    rng = np.random.default_rng(0)
    ids = rng.choice(cells.labels.size, 30, replace=False)
    true = cells.covariance(script.GRID[20], ids, ids).astype(float) + 0.01 * np.eye(30)
    labels = 3 * rng.multivariate_normal(np.zeros(30), true)

    def density(setting: tuple[float, float, float], noise: float, scale: float) -> float:
        covariance = cells.covariance(setting, ids, ids).astype(float) + noise * np.eye(30)
        return float(multivariate_normal.logpdf(labels, cov=scale**2 * covariance))

    chosen, scale = script.most_likely(
        cells, ids, labels, script.Variant(likely=True, scaled=scaled)
    )
    scales = np.geomspace(scale / 4, scale * 4, 9) if scaled else [1.0]
    every = list(product(script.GRID, NOISES, scales))
    best = max(density(*one) for one in every)
    reached = max(density(chosen, noise, scale) for noise in NOISES)
    # The scale of each other pair is from a list, the chosen one exact.
    assert reached >= best - 1e-4 * abs(best)
