"""Several targets in one curve: shares, areas and their intervals, by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.goals import GOALS
from nasarena.suite.statistics.runtime_ecdf import pair_areas, runtime_ecdf
from nasarena.suite.statistics.samples import mean_of

# 3,000 architectures, the best last: the top 10 and the top 0.1 % are at the end too.
VALIDATION = np.linspace(10, 90, 3000)
BEST, SECOND, NEAR, POOR = 2999, 2998, 2995, 5


@pytest.fixture(scope="module")
def compared(make_benchmark: Callable[..., Any], make_runs: Callable[..., Any]) -> Any:
    """A comparison of traces by benchmark and method, with 100 queries."""

    def compared(traces: dict[str, dict[str, Sequence[Sequence[int]]]]) -> Comparison:
        run_sets: dict[str, dict[str, Any]] = {}
        for name, cells in traces.items():
            benchmark = make_benchmark(VALIDATION, name=name)
            run_sets[name] = {
                method: make_runs(benchmark, every, method=method, budget=100)
                for method, every in cells.items()
            }
        return Comparison("p", run_sets)

    return compared


def test_the_curve_is_the_share_of_runs_and_targets(compared: Any) -> None:
    # Reaches the top 0.1 % (3) and all but the optimum with its first query, the optimum third.
    found = runtime_ecdf(compared({"one/a": {"x": [[SECOND, POOR, BEST], [POOR]]}}))
    share = dict(zip(found.queries.tolist(), found.shares["x"].tolist(), strict=True))
    assert found.queries[0] == 1
    assert found.queries[-1] == 100
    assert share[1] == share[2] == 4 / 10
    assert share[3] == share[100] == 5 / 10


def test_the_area_is_that_under_the_curve_on_the_logarithmic_axis(compared: Any) -> None:
    rng = np.random.default_rng(0)
    traces = [rng.choice(3000, size=100, replace=False).tolist() for _ in range(12)]
    found = runtime_ecdf(compared({"one/a": {"x": traces}}))
    steps = np.diff(np.log(found.queries)) / np.log(100)
    lower, upper = (steps @ ends for ends in (found.shares["x"][:-1], found.shares["x"][1:]))
    assert lower <= found.areas["x"].value <= upper
    assert upper - lower < 0.05


def test_the_areas_of_pairs_run_from_one_to_nothing() -> None:
    assert pair_areas(np.array([1.0, 10, 100, np.inf]), 100) == pytest.approx([1, 0.5, 0, 0])
    assert pair_areas(np.array([1.0, np.inf]), 1).tolist() == [1, 0]


def test_who_comes_near_an_optimum_that_nobody_finds_leads(compared: Any) -> None:
    found = runtime_ecdf(compared({"one/a": {"far": [[POOR]] * 8, "near": [[NEAR]] * 8}}))
    assert list(found.areas) == ["near", "far"]
    assert found.areas["near"].value > found.areas["far"].value == 0


def test_spaces_count_alike_and_intervals_shrink_with_benchmarks(compared: Any) -> None:
    def mixed(seed: int) -> list[list[int]]:
        rng = np.random.default_rng(seed)
        return [[POOR] * 0 + list(range(int(count))) + [BEST] for count in rng.integers(1, 40, 10)]

    one = {"x": mixed(1)}
    alone = runtime_ecdf(compared({"one/a": one})).areas["x"]
    both = runtime_ecdf(compared({"one/a": one, "two/b": {"x": [[POOR]] * 10}})).areas["x"]
    nine = {f"two/{place}": {"x": [[POOR]] * 10} for place in range(9)}
    assert both.value == pytest.approx(alone.value / 2, rel=1e-5)
    assert runtime_ecdf(compared({"one/a": one, **nine})).areas["x"].value == both.value
    assert alone.low is not None
    assert both.low is not None
    assert both.value - both.low == pytest.approx((alone.value - alone.low) / 2, rel=1e-4)


def test_the_interval_on_one_benchmark_is_of_the_runs_means(compared: Any) -> None:
    traces = [[*range(count), BEST] for count in (1, 3, 9, 20, 30, 60, 2, 5)]
    area = runtime_ecdf(compared({"one/a": {"x": traces}})).areas["x"]
    each: NDArray[np.float64] = pair_areas(np.array([2.0, 4, 10, 21, 31, 61, 3, 6]), 100)
    # All targets are reached together, by the optimum.
    assert area == mean_of(each).rounded()


def test_without_ranked_methods_there_is_nothing(compared: Any, make_runs: Any) -> None:
    empty = runtime_ecdf(Comparison("p", {}))
    assert (empty.shares, empty.areas, empty.queries.size) == ({}, {}, 0)


def test_there_are_five_targets() -> None:
    assert len(GOALS) == 5
