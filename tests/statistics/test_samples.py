"""Estimators of censored samples against closed forms and scipy's survival functions."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import CensoredData, binomtest, ecdf

from nasarena.suite.statistics.intervals import Z, restricted_mean_intervals, wilson
from nasarena.suite.statistics.samples import (
    Estimate,
    FoundCurve,
    ert,
    found_share,
    kaplan_meier,
    mean_of,
    means_of,
    median,
    restricted_costs,
    restricted_mean,
)

NEVER = math.inf
SAMPLES = np.array([3.0, NEVER, 5.0, 5.0, 12.0, NEVER, 8.0, 1.0])

found_or_not = st.lists(st.integers(1, 12) | st.just(NEVER), min_size=1, max_size=25).map(
    lambda times: np.array(times, dtype=float)
)


def test_the_share_found_is_within_the_budget_with_wilsons_interval() -> None:
    wilsons = binomtest(5, 8).proportion_ci(method="wilson")
    share = found_share(SAMPLES, 10)
    assert share.value == 5 / 8
    assert (share.low, share.high) == pytest.approx((wilsons.low, wilsons.high), abs=1e-12)
    assert found_share(SAMPLES, 12).value == 6 / 8


def test_the_restricted_mean_counts_the_budget_for_what_was_not_found() -> None:
    mean = restricted_mean(SAMPLES, 10)
    cut = np.array([3.0, 10, 5, 5, 10, 10, 8, 1])
    assert mean.value == 52 / 8
    ends = restricted_mean_intervals(cut[None], (SAMPLES <= 10)[None], np.array([10.0]), 1, 9_999)
    assert (mean.low, mean.high) == tuple(end.item() for end in ends)


def test_where_nothing_was_found_the_mean_could_be_as_low_as_the_share_allows() -> None:
    mean = restricted_mean(np.full(20, NEVER), 300)
    most = binomtest(0, 20).proportion_ci(method="wilson").high
    assert mean.value == mean.high == 300
    assert mean.low == pytest.approx(300 - most * 299)


def test_where_all_were_found_at_once_all_agree_and_a_few_more_could_differ() -> None:
    mean = restricted_mean(np.full(30, 4.0), 300)
    assert mean == Estimate(4, agreeing=30)
    assert mean.others == pytest.approx(binomtest(0, 30).proportion_ci(method="wilson").high)
    assert mean.rounded().map(lambda value: 2 * value) == Estimate(8, agreeing=30)
    assert restricted_mean(np.full(5, 4.0), 300) == Estimate(4), "too few runs to say so"
    assert mean_of(np.zeros(30)) == Estimate(0, agreeing=30)
    assert mean_of(np.array([0.0] * 29 + [1])).agreeing == 0


def test_a_heavy_tail_is_marked() -> None:
    values = np.array([[0.0] * 29 + [1.0], [0.0, 1.0] * 15, [2.0] * 30])
    assert [one is not None and one.heavy_tail for one in means_of(values)] == [True, False, False]


def test_what_never_ended_has_the_share_in_its_interval_in_hours_too() -> None:
    whole = np.random.default_rng(0).uniform(40, 60, size=20)
    never, one = whole.copy(), whole.copy()
    one[3] = 5.0
    found = np.zeros((2, 20), dtype=bool)
    found[1, 3] = True
    without, first = restricted_costs(np.stack([never, one]), found, whole)
    most = binomtest(0, 20).proportion_ci(method="wilson").high
    assert without is not None
    assert (without.low, without.high) == pytest.approx(
        (whole.mean() * (1 - most), whole.mean()), rel=1e-9
    )
    assert first is not None
    assert first.low is not None
    assert without.low is not None
    assert 0.9 * without.low < first.low < without.low
    assert first.high is not None
    assert 0.95 * whole.mean() < first.high < whole.mean()
    assert restricted_costs(np.full((1, 20), np.nan), found[:1], whole) == [None]


@pytest.mark.parametrize("samples", [np.array([7.0]), np.array([NEVER])])
def test_one_run_has_a_mean_without_an_interval(samples: NDArray[np.float64]) -> None:
    assert restricted_mean(samples, 10) == Estimate(min(float(samples[0]), 10))


@given(found_or_not, st.integers(1, 12))
def test_the_median_is_where_half_have_found_it(samples: NDArray[np.float64], budget: int) -> None:
    middle = median(samples, budget)
    shares = [float((samples <= query).mean()) for query in range(1, budget + 1)]
    if middle is None:
        assert shares[-1] <= 0.5  # at exactly half the other half is never
    else:
        assert middle <= budget
        assert float((samples <= middle).mean()) >= 0.5
        assert float((samples < middle).mean()) <= 0.5


@given(found_or_not, st.integers(1, 12))
def test_ert_is_what_was_spent_over_what_was_found(
    samples: NDArray[np.float64], budget: int
) -> None:
    spent, found = Fraction(0), 0
    for time in samples.tolist():
        found += time <= budget
        spent += Fraction(int(min(time, budget)))
    expected = float(spent / found) if found else None
    assert ert(samples, budget) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("budget", [100.0, 400.0, 3_000.0])
def test_ert_of_a_search_without_memory_is_its_mean_whatever_the_budget(budget: float) -> None:
    times = np.random.default_rng(0).exponential(300, size=200_000)
    assert ert(times, budget) == pytest.approx(300, rel=0.02)
    share = found_share(times, budget).value
    assert share == pytest.approx(-np.expm1(-budget / 300), rel=0.02)


def test_means_of_many_are_those_of_each() -> None:
    values = np.random.default_rng(0).integers(1, 100, size=(3, 12)).astype(float)
    values[1, 4] = np.nan
    assert means_of(values, 9_999) == [mean_of(values[0]), None, mean_of(values[2])]


def test_a_shown_estimate_has_six_digits() -> None:
    assert Estimate(1 / 3, 0.1234564, 2 / 3).rounded() == Estimate(0.333333, 0.123456, 0.666667)
    assert Estimate(1 / 3).rounded() == Estimate(0.333333)


def test_a_function_of_an_estimate_keeps_its_ends_in_order() -> None:
    assert Estimate(2, 1, 4).map(lambda value: -value) == Estimate(-2, -4, -1)
    assert Estimate(2, 1, 4).map(lambda value: value**2) == Estimate(4, 1, 16)
    assert Estimate(2).map(float) == Estimate(2)


# The share found


def at(curve: FoundCurve, query: float) -> tuple[float, float, float]:
    """Share and interval after so many queries."""
    step = np.searchsorted(curve.queries, query, side="right") - 1
    return float(curve.share[step]), float(curve.low[step]), float(curve.high[step])


@given(found_or_not, st.integers(1, 12))
def test_with_one_budget_the_curve_is_the_plain_share_with_wilsons_interval(
    samples: NDArray[np.float64], budget: int
) -> None:
    curve = kaplan_meier(samples, budget)
    assert curve.end == budget
    for query in range(budget + 1):
        share = found_share(samples, query)
        expected = (share.value, share.low, share.high)
        assert at(curve, query) == pytest.approx(expected, abs=1e-9)


@given(st.data())
def test_with_different_budgets_the_curve_is_scipys(data: st.DataObject) -> None:
    samples = data.draw(found_or_not)
    budgets = np.array(data.draw(st.tuples(*[st.integers(1, 12)] * samples.size)), dtype=float)
    curve = kaplan_meier(samples, budgets)
    assert curve.queries[0] == curve.share[0] == 0
    assert (np.diff(curve.share) > 0).all()
    assert ((curve.low <= curve.share + 1e-12) & (curve.share <= curve.high + 1e-12)).all()

    in_time = samples <= budgets
    times = np.where(in_time, samples, budgets)
    theirs = ecdf(CensoredData(uncensored=times[in_time], right=times[~in_time])).cdf
    assert curve.share == pytest.approx(theirs.evaluate(curve.queries), abs=1e-12)


def test_the_intervals_error_is_greenwoods() -> None:
    rng = np.random.default_rng(0)
    samples, budgets = rng.exponential(300, size=60), rng.uniform(50, 600, size=60)
    curve = kaplan_meier(samples, budgets)
    in_time = samples <= budgets
    times = np.where(in_time, samples, budgets)
    theirs = ecdf(CensoredData(uncensored=times[in_time], right=times[~in_time])).cdf
    plain = theirs.confidence_interval(method="linear")
    error = (plain.high.evaluate(curve.queries) - curve.share) / Z
    inside = (plain.high.evaluate(curve.queries) < 1) & (curve.share > 0)
    assert inside.sum() > 10
    share = curve.share[inside]
    low, high = wilson(share, share * (1 - share) / error[inside] ** 2)
    assert curve.low[inside] == pytest.approx(low)
    assert curve.high[inside] == pytest.approx(high)


@pytest.mark.parametrize("query", [20.0, 150.0, 500.0])
def test_the_intervals_cover_the_true_share(query: float) -> None:
    """Exponential times with mean 300; half of the runs have a budget of 200, half of 600."""
    rng = np.random.default_rng(1)
    budgets = np.repeat([200.0, 600.0], 30)
    true = -math.expm1(-query / 300)
    covered = []
    for _ in range(600):
        _, low, high = at(kaplan_meier(rng.exponential(300, size=60), budgets), query)
        covered.append(low <= true <= high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("samples", "budgets", "last"),
    [
        ([NEVER] * 4, [5, 5, 9, 9], 0.0),
        ([NEVER], [5], 0.0),
        ([2.0], [5], 1.0),
        ([1.0, 1, 1], [5, 6, 7], 1.0),
        ([NEVER, 7.0], [3, 9], 1.0),
        ([NEVER, NEVER, 7.0, 2.0], [3, 5, 9, 9], 1.0),
    ],
)
def test_curves_at_the_ends_are_finite(
    samples: list[float], budgets: list[float], last: float
) -> None:
    curve = kaplan_meier(np.array(samples), np.array(budgets, dtype=float))
    assert curve.share[-1] == last
    for ends in (curve.low, curve.high):
        assert ((ends >= 0) & (ends <= 1)).all()
    assert (curve.low < curve.high).all()
    assert curve.end == max(budgets)


@pytest.mark.parametrize("estimate", [found_share, restricted_mean, ert, median])
def test_what_comes_after_the_budget_does_not_count(
    estimate: Callable[[NDArray[np.float64], float], object],
) -> None:
    later = np.where(np.isfinite(SAMPLES), SAMPLES, 11)
    assert estimate(SAMPLES, 10) == estimate(later, 10)
