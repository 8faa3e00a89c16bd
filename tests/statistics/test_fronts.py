"""Fronts and hypervolumes against their definitions, and what runs have measured of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.leaderboard.runs_by_hand import run_set

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.front_table import front_tables
from nasarena.suite.statistics.fronts import (
    TwoObjectives,
    front,
    hypervolume,
    hypervolume_shares,
    two_objectives,
)

PROTEINS = "nasbenchgraph/proteins"
REFERENCE = np.array([-1.0, -2.0])

# Few different values, so that points tie, and some lie beyond the reference point.
points = st.lists(st.tuples(st.integers(-3, 6), st.integers(-3, 6)), max_size=30).map(
    lambda rows: np.array(rows, dtype=np.float64).reshape(-1, 2)
)


def dominates(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool((one >= other).all() and (one > other).any())


def counted_squares(rows: NDArray[np.float64]) -> int:
    """The unit squares between the reference point and what any point dominates."""
    return sum(
        any(x + 1 <= first and y + 1 <= second for first, second in rows.tolist())
        for x in range(int(REFERENCE[0]), 6)
        for y in range(int(REFERENCE[1]), 6)
    )


@given(points)
def test_the_front_is_what_nothing_dominates(rows: NDArray[np.float64]) -> None:
    found = front(rows[:, 0], rows[:, 1])
    expected = {
        index for index, row in enumerate(rows) if not any(dominates(other, row) for other in rows)
    }
    assert len(found) == len(expected)
    assert set(found.tolist()) == expected
    assert (np.diff(rows[found, 1]) <= 0).all()


def test_accuracies_that_differ_in_their_last_bit_are_equal() -> None:
    first, second = np.array([90.0, 90.0 + 1e-12, 80.0]), np.array([3.0, 2.0, 3.0])
    assert front(first, second).tolist() == [0]
    assert front(first[:2], np.array([2.0, 2.0])).tolist() in ([0, 1], [1, 0])


@given(points)
def test_the_hypervolume_is_the_area_that_the_points_dominate(rows: NDArray[np.float64]) -> None:
    assert hypervolume(rows[:, 0], rows[:, 1], REFERENCE) == counted_squares(rows)


def test_the_hypervolume_is_pymoos() -> None:
    indicators = pytest.importorskip("pymoo.indicators.hv")
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = rng.normal(size=(40, 2))
        ours = hypervolume(rows[:, 0], rows[:, 1], REFERENCE)
        assert ours == pytest.approx(indicators.HV(ref_point=-REFERENCE)(-rows), rel=1e-12)


@given(points, st.integers(0, 9))
def test_a_front_has_the_whole_hypervolume(rows: NDArray[np.float64], seed: int) -> None:
    kept = rows[front(rows[:, 0], rows[:, 1])]
    shuffled = np.random.default_rng(seed).permutation(kept)
    whole = hypervolume(rows[:, 0], rows[:, 1], REFERENCE)
    assert hypervolume(shuffled[:, 0], shuffled[:, 1], REFERENCE) == whole


@pytest.fixture(scope="module")
def both() -> TwoObjectives:
    return two_objectives(load_benchmark(PROTEINS), "latency_seconds")


def test_a_benchmark_is_turned_so_that_more_is_better(both: TwoObjectives) -> None:
    latency = load_benchmark(PROTEINS).metric("latency_seconds").values
    assert np.array_equal(both.second, -latency)
    assert both.reference.tolist() == [both.first.min(), -latency.max()]
    assert both.benchmark.table.optimum.tolist() == [both.front[-1]]
    assert both.as_measured(both.second[both.front]).tolist() == latency[both.front].tolist()


def test_whoever_queried_the_front_has_its_whole_hypervolume(both: TwoObjectives) -> None:
    every, none = both.front.tolist(), [both.first.argmin().item()]
    runs = run_set([every, every[::-1], none], stop="budget", protocol="one-run", reason="returned")
    shares = hypervolume_shares(runs, both, np.array([1, len(every), 50]))
    assert shares[:2, 1:] == pytest.approx(1)
    assert (shares[:2, 0] < 1).all()
    assert shares[2].tolist() == pytest.approx([shares[2, 0]] * 3)


def test_shares_are_those_of_each_prefix(both: TwoObjectives) -> None:
    rng = np.random.default_rng(2)
    traces = [rng.permutation(both.first.size)[:40].tolist() for _ in range(3)]
    positions = np.array([1, 2, 7, 40])
    shares = hypervolume_shares(run_set(traces), both, positions)
    for trace, row in zip(traces, shares, strict=True):
        for position, share in zip(positions, row, strict=True):
            ids = trace[:position]
            area = hypervolume(both.first[ids], both.second[ids], both.reference)
            assert share == pytest.approx(area / both.hypervolume)


def test_a_lucky_training_run_takes_the_place_of_a_better_architecture() -> None:
    table = load_benchmark("nasbench201/cifar10").table
    both = two_objectives(load_benchmark("nasbench201/cifar10"), "parameters")
    # As large, worse on average: but its one run was better in some seed.
    same = np.flatnonzero(both.second == both.second[table.optimum[0]])
    good, lucky = same[np.argsort(-both.first[same])][:2].tolist()
    rules = {"labels": "one_run", "stop": "budget", "protocol": "one-run[budget=50]"}
    runs = run_set([[lucky, good]] * 20, "nasbench201/cifar10", **rules)
    shares = hypervolume_shares(runs, both, np.array([2]))[:, 0]
    better = runs.labels.reshape(20, 2)
    expected = np.where(better[:, 1] > better[:, 0], good, lucky)
    areas = [hypervolume(both.first[[i]], both.second[[i]], both.reference) for i in expected]
    assert set(expected) == {good, lucky}
    assert shares == pytest.approx(np.array(areas) / both.hypervolume)


def test_rows_say_what_was_found_after_so_many_queries(both: TwoObjectives) -> None:
    traces = [both.front.tolist(), [*range(30), both.front[0].item()]]
    good = run_set([traces[0]] * 2, budget=100, method="good", reason="returned")
    poor = run_set([traces[1]] * 2, budget=100, method="poor", reason="returned")
    failed = run_set([traces[0]], budget=100, method="failing", reason="failed")
    (table,), without = front_tables([failed, poor, good], "latency_seconds")
    assert not without
    assert [(row.method, row.queries) for row in table.rows] == [
        (method, queries) for method in ("good", "poor", "failing") for queries in (50, 100)
    ]
    assert table.rows[0].hypervolume.value == table.rows[0].front_found.value == 1
    assert table.rows[3].front_found.value == pytest.approx(1 / both.front.size, rel=1e-5)
    assert not table.rows[-1].ranked


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("latency", "has no metric 'latency'; did you mean 'latency_seconds'"),
        ("validation", "is what queries on nasbenchgraph/proteins answer already"),
    ],
)
def test_what_is_no_second_objective_is_refused(metric: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        two_objectives(load_benchmark(PROTEINS), metric)


def test_metrics_without_a_direction_or_with_one_value_are_refused(
    everything_fetched: object,
) -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    with pytest.raises(UserError, match="neither more nor less of it is better"):
        two_objectives(benchmark, "arithmetic_intensity.eyeriss")


def test_architectures_that_were_not_measured_lie_on_no_front(everything_fetched: object) -> None:
    both = two_objectives(load_benchmark("nasbench201/cifar10"), "latency_ms.edgetpu")
    assert both.measured.sum() == 10_926
    assert both.measured[both.front].all()
    unmeasured = np.flatnonzero(~both.measured)[:5].tolist()
    assert hypervolume_shares(run_set([unmeasured]), both, np.array([5])).tolist() == [[0.0]]
