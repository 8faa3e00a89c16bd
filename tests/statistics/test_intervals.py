"""Intervals against closed forms and independent implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap, norm
from scipy.stats import t as student

from nasarena.suite.statistics import intervals
from nasarena.suite.statistics.intervals import (
    FEWEST_RUNS,
    MANY_RESAMPLES,
    RESAMPLES,
    expanded_z,
    mean_interval,
    mean_intervals,
    restricted_mean_intervals,
    rounded,
    share_interval,
    wilson,
)


@given(st.integers(1, 500), st.data())
def test_the_interval_of_a_share_is_wilsons(count: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, count))
    share, z = successes / count, norm.ppf(0.975)
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    low, high = share_interval(successes, count)
    assert low == pytest.approx(max(0, centre - half), abs=1e-9)
    assert high == pytest.approx(min(1, centre + half), abs=1e-9)
    assert 0 <= low <= share <= high <= 1


def test_shares_of_many_are_scipys() -> None:
    counts = np.array([1, 7, 30, 100, 100, 100])
    successes = np.array([1, 0, 12, 0, 100, 1])
    low, high = wilson(successes / counts, counts.astype(float))
    for index, (some, count) in enumerate(zip(successes.tolist(), counts.tolist(), strict=True)):
        expected = binomtest(some, count).proportion_ci(method="wilson")
        assert (low[index], high[index]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def bca(values: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Efron's bias-corrected and accelerated interval of a mean, at the expanded level."""
    rng = np.random.default_rng(seed)
    means = rng.choice(values, size=(40_000, values.size)).mean(axis=1)
    bias = norm.ppf((np.mean(means < values.mean()) + np.mean(means <= values.mean())) / 2)
    left_out = (values.sum() - values) / (values.size - 1)
    lean = left_out.mean() - left_out
    acceleration = (lean**3).sum() / (6 * (lean**2).sum() ** 1.5)
    width = student.ppf(0.975, values.size - 1) * math.sqrt(values.size / (values.size - 1))
    z = np.array([-width, width])
    levels = norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
    low, high = np.quantile(means, levels)
    return float(low), float(high)


@pytest.mark.parametrize("count", [12, 30, 100])
def test_the_interval_of_a_mean_is_the_expanded_bca_bootstrap(count: int) -> None:
    values = np.minimum(np.random.default_rng(count).exponential(300, size=count), 1000)
    interval = mean_interval(values)
    assert interval is not None
    width = interval[1] - interval[0]
    assert interval == pytest.approx(bca(values, seed=1), abs=0.04 * width)


def scipys(values: NDArray[np.float64], resamples: int) -> tuple[float, float]:
    interval = bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        method="BCa",
        rng=np.random.default_rng(0),
        confidence_level=1 - 2 * norm.sf(expanded_z(values.size)),
    ).confidence_interval
    return float(interval.low), float(interval.high)


@pytest.mark.parametrize("resamples", [MANY_RESAMPLES, RESAMPLES])
@pytest.mark.parametrize("runs", [6, 7, 10, 100])
def test_intervals_of_whole_numbers_are_scipys(runs: int, resamples: int) -> None:
    rng = np.random.default_rng(runs)
    values = np.minimum(np.ceil(rng.exponential(300, size=(6, runs))), 1000)
    values[:, 0] = 1  # not all equal: scipy has no interval then
    values[:, 1] = 900
    low, high = mean_intervals(values, resamples)
    expected = np.array([scipys(row, resamples) for row in values])
    assert np.stack([low, high], axis=1) == pytest.approx(expected, rel=1e-9)


def test_intervals_of_any_numbers_are_scipys() -> None:
    rng = np.random.default_rng(7)
    values = np.stack([rng.normal(70, 2, 40), rng.gamma(0.3, size=40), -rng.gamma(0.3, size=40)])
    low, high = mean_intervals(values)
    for index, row in enumerate(values):
        expected = scipys(row, MANY_RESAMPLES)
        assert (low[index], high[index]) == pytest.approx(expected, rel=1e-10)


