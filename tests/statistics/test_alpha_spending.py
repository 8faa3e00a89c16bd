"""Levels of several looks at growing data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.suite.statistics.alpha_spending import information, nominal_levels

LOOKS = (5, 10, 20, 30, 50)


def test_information_is_that_of_a_difference_of_means() -> None:
    # Its inverse is the variance of the difference of means of 50 and of 100 values.
    assert information(50, 100) == pytest.approx(1 / (1 / 50 + 1 / 100))


@given(st.integers(1, 500), st.integers(1, 500), st.floats(1e-4, 0.2))
def test_one_look_has_all_of_alpha(seeds: int, stored: int, alpha: float) -> None:
    assert nominal_levels((seeds,), stored, alpha) == pytest.approx((alpha,))


@pytest.mark.parametrize("alpha", [0.002, 0.01, 0.05])
def test_a_look_with_nothing_new_changes_little(alpha: float) -> None:
    first, second = nominal_levels((1_000, 1_001), 10, alpha)
    assert first == pytest.approx(alpha, rel=0.001)
    assert second < alpha


@settings(max_examples=15)
@given(
    st.lists(st.integers(1, 300), min_size=2, max_size=6, unique=True),
    st.integers(5, 500),
    st.floats(1e-3, 0.1),
)
def test_levels_of_looks_sum_to_more_than_alpha_and_each_has_less(
    seeds: list[int], stored: int, alpha: float
) -> None:
    levels = nominal_levels(tuple(sorted(seeds)), stored, alpha)
    assert all(0 < level <= alpha * 1.001 for level in levels)
    # Bonferroni's bound: if looks told nothing of each other, the sum would be alpha.
    assert sum(levels) >= alpha * 0.999


def test_the_first_look_spends_its_share_of_information() -> None:
    share = information(5, 100) / information(50, 100)
    assert nominal_levels(LOOKS, 100, 0.01)[0] == pytest.approx(0.01 * share)


@pytest.mark.parametrize(("stored", "alpha"), [(100, 0.01), (100, 0.05), (20, 0.05)])
def test_a_motion_without_drift_crosses_as_often_as_alpha_says(stored: int, alpha: float) -> None:
    from scipy.special import ndtri

    levels = np.array(nominal_levels(LOOKS, stored, alpha))
    times = np.array([information(seeds, stored) for seeds in LOOKS])
    steps = np.sqrt(np.diff(times, prepend=0))
    count = 200_000
    motion = np.cumsum(np.random.default_rng(0).normal(size=(count, 5)) * steps, axis=1)
    crossed = motion / np.sqrt(times) >= -ndtri(levels)
    error = (alpha * (1 - alpha) / count) ** 0.5
    assert crossed.any(axis=1).mean() == pytest.approx(alpha, abs=4 * error)
    # At each look for the first time as often as the information since the last says.
    first = np.bincount(crossed[crossed.any(axis=1)].argmax(axis=1), minlength=5) / count
    assert first == pytest.approx(alpha * np.diff(times, prepend=0) / times[-1], abs=4 * error)


def test_fewer_new_runs_than_stored_ones_count_almost_as_new_runs() -> None:
    few, many = nominal_levels(LOOKS, 10, 0.01), nominal_levels(LOOKS, 10_000, 0.01)
    # With few stored runs the first new ones tell most of what will be known.
    assert few[0] > many[0]
