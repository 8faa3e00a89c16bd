"""Performance profiles against their definition, problem by problem."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.performance_profiles import DEFINITION, performance_profile


@pytest.fixture(scope="module")
def compared(make_benchmark: Any, make_runs: Any) -> Any:
    """A comparison of samples by benchmark and method; of 1,000 queries or so many by method."""

    def compared(
        samples: Mapping[str, Mapping[str, Sequence[float]]], **budgets: int
    ) -> Comparison:
        run_sets: dict[str, dict[str, Any]] = {}
        for name, cells in samples.items():
            benchmark = make_benchmark(np.arange(30), name=name)
            run_sets[name] = {}
            for method, values in cells.items():
                budget = budgets.get(method, 1000)
                runs = make_runs(benchmark, [[]] * len(values), method=method, budget=budget)
                runs.__dict__["samples_to_optimum"] = np.array(values, dtype=float)
                run_sets[name][method] = runs
        return Comparison("p", run_sets)

    return compared


def test_a_profile_is_the_share_of_problems_solved(compared: Any) -> None:
    rng = np.random.default_rng(0)
    weights = {"one/a": 0.25, "one/b": 0.25, "two/c": 0.5}
    samples = {
        name: {
            m: rng.integers(1, 1500, n).astype(float) for m, n in (("x", 20), ("y", 20), ("z", 13))
        }
        for name in weights
    }
    for cells in samples.values():
        for values in cells.values():
            values[values > 1000] = math.inf
    profile = performance_profile(compared(samples))
    best = {
        name: min(np.minimum(values, 1000).mean() for values in cells.values())
        for name, cells in samples.items()
    }
    for place in range(0, profile.taus.size, 7):
        for method in "xyz":
            share = 0.0
            for name, weight in weights.items():
                own = samples[name][method]
                share += weight * np.mean(own <= profile.taus[place] * best[name])
            assert profile.shares[method][place] == pytest.approx(share, rel=1e-5)


def test_the_scale_has_one_on_it_and_ends_where_nothing_changes(compared: Any) -> None:
    samples = {"one/a": {"x": [10, 30, math.inf], "y": [900, 950, 1000]}}
    profile = performance_profile(compared(samples))
    assert profile.taus[0] == 0.1
    assert 1.0 in profile.taus
    assert (np.diff(profile.taus) > 0).all()
    assert profile.shares["x"][-1] == pytest.approx(2 / 3, rel=1e-5)
    assert profile.shares["y"][-1] == 1
    for shares in profile.shares.values():
        assert (np.diff(shares) >= 0).all()
    assert profile.definition == DEFINITION


def test_what_comes_after_the_smallest_budget_is_not_solved(compared: Any) -> None:
    profile = performance_profile(compared({"one/a": {"x": [10, 300], "y": [20, 40]}}, y=200))
    assert profile.shares["x"][-1] == 0.5
    assert profile.shares["y"][-1] == 1


def test_where_nobody_finds_anything_nothing_is_solved(compared: Any) -> None:
    never = {m: [math.inf, math.inf] for m in "xy"}
    profile = performance_profile(compared({"one/a": never}))
    assert profile.taus[-1] >= 1
    assert not profile.shares["x"].any()
    without = performance_profile(compared({"one/a": never}), leave_out_hard=True)
    assert (without.taus.size, without.shares) == (0, {})
    assert "Nothing is ranked." in without.notes


def test_one_run_of_one_method_has_a_profile(compared: Any) -> None:
    profile = performance_profile(compared({"one/a": {"x": [10]}}))
    solved = profile.shares["x"]
    assert solved[profile.taus < 1].max() == 0
    assert solved[profile.taus >= 1].min() == 1