def test_a_sample_has_the_same_interval_whatever_is_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(3).integers(1, 1000, size=(25, 17)).astype(float)
    low, high = mean_intervals(values)
    assert mean_intervals(values[4:5])[0] == low[4]
    monkeypatch.setattr(intervals, "_BLOCK", 5_000)  # a few samples and resamples at a time
    intervals._resample_counts.cache_clear()
    again = mean_intervals(values)
    intervals._resample_counts.cache_clear()
    assert np.array_equal(again[0], low)
    assert np.array_equal(again[1], high)


def test_samples_with_gaps_and_of_equal_values_have_no_interval() -> None:
    values = np.tile([[1.0, np.nan, 3.0], [7.1, 7.1, 7.1], [1.0, 2.0, 4.0]], 2)
    low, high = mean_intervals(values)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, False]
    assert 1 <= low[2] < high[2] <= 4


@pytest.mark.parametrize("runs", range(1, FEWEST_RUNS + 3))
def test_so_few_runs_give_no_interval(runs: int) -> None:
    values = np.arange(runs, dtype=float)
    found = values[None] < runs / 2
    restricted = restricted_mean_intervals(values[None], found, np.array([9.0]), 0)
    assert (mean_interval(values) is None) == (runs < FEWEST_RUNS)
    assert np.isnan(restricted).all() == (runs < FEWEST_RUNS)


@pytest.mark.parametrize("runs", [6, 7, 10, 30, 1000])
def test_the_expanded_quantile_is_students(runs: int) -> None:
    expected = student.ppf(0.975, runs - 1) * math.sqrt(runs / (runs - 1))
    assert expanded_z(runs) == pytest.approx(expected, abs=0.004)


def restricted(found: int, runs: int = 30) -> tuple[float, float]:
    """The interval where so many runs found it after 300 of 1,000 queries."""
    values = np.where(np.arange(runs) < found, 300.0, 1000.0)[None]
    low, high = restricted_mean_intervals(values, values < 1000, np.array([1000.0]), 1)
    return low.item(), high.item()


def test_without_a_find_the_mean_could_be_as_low_as_the_share_allows() -> None:
    most = binomtest(0, 30).proportion_ci(method="wilson").high
    assert restricted(0) == pytest.approx((1000 - most * 999, 1000))


def test_the_first_find_makes_no_jump_and_more_finds_lower_the_interval() -> None:
    ends = np.array([restricted(found) for found in range(30)])
    assert (np.diff(ends[:, 1]) < 0).all()
    assert (np.diff(ends[1:, 0]) < 0).all()
    assert abs(ends[1, 0] - ends[0, 0]) < 40, "BCa alone jumps by 87"
    assert (ends[:, 0] < 1000 - np.arange(30) / 30 * 700 + 1e-9).all()


def test_where_all_found_it_the_interval_is_that_of_the_mean() -> None:
    values = np.random.default_rng(2).integers(1, 90, size=(4, 12)).astype(float)
    found = np.ones(values.shape, dtype=bool)
    ends = restricted_mean_intervals(values, found, np.full(4, 1000.0), 1)
    assert np.array_equal(ends, mean_intervals(values))


@pytest.mark.parametrize("find_share", [0.03, 0.1, 0.3, 0.8])
@pytest.mark.parametrize("runs", [20, 30])
def test_intervals_of_restricted_means_cover_the_true_one_where_few_find(
    runs: int, find_share: float
) -> None:
    rng = np.random.default_rng(runs)
    times = rng.integers(1, 1001, size=(1500, runs)).astype(float)
    found = rng.random(times.shape) < find_share
    values = np.where(found, times, 1000.0)
    low, high = restricted_mean_intervals(values, found, np.full(1500, 1000.0), 1)
    true = 1000 - find_share * (1000 - 500.5)
    assert np.mean((low <= true) & (true <= high)) >= 0.93


