"""ERT with its interval, and random search's in closed form."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.expected_running_times import (
    ert_speed_ups,
    expected_running_time,
    random_search_ert,
)
from nasarena.suite.statistics.intervals import mean_interval
from nasarena.suite.statistics.random_search import expected_samples, not_found_after
from nasarena.suite.statistics.samples import Estimate, ert


@pytest.mark.parametrize(("runs", "budget"), [(20, 100), (30, 300), (100, 1000)])
def test_the_interval_covers_the_true_ert(runs: int, budget: float) -> None:
    """Exponential times have their mean as ERT, whatever the budget."""
    rng, covered = np.random.default_rng(runs), []
    for _ in range(200):
        found = expected_running_time(rng.exponential(300, size=runs), budget)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 300 <= found.high)
    assert np.mean(covered) >= 0.9


def test_where_all_find_it_ert_is_the_mean() -> None:
    samples = np.arange(1.0, 13.0)
    found = expected_running_time(samples, 300)
    assert found is not None
    assert found.value == ert(samples, 300) == 6.5
    assert (found.low, found.high) == pytest.approx(mean_interval(samples), rel=0.1)


def test_what_cannot_be_said() -> None:
    assert expected_running_time(np.full(8, math.inf), 10) is None
    assert expected_running_time(np.array([3.0, math.inf]), 10) == Estimate(13)
    assert expected_running_time(np.full(8, 4.0), 10) == Estimate(4, agreeing=8)


@pytest.mark.parametrize("budget", [1, 20, 150])
def test_random_searchs_ert_is_exact(make_benchmark: Callable[..., Any], budget: int) -> None:
    benchmark = make_benchmark([*range(1, 200), 900])
    share = 1 - not_found_after(200, 1, np.array([budget]))[0]
    assert random_search_ert(benchmark, budget, "by_id") == pytest.approx(
        expected_samples(benchmark, budget) / share
    )


def test_the_speed_up_by_ert_hardly_depends_on_the_budget(
    make_benchmark: Callable[..., Any], make_runs: Callable[..., Any]
) -> None:
    def speed_up(samples: NDArray[np.float64], budget: int) -> Estimate | None:
        benchmark = make_benchmark(np.arange(2000), name="one/a")
        runs = make_runs(benchmark, [[]] * samples.size, method="x", budget=1000)
        runs.__dict__["samples_to_optimum"] = samples
        (found,) = ert_speed_ups(Comparison("p", {"one/a": {"x": runs}}), {"one/a": budget}, ["x"])
        return found

    samples = np.ceil(np.random.default_rng(0).exponential(50, size=400))
    low, high = speed_up(samples, 40), speed_up(samples, 1000)
    assert low is not None
    assert high is not None
    assert low.value == pytest.approx(2000 / 58, rel=0.15)
    # The draws left shrink as random search goes on: to the end of 1,000, its ERT is 1,500.
    assert high.value == pytest.approx(1500 / 50, rel=0.15)
    assert speed_up(np.full(8, math.inf), 40) is None
