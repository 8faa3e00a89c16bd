"""docs/simulations/second_contender.py: its covariance, and its choice by marginal likelihood."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from nasarena.methods.cell_kernel import CellKernel
from nasarena.methods.space_posterior import NOISES
from nasarena.suite.benchmarks.registry import load_benchmark
from simulations import simulation


@pytest.fixture(scope="module")
def script() -> Any:
    return simulation("second_contender")


def test_the_fixed_covariance_is_that_of_path_gp(script: Any) -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    cells = script.Cells(benchmark, "paths")
    largest = np.array([np.flatnonzero(cells.place == place)[-1] for place in range(50)])
    expected = CellKernel(benchmark.space).rows(largest[:5])[:, largest]
    found = cells.covariance(script.FIXED, np.arange(5), np.arange(50))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("scaled", [False, True])
def test_the_likeliest_setting_is_that_of_the_normal_density(script: Any, scaled: bool) -> None:
    cells = script.Cells(load_benchmark("nasbenchgraph/proteins"), "paths")
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