def test_no_sample_and_single_runs_are_no_error() -> None:
    assert mean_intervals(np.zeros((0, 5)))[0].shape == (0,)
    assert np.isnan(mean_intervals(np.ones((3, 1)))[0]).tolist() == [True] * 3


@pytest.mark.parametrize(("runs", "budget"), [(30, 400.0), (100, 400.0), (100, 100.0)])
def test_intervals_of_restricted_means_cover_the_true_one(runs: int, budget: float) -> None:
    """Exponential times with mean 300, cut: their mean is 300 (1 - exp(-budget / 300))."""
    times = np.random.default_rng(runs).exponential(300, size=(2000, runs))
    low, high = mean_intervals(np.minimum(times, budget))
    true = 300 * -np.expm1(-budget / 300)
    assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.95, abs=0.03)
    assert np.mean(low > true) == pytest.approx(0.025, abs=0.02)


@pytest.mark.parametrize(("runs", "share"), [(30, 0.05), (100, 0.3), (100, 0.99)])
def test_intervals_of_shares_cover_the_true_one(runs: int, share: float) -> None:
    found = np.random.default_rng(runs).binomial(runs, share, size=20_000)
    low, high = wilson(found / runs, np.full(found.shape, float(runs)))
    assert 0.92 <= np.mean((low <= share) & (share <= high)) <= 0.985


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(60):
        interval = mean_interval(rng.normal(5, 2, size=25))
        assert interval is not None
        covered.append(interval[0] <= 5 <= interval[1])
    assert 0.82 <= np.mean(covered) <= 1


def test_the_same_values_have_the_same_interval() -> None:
    values = np.random.default_rng(4).random(20)
    assert mean_interval(values) == mean_interval(values.copy())


def test_a_single_value_has_no_interval() -> None:
    assert mean_interval(np.array([3.0])) is None


def test_equal_values_have_no_interval() -> None:
    assert mean_interval(np.full(10, 300.0)) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values", [[1, 2] * 3, [300] * 29 + [299], [300] * 99 + [1], [1] * 6 + [2], [5] * 5 + [1000]]
)
def test_few_or_nearly_equal_values_have_a_finite_interval_around_their_mean(
    values: list[float],
) -> None:
    interval = mean_interval(np.array(values, dtype=float))
    assert interval is not None
    low, high = interval
    assert min(values) <= low <= np.mean(values) <= high <= max(values)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, 0.0),
        (1234567.0, 1234570.0),
        (0.000123456789, 0.000123457),
        (-91.60666665, -91.6067),
        (999999.6, 1_000_000.0),
        (46.7333332, 46.7333),
        (1.0, 1.0),
        (1000.0, 1000.0),
    ],
)
def test_six_significant_digits_are_shown(value: float, shown: float) -> None:
    assert rounded(value) == shown


@given(st.floats(1e-12, 1e15) | st.floats(-1e15, -1e-12))
def test_rounding_is_that_of_six_digits_in_print(value: float) -> None:
    assert rounded(value) == float(f"{value:.6g}")
    assert rounded(rounded(value)) == rounded(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_left_alone(value: float) -> None:
    assert rounded(value) == value
    assert math.isnan(rounded(math.nan))


def test_very_many_runs_have_fewer_resamples_and_nearly_the_same_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [intervals.resamples_for(runs) for runs in (0, 300, 10_000, 50_000, 10**6)] == [
        *[9_999] * 3,
        2_000,
        999,
    ]
    values = np.random.default_rng(2).integers(1, 200, size=(20, 400)).astype(float)
    low, high = intervals.mean_intervals(values, RESAMPLES)
    monkeypatch.setattr(intervals, "MOST_DRAWN", 400_000)
    fewer_low, fewer_high = intervals.mean_intervals(values, RESAMPLES)
    half = (high - low) / 2
    assert (np.abs(fewer_low - low) < 0.2 * half).all()
    assert (np.abs(fewer_high - high) < 0.2 * half).all()
    assert (fewer_low != low).any()
