"""The table of goals on runs made by hand."""

import math
from typing import Any

import numpy as np
import pytest

from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.goal_table import GoalRow, goal_table
from nasarena.suite.statistics.goals import GOALS
from nasarena.suite.statistics.samples import Estimate, ert, found_share, mean_of, restricted_mean

VALIDATION = np.linspace(10, 90, 200)
SECONDS = np.full(200, 1_800.0)  # half an hour each


def rows_of(*run_sets: Any) -> dict[tuple[str, str], GoalRow]:
    (comparison,) = comparisons(run_sets)
    return {(row.method, row.goal): row for row in goal_table(comparison)}


def test_rows_are_those_of_the_estimators(make_benchmark: Any, make_runs: Any) -> None:
    # The top 10 are 190 to 199; the optimum is 199.
    traces = [[1, 192, 199], [1, 2, 3, 195], [4, 5], [6, 199], [196, 7, 8, 9]]
    rows = rows_of(make_runs(make_benchmark(VALIDATION, seconds=SECONDS), traces, budget=30))
    assert list(rows) == [("m", goal.slug) for goal in GOALS]
    for slug, samples in (
        ("optimum", np.array([3, math.inf, math.inf, 2, math.inf])),
        ("top-10", np.array([2, 4, math.inf, 2, 1])),
    ):
        row = rows["m", slug]
        assert row.budget == 30
        assert row.found == found_share(samples, 30).rounded()
        assert row.samples == restricted_mean(samples, 30).rounded()
        assert row.ert == pytest.approx(ert(samples, 30), rel=1e-5)
        # Every query is half an hour, also those that were not made.
        assert row.hours == mean_of(np.minimum(samples, 30) / 2).rounded()
        assert row.ert_hours == pytest.approx((ert(samples, 30) or 0) / 2, rel=1e-5)
    assert rows["m", "optimum"].median is rows["m", "optimum"].median_hours is None
    assert (rows["m", "top-10"].median, rows["m", "top-10"].median_hours) == (2, 1)


def test_what_nobody_reaches_has_no_ert_and_the_share_bounds_the_mean(
    make_benchmark: Any, make_runs: Any
) -> None:
    row = rows_of(make_runs(make_benchmark(VALIDATION, seconds=SECONDS), [[1], [2], [3]] * 2))[
        "m", "optimum"
    ]
    assert row.found.value == 0
    assert row.samples == restricted_mean(np.full(6, math.inf), 10).rounded()
    assert row.samples.low is not None
    assert row.samples.low < 10
    assert (row.ert, row.ert_hours, row.median, row.median_hours) == (None, None, None, None)
    assert row.hours is not None
    assert (row.hours.value, row.hours.high) == (5, 5)
    assert row.hours.low == pytest.approx(5 * (row.samples.low - 1) / 9, rel=1e-5)


def test_without_training_seconds_hours_are_null(make_benchmark: Any, make_runs: Any) -> None:
    row = rows_of(make_runs(make_benchmark(VALIDATION), [[199], [1, 199]]))["m", "optimum"]
    assert row.samples.value == 1.5
    assert (row.hours, row.median_hours, row.ert_hours) == (None, None, None)


def test_one_seed_has_numbers_without_intervals(make_benchmark: Any, make_runs: Any) -> None:
    found = rows_of(make_runs(make_benchmark(VALIDATION, seconds=SECONDS), [[3, 199]]))
    assert found["m", "optimum"].samples == Estimate(2)
    assert found["m", "optimum"].hours == Estimate(1)
    missed = rows_of(make_runs(make_benchmark(VALIDATION, seconds=SECONDS), [[3]]))
    assert missed["m", "optimum"].samples == Estimate(10)


def test_methods_are_cut_at_the_smallest_budget(make_benchmark: Any, make_runs: Any) -> None:
    benchmark = make_benchmark(VALIDATION, seconds=SECONDS)
    late = [*range(20), 199]
    rows = rows_of(
        make_runs(benchmark, [late, [199]] * 3, method="long", protocol="p[budget=50]", budget=50),
        make_runs(benchmark, [[199]] * 3, method="short", budget=15),
        make_runs(benchmark, [[1]], ["failed"], method="failed", protocol="p[budget=7]", budget=7),
    )
    assert rows["long", "optimum"].budget == rows["short", "optimum"].budget == 15
    assert rows["long", "optimum"].found.value == 0.5
    assert rows["long", "optimum"].samples.value == 8
    assert rows["long", "optimum"].median is rows["long", "optimum"].median_hours is None
    hours = rows["long", "optimum"].hours
    assert hours is not None
    assert hours.low is not None
    assert hours.high is not None
    assert 0 < hours.low < hours.value == 4 < hours.high < 7.5
    assert rows["failed", "optimum"].budget == 7
