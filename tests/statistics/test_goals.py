"""Goals and what it takes to reach them, against loops over the traces."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.goals import (
    GOALS,
    OPTIMUM,
    TOP_10,
    TOP_TENTH_PERCENT,
    WITHIN_HALF,
    WITHIN_TENTH,
    Goal,
    restricted_seconds,
    samples_to,
    seconds_to,
    spent_seconds,
    validation_ranks,
)

VALIDATION = [50, 79.95, 79.62, 80.0, 60, 80 - 1e-12, 79.92, 40]
CLASSES = [0, 1, 2, 3, 4, 5, 6, 3]  # 7 is a twin of 3, which is an optimum
SECONDS = [10, 20, 30, 40, 50, 60, 70, 80]
SIZE = len(VALIDATION)

traces = st.lists(
    st.permutations(range(SIZE)).flatmap(
        lambda order: st.integers(0, SIZE).map(lambda length: order[:length])
    ),
    min_size=1,
    max_size=5,
)


def test_goals_by_accuracy_are_relative_to_the_best(make_benchmark: Any) -> None:
    benchmark = make_benchmark(VALIDATION)
    assert np.flatnonzero(OPTIMUM.members(benchmark)).tolist() == [3, 5]
    assert np.flatnonzero(WITHIN_TENTH.members(benchmark)).tolist() == [1, 3, 5, 6]  # from 79.92
    assert np.flatnonzero(WITHIN_HALF.members(benchmark)).tolist() == [1, 2, 3, 5, 6]  # from 79.6


def test_goals_by_rank_take_ties_in(make_benchmark: Any) -> None:
    tied = make_benchmark([*range(90, 81, -1), 50, 50, 50, *range(40, 0, -1)])
    assert np.flatnonzero(TOP_10.members(tied)).tolist() == list(range(12))
    assert np.flatnonzero(TOP_TENTH_PERCENT.members(tied)).tolist() == [0]  # at least one
    large = make_benchmark(np.arange(3_999.0))
    assert np.flatnonzero(TOP_TENTH_PERCENT.members(large)).tolist() == [3_996, 3_997, 3_998]


def test_goals_have_names_of_their_own() -> None:
    assert [goal.slug for goal in GOALS] == [
        "optimum",
        "within-0-1",
        "within-0-5",
        "top-10",
        "top-0-1",
    ]
    assert WITHIN_TENTH.title == "within 0.1 % of the optimum"


@pytest.mark.parametrize("name", ["nasbench201/cifar10", "nasbenchgraph/cora"])
def test_the_rank_is_one_more_than_are_better(name: str) -> None:
    benchmark = load_benchmark(name)
    accuracies = benchmark.table.mean_validation
    ranks = validation_ranks(benchmark)
    for id in [*range(0, accuracies.size, 97), *benchmark.table.optimum.tolist()]:
        assert ranks[id] == 1 + (accuracies > accuracies[id] + 1e-9).sum()


def test_ranks_are_scipys_with_the_smallest_for_ties(make_benchmark: Any) -> None:
    accuracies = np.random.default_rng(0).integers(1, 20, size=100)
    theirs = rankdata(-accuracies, method="min")
    assert validation_ranks(make_benchmark(accuracies)).tolist() == theirs.tolist()


@given(traces, st.sampled_from(GOALS), st.sampled_from(["by_id", "by_isomorphism"]))
def test_samples_are_counted_to_the_first_member_or_twin(
    make_benchmark: Any, make_runs: Any, runs: list[list[int]], goal: Goal, duplicates: str
) -> None:
    benchmark = make_benchmark(VALIDATION, classes=CLASSES)
    reached = set(np.flatnonzero(goal.members(benchmark)).tolist())
    if duplicates == "by_isomorphism":
        reached |= {id for id in range(SIZE) if CLASSES[id] in {CLASSES[one] for one in reached}}
    expected = [
        next((position for position, id in enumerate(trace, 1) if id in reached), math.inf)
        for trace in runs
    ]
    made = make_runs(benchmark, runs, duplicates=duplicates)
    assert samples_to(made, goal).tolist() == expected
    if goal is OPTIMUM:
        assert made.samples_to_optimum.tolist() == expected


def test_a_twin_of_the_optimum_reaches_it_by_isomorphism_only(
    make_benchmark: Any, make_runs: Any
) -> None:
    benchmark = make_benchmark(VALIDATION, classes=CLASSES)
    assert samples_to(make_runs(benchmark, [[0, 7]]), OPTIMUM).tolist() == [math.inf]
    twins = make_runs(benchmark, [[0, 7]], duplicates="by_isomorphism")
    assert samples_to(twins, OPTIMUM).tolist() == [2]


@given(traces, st.sampled_from(GOALS), st.integers(1, SIZE))
def test_seconds_are_those_of_the_queries_up_to_the_goal(
    make_benchmark: Any, make_runs: Any, runs: list[list[int]], goal: Goal, budget: int
) -> None:
    benchmark = make_benchmark(VALIDATION, seconds=SECONDS)
    made = make_runs(benchmark, runs)
    samples = samples_to(made, goal).tolist()
    expected = [
        sum(SECONDS[id] for id in trace[: int(count)]) if math.isfinite(count) else math.inf
        for trace, count in zip(runs, samples, strict=True)
    ]
    found = seconds_to(made, goal)
    assert found is not None
    assert found.tolist() == expected

    restricted = restricted_seconds(made, goal, budget)
    assert restricted is not None
    for trace, count, seconds in zip(runs, samples, restricted.tolist(), strict=True):
        queries = [SECONDS[id] for id in trace[: int(min(count, budget))]]
        missing = 0 if count <= budget else budget - len(queries)
        assert seconds == pytest.approx(sum(queries) + missing * 45)  # 45: the table's mean


def test_giving_up_is_charged_for_the_queries_that_were_not_made(
    make_benchmark: Any, make_runs: Any
) -> None:
    runs = make_runs(make_benchmark(VALIDATION, seconds=SECONDS), [[0, 4], [], [0, 3]])
    seconds = restricted_seconds(runs, OPTIMUM, 10)
    assert seconds is not None
    assert seconds.tolist() == [60 + 8 * 45, 10 * 45, 50]


def test_without_training_seconds_there_is_no_cost(make_benchmark: Any, make_runs: Any) -> None:
    runs = make_runs(make_benchmark(VALIDATION), [[0, 3]])
    assert seconds_to(runs, OPTIMUM) is None
    assert restricted_seconds(runs, OPTIMUM, 5) is None
    assert spent_seconds(runs, np.array([1.0])) is None


@pytest.mark.parametrize("name", ["nasbench201/imagenet16-120", "nasbenchgraph/proteins"])
def test_every_goal_holds_the_optimum(name: str) -> None:
    benchmark = load_benchmark(name)
    for goal in GOALS:
        members = goal.members(benchmark)
        assert members[benchmark.table.optimum].all()
        assert members.sum() < benchmark.table.size / 10
