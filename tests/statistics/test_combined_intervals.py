"""Geometric means and ratios: their intervals from those of their parts."""

import math

import numpy as np
import pytest

from nasarena.suite.statistics.combined_intervals import geometric_mean, ratio
from nasarena.suite.statistics.samples import Estimate, restricted_mean

EXACT = Estimate(100, 100, 100)


def test_of_one_number_it_is_that_numbers_interval() -> None:
    one = Estimate(60, 34.4, 60)
    assert geometric_mean([one], [1]) == one


def test_equal_parts_shrink_as_independent_ones_do() -> None:
    parts = [Estimate(10, 5, 20)] * 4
    mean = geometric_mean(parts, [0.25] * 4)
    assert (mean.value, mean.low, mean.high) == pytest.approx(
        (10, 10 * 2**-0.5, 10 * 2**0.5), rel=1e-12
    )


def test_a_part_without_an_interval_leaves_none_unless_its_runs_agree() -> None:
    known, agreed, single = Estimate(10, 5, 20), Estimate(40, agreeing=8), Estimate(40)
    assert geometric_mean([known, single], [0.5, 0.5]).low is None
    mean = geometric_mean([known, agreed], [0.5, 0.5])
    assert (mean.value, mean.low, mean.high) == pytest.approx((20, 20 / 2**0.5, 20 * 2**0.5))


def test_a_ratio_to_an_exact_number_is_as_sure_as_the_other() -> None:
    found = ratio(EXACT, Estimate(10, 5, 20))
    assert (found.value, found.low, found.high) == pytest.approx((10, 5, 20))
    assert ratio(EXACT, Estimate(10)).low is None
    one = Estimate(10, 5, 20)
    assert ratio(one, one) == Estimate(1, 1, 1)


def test_the_interval_of_a_geometric_mean_covers_it() -> None:
    rng = np.random.default_rng(0)
    scales, budget = (100, 300), 1000
    true = math.sqrt(math.prod(s * -math.expm1(-budget / s) for s in scales))
    covered = []
    for _ in range(200):
        samples = [rng.exponential(scale, size=20) for scale in scales]
        samples = [np.where(some <= budget, some, np.inf) for some in samples]
        mean = geometric_mean([restricted_mean(some, budget) for some in samples], [0.5, 0.5])
        assert mean.low is not None
        assert mean.high is not None
        covered.append(mean.low <= true <= mean.high)
    assert np.mean(covered) >= 0.9
