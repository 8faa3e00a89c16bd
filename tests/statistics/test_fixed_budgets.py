"""Answers at fixed budgets, worked out from the traces one by one."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import gmean

from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.fixed_budgets import FIXED_BUDGETS, FixedBudget, fixed_budgets
from nasarena.suite.statistics.incumbents import POLICIES, Policy
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, means_of

SIZE = 400
VALIDATION = np.linspace(10, 90, SIZE)
TEST = VALIDATION - 5 + np.random.default_rng(0).normal(0, 3, SIZE)

Key = tuple[str, int, Policy]


def rows_of(*run_sets: RunSet) -> dict[Key, FixedBudget]:
    (comparison,) = comparisons(run_sets)
    return {(row.method, row.budget, row.policy): row for row in fixed_budgets(comparison)}


def searched(make_runs: Any, benchmark: Any, runs: int = 12, length: int = 250, **more: Any) -> Any:
    rng = np.random.default_rng(1)
    traces = [rng.permutation(SIZE - 1)[:length].tolist() for _ in range(runs)]  # not the optimum
    said = [[(after, int(rng.integers(SIZE))) for after in range(20, length, 20)] for _ in traces]
    return make_runs(benchmark, traces, recommendations=said, budget=250, **more)


def mean(values: Any) -> Estimate:
    (estimate,) = means_of(np.array(values, dtype=float)[None])
    assert estimate is not None
    return estimate


def close(ours: Estimate | None, expected: Estimate) -> None:
    assert ours is not None
    assert (ours.value, ours.low, ours.high) == pytest.approx(
        (expected.value, expected.low, expected.high), rel=1e-5
    )


def test_rows_are_the_means_of_runs_with_their_bootstrap_intervals(
    make_benchmark: Any, make_runs: Any
) -> None:
    runs = searched(make_runs, make_benchmark(VALIDATION, TEST))
    rows = rows_of(runs)
    assert list(rows) == [
        ("m", budget, policy) for budget in (50, 100, 150, 200) for policy in POLICIES
    ]
    for budget in (50, 200):
        traces = [ids[:budget] for _, ids in runs.traces()]
        best = [max(ids.tolist()) for ids in traces]  # accuracies rise with the id
        oracle = [int(ids[TEST[ids].argmax()]) for ids in traces]
        row = rows["m", budget, "best_validation"]
        close(row.regret, mean(90 - VALIDATION[best]))
        close(row.test, mean(TEST[best]))
        ranks = SIZE - np.array(best)
        close(row.rank, mean(np.log(ranks)).map(np.exp))
        assert row.rank is not None
        assert row.rank.value == pytest.approx(gmean(ranks), rel=1e-5)
        assert row.overstatement is None
        average = TEST.mean()
        close(row.improvement, mean(100 * (TEST[best] - average) / average))

        row = rows["m", budget, "oracle_test"]
        close(row.test, mean(TEST[oracle]))
        close(row.overstatement, mean(TEST[oracle] - TEST[best]))  # paired by run
        close(row.regret, mean(90 - VALIDATION[oracle]))

        last = [int(runs.recommended_ids[runs.recommended_run == run][budget // 20 - 1])
                for run in range(runs.count)]  # fmt: skip
        row = rows["m", budget, "recommended"]
        close(row.test, mean(TEST[last]))
        assert row.overstatement is None

        row = rows["m", budget, "oracle_test_paper"]
        paper = np.maximum(TEST[last], TEST[oracle])
        close(row.test, mean(paper))
        close(row.overstatement, mean(paper - TEST[best]))


def test_without_tests_the_improvement_is_in_validation(
    make_benchmark: Any, make_runs: Any
) -> None:
    runs = searched(make_runs, make_benchmark(VALIDATION))
    row = rows_of(runs)["m", 100, "best_validation"]
    best = [VALIDATION[ids[:100]].max() for _, ids in runs.traces()]
    close(row.improvement, mean(100 * (np.array(best) - 50) / 50))
    assert row.test is None
    for policy in ("oracle_test", "oracle_test_paper"):
        null = rows_of(runs)["m", 100, policy]
        assert null == FixedBudget("listed/one", "m", 100, policy)


def test_a_budget_above_the_runs_is_null_beside_methods_that_went_further(
    make_benchmark: Any, make_runs: Any
) -> None:
    benchmark = make_benchmark(VALIDATION, TEST)
    short = make_runs(benchmark, [[1, 2], [3]], method="short", budget=120)
    long = make_runs(benchmark, [[1, 2], [3]], method="long", budget=500, protocol="p[budget=500]")
    rows = rows_of(short, long)
    for policy in POLICIES:
        assert rows["short", 150, policy] == FixedBudget("listed/one", "short", 150, policy)
    assert rows["long", 500, "best_validation"].regret is not None
    assert {budget for _, budget, _ in rows} == set(FIXED_BUDGETS) - {1000}
    # A run that ended early keeps its last answer.
    assert (
        rows["short", 100, "best_validation"].regret == rows["long", 500, "best_validation"].regret
    )


def test_a_run_that_ended_at_the_optimum_keeps_it(make_benchmark: Any, make_runs: Any) -> None:
    runs = make_runs(
        make_benchmark(VALIDATION, TEST),
        [[5, SIZE - 1], [SIZE - 1]] * 3,
        reasons=["optimum"] * 6,
        stop="optimum",
        budget=1000,
    )
    rows = rows_of(runs)
    for budget in FIXED_BUDGETS:
        row = rows["m", budget, "best_validation"]
        assert row.regret == Estimate(0, agreeing=6)
        assert row.rank == Estimate(1, agreeing=6)
        assert rows["m", budget, "oracle_test"] == FixedBudget(
            "listed/one", "m", budget, "oracle_test"
        )


def test_a_run_without_an_answer_makes_the_row_null(make_benchmark: Any, make_runs: Any) -> None:
    runs = make_runs(make_benchmark(VALIDATION, TEST), [[5], []], budget=60)
    row = rows_of(runs)["m", 50, "best_validation"]
    assert row == FixedBudget("listed/one", "m", 50, "best_validation")


def test_one_seed_has_numbers_without_intervals(make_benchmark: Any, make_runs: Any) -> None:
    runs = searched(make_runs, make_benchmark(VALIDATION, TEST), runs=1)
    for policy in POLICIES:
        row = rows_of(runs)["m", 200, policy]
        for estimate in (row.regret, row.test, row.rank, row.improvement):
            assert estimate is not None
            assert estimate.low is estimate.high is None


def test_small_budgets_have_no_row(make_benchmark: Any, make_runs: Any) -> None:
    assert rows_of(make_runs(make_benchmark(VALIDATION), [[1]], budget=49)) == {}
