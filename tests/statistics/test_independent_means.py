"""Two methods whose runs are not paired, against scipy, arithmetic and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from nasarena.suite.statistics.independent_means import difference_of_means, share_fewer
from nasarena.suite.statistics.samples import Estimate

RUNS = st.lists(st.integers(1, 20), min_size=2, max_size=15)


def test_symmetric_intervals_add_up_as_errors_do() -> None:
    found = difference_of_means(Estimate(10, 7, 13), Estimate(4, 0, 8))
    assert (found.value, found.low, found.high) == (6, 1, 11)


def test_each_end_is_of_the_errors_towards_its_side() -> None:
    found = difference_of_means(Estimate(10, 7, 30), Estimate(4, 0, 6))
    assert found.low == pytest.approx(6 - math.hypot(3, 2))
    assert found.high == pytest.approx(6 + math.hypot(20, 4))


def test_without_one_interval_there_is_none() -> None:
    assert difference_of_means(Estimate(3), Estimate(4, 1, 9)) == Estimate(-1)


@given(RUNS, RUNS)
def test_the_share_is_mann_whitneys(a: list[int], b: list[int]) -> None:
    found = share_fewer(np.array(a, dtype=float), np.array(b, dtype=float))
    u = mannwhitneyu(b, a).statistic
    assert found.value == pytest.approx(u / (len(a) * len(b)))
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    turned = share_fewer(np.array(b, dtype=float), np.array(a, dtype=float))
    assert turned.low == pytest.approx(1 - found.high)


def test_where_all_agree_the_share_is_not_certain() -> None:
    found = share_fewer(np.full(20, 5.0), np.full(30, 7.0))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(1 / (1 + 1.959964**2 / 20))


def test_the_share_is_covered_as_often_as_stated() -> None:
    rng, covered = np.random.default_rng(3), []
    truth = 200 / 300  # of exponentials with means 100 and 200
    for _ in range(400):
        found = share_fewer(rng.exponential(100, 30), rng.exponential(200, 20))
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= truth <= found.high)
    assert 0.91 <= np.mean(covered) <= 0.99
