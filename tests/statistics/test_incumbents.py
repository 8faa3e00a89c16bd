"""Incumbent policies against loops over the traces, written as the policies are said."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nasarena.suite.statistics import incumbents
from nasarena.suite.statistics.incumbents import POLICIES, Policy, regret_at

VALIDATION = np.array([50.0, 70, 90, 90 - 1e-12, 85, 85, 60, 88])
TEST = np.array([55.0, 71, 84, 86, 92, 83, 61, 92])
SIZE = len(VALIDATION)
POSITIONS = np.array([1, 2, 3, 5, 8, 20])

run = st.tuples(
    st.permutations(range(SIZE)),
    st.integers(0, SIZE),
    st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE - 1)), max_size=4),
).map(
    lambda drawn: (
        drawn[0][: drawn[1]],
        sorted((min(after, drawn[1]), id) for after, id in drawn[2]),
    )
)
runs_of_a_method = st.lists(run, min_size=1, max_size=5)


def answer(
    trace: list[int], recommendations: list[tuple[int, int]], queries: int, policy: str
) -> int | None:
    """What a policy answers, in as many words."""
    seen = trace[:queries]
    said = [id for after, id in recommendations if after <= queries]
    recommended = said[-1] if said else None
    if policy == "recommended":
        return recommended
    measure = VALIDATION if policy == "best_validation" else TEST
    best: int | None = None
    for id in seen:
        if best is None or measure[id] > measure[best] + 1e-9:
            best = id
    if policy == "oracle_test_paper":
        if best is None or recommended is None:
            return None
        return recommended if TEST[recommended] > TEST[best] else best
    return best


def judged(values: NDArray[np.float64], answers: list[list[int | None]]) -> NDArray[np.float64]:
    return np.array([[math.nan if id is None else values[id] for id in row] for row in answers])


@given(runs_of_a_method, st.sampled_from(POLICIES))
def test_policies_answer_as_they_say(
    make_benchmark: Any,
    make_runs: Any,
    drawn: list[tuple[list[int], list[tuple[int, int]]]],
    policy: Policy,
) -> None:
    benchmark = make_benchmark(VALIDATION, TEST)
    runs = make_runs(
        benchmark, [trace for trace, _ in drawn], recommendations=[said for _, said in drawn]
    )
    answers = [[answer(*one, queries, policy) for queries in POSITIONS.tolist()] for one in drawn]
    regret = np.maximum(90 - VALIDATION, 0).round(9)
    tests = incumbents.test_at(runs, POSITIONS, policy)
    assert regret_at(runs, POSITIONS, policy) == pytest.approx(judged(regret, answers), nan_ok=True)
    assert tests == pytest.approx(judged(TEST, answers), nan_ok=True)


def test_the_papers_oracle_is_the_better_of_all_queried_and_the_unqueried_top_1(
    make_benchmark: Any, make_runs: Any
) -> None:
    runs = make_runs(
        make_benchmark(VALIDATION, TEST), [[0, 1, 2, 3]], recommendations=[[(2, 4), (3, 1), (4, 7)]]
    )
    paper = incumbents.test_at(runs, np.array([1, 2, 3, 4]), "oracle_test_paper")
    assert paper[0].tolist() == pytest.approx([math.nan, 92, 84, 92], nan_ok=True)
    oracle = incumbents.test_at(runs, np.array([1, 2, 3, 4]), "oracle_test")
    assert oracle.tolist() == [[55, 71, 84, 86]]


@pytest.mark.parametrize("policy", POLICIES[1:])
def test_after_a_stop_at_the_optimum_only_the_best_validated_is_known(
    make_benchmark: Any, make_runs: Any, policy: Policy
) -> None:
    runs = make_runs(
        make_benchmark(VALIDATION, TEST), [[0, 2]], recommendations=[[(1, 2)]], stop="optimum"
    )
    assert np.isnan(incumbents.test_at(runs, POSITIONS, policy)).all()
    assert np.isnan(regret_at(runs, POSITIONS, policy)).all()
    kept = regret_at(runs, POSITIONS, "best_validation")
    assert kept.tolist() == [[40, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("policy", ["oracle_test_paper", "recommended"])
def test_a_method_that_recommends_nothing_has_no_such_answer(
    make_benchmark: Any, make_runs: Any, policy: Policy
) -> None:
    runs = make_runs(make_benchmark(VALIDATION, TEST), [[0, 2], [1]])
    assert np.isnan(regret_at(runs, POSITIONS, policy)).all()


def test_without_tests_what_is_validated_or_recommended_remains(
    make_benchmark: Any, make_runs: Any
) -> None:
    runs = make_runs(make_benchmark(VALIDATION), [[0, 2]], recommendations=[[(1, 6)]])
    known = {policy: not np.isnan(regret_at(runs, POSITIONS, policy)).all() for policy in POLICIES}
    assert known == {
        "best_validation": True,
        "oracle_test": False,
        "oracle_test_paper": False,
        "recommended": True,
    }
    for policy in POLICIES:
        assert np.isnan(incumbents.test_at(runs, POSITIONS, policy)).all()


def test_runs_without_any_query_have_no_incumbent(make_benchmark: Any, make_runs: Any) -> None:
    runs = make_runs(make_benchmark(VALIDATION, TEST), [[], []], reasons=["failed", "returned"])
    for policy in POLICIES:
        assert np.isnan(regret_at(runs, POSITIONS, policy)).all()


def test_recommendations_in_any_order_of_the_file_count_by_when_they_were_made(
    make_benchmark: Any, make_runs: Any
) -> None:
    runs = make_runs(
        make_benchmark(VALIDATION, TEST), [[0, 1, 2]], recommendations=[[(3, 4), (1, 6), (1, 5)]]
    )
    tests = incumbents.test_at(runs, np.array([1, 2, 3]), "recommended")
    assert tests.tolist() == [[83, 83, 92]]
