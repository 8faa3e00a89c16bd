"""The table's numbers on runs made by hand, with the answers worked out on paper."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.observed_labels import observed_labels
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.records.store import cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.statistics.incumbents import (
    anytime_regret,
    best_validated,
    final_incumbents,
    oracle_tests,
)
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.stored_rows import summarize
from nasarena.suite.statistics.summary import Row, restricted, summary_rows
from nasarena.suite.tables.sources import PackagedFile
from nasarena.suite.tables.table import Table

VALIDATION = np.array([50.0, 60.0, 70.0, 80.0, 90.0, 90.0 - 1e-12, 85.0, 40.0])
TEST = np.array([50.0, 61.0, 69.0, 95.0, 88.0, 87.0, 84.0, 41.0])
CLASSES = np.array([0, 1, 2, 3, 4, 4, 6, 4])  # 7 is a twin of the optimum {4, 5}


class Small(CategoricalSpace):
    """Eight architectures."""

    name = "small"
    choices = (tuple("01234567"),)
    size = 8

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(ids)[..., None]

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(decisions)[..., 0]

    def classes(self, ids: ArrayLike) -> Ids:
        named: Ids = CLASSES[np.asarray(ids)]
        return named


def small_benchmark(test: NDArray[np.float64] | None) -> Benchmark:
    table = Table("", VALIDATION[:, None], test=test)
    benchmark = Benchmark(
        name="small/one",
        make_space=Small,
        file=PackagedFile("none", "0", "none", ""),
        read=lambda content, sha256: table,
        licence="",
        citation="",
    )
    benchmark.__dict__["table"] = table
    return benchmark


Run = tuple[list[int], list[int], str]
"""Ids, rounds, stop reason."""

RUNS: list[Run] = [
    ([0, 1, 4, 2], [0, 0, 1, 1], "optimum"),  # found at 3, in the second round
    ([3, 6, 2], [0, 1, 2], "returned"),  # gave up: counts as 6
    ([5], [0], "optimum"),  # found at 1
    ([1, 2, 3, 0, 6, 7], [0, 0, 0, 1, 1, 1], "budget"),  # a twin of the optimum at 6
    ([2], [0], "failed"),  # counts as 6
]


def run_set(
    runs: Sequence[Run] = RUNS, test: NDArray[np.float64] | None = TEST, **rules: Any
) -> RunSet:
    identity = CellIdentity(
        method="m",
        method_version="1",
        benchmark="small/one",
        table_sha256="",
        protocol="p",
        protocol_version=1,
        budget=6,
        labels="mean",
        duplicates="by_id",
        stop="budget",
        patience=120,
    )
    made = RunSet(
        identity=replace(identity, **rules),
        seeds=np.arange(len(runs)),
        ids=np.array([id for ids, _, _ in runs for id in ids], dtype=np.int64),
        rounds=np.array([round for _, rounds, _ in runs for round in rounds], dtype=np.int64),
        starts=np.cumsum([0, *[len(ids) for ids, _, _ in runs]]),
        stop_reasons=[reason for _, _, reason in runs],
    )
    made.__dict__["benchmark"] = small_benchmark(test)
    return made


def row_of(runs: RunSet) -> Row:
    (row,) = summary_rows([runs])
    return row


def test_samples_to_the_optimum_by_id() -> None:
    assert run_set().samples_to_optimum.tolist() == [3, np.inf, 1, np.inf, np.inf]


def test_any_member_of_the_optimums_class_finds_it_by_isomorphism() -> None:
    samples = run_set(duplicates="by_isomorphism").samples_to_optimum
    assert samples.tolist() == [3, np.inf, 1, 6, np.inf]


def test_the_first_member_of_the_optimum_counts() -> None:
    runs = run_set([([0, 5, 1, 4], [0, 0, 0, 0], "budget")])
    assert runs.samples_to_optimum.tolist() == [2]


def test_runs_without_a_query_keep_their_place() -> None:
    runs = run_set([([], [], "failed"), ([4], [0], "optimum"), ([], [], "returned")])
    assert runs.samples_to_optimum.tolist() == [np.inf, 1, np.inf]
    assert final_incumbents(runs).tolist() == [-1, 4, -1]
    assert [ids.tolist() for _, ids in runs.traces()] == [[], [4], []]


def test_giving_up_does_not_pay() -> None:
    assert restricted(run_set()).tolist() == [3, 6, 1, 6, 6]


def test_the_row_of_hand_made_runs() -> None:
    row = row_of(run_set())
    assert row.seeds == 5
    assert row.budget == 6
    assert row.found_share == 0.4
    assert row.restricted_mean_samples == 4.4  # (3 + 6 + 1 + 6 + 6) / 5
    assert row.median_samples is None  # most have not found it
    # Queries that were not made count as rounds: (2 + (3 + 3) + 1 + 2 + (1 + 5)) / 5.
    assert row.rounds == 3.4
    assert row.stop_reasons == {"optimum": 2, "budget": 1, "returned": 1, "failed": 1}
    assert list(row.stop_reasons) == ["optimum", "budget", "returned", "failed"]
    assert row.failed


def test_ert_is_all_that_was_spent_over_what_was_found() -> None:
    assert row_of(run_set()).ert == 11  # (3 + 6 + 1 + 6 + 6) / 2
    assert row_of(run_set(RUNS[3:])).ert is None


def test_regret_is_of_the_best_validated_at_the_end() -> None:
    # Incumbents 4, 6, 5, 6, 2: regrets 0, 5, 0, 5, 20.
    row = row_of(run_set())
    assert row.best_validation_regret == 6.0
    # Their tests: 88, 84, 87, 84, 69. The highest tests queried: 88, 95, 87, 95, 69.
    assert row.test_of_best_validation == pytest.approx(82.4)
    assert row.oracle_test == pytest.approx(86.8)


def test_oracle_tests_are_null_where_runs_stop_at_the_optimum() -> None:
    row = row_of(run_set(stop="optimum"))
    assert row.oracle_test is None
    assert row.test_of_best_validation == pytest.approx(82.4)


def test_tests_are_null_where_the_source_has_none() -> None:
    row = row_of(run_set(test=None))
    assert row.test_of_best_validation is None
    assert row.oracle_test is None
    assert row.best_validation_regret == 6.0


def test_what_a_run_without_a_query_answers_is_null() -> None:
    row = row_of(run_set([*RUNS, ([], [], "failed")]))
    assert row.best_validation_regret is None
    assert row.test_of_best_validation is None
    assert row.restricted_mean_samples == pytest.approx(28 / 6, rel=1e-5)
    assert row.rounds == pytest.approx((17 + 6) / 6, rel=1e-5)


def test_the_median_is_that_of_all_runs_where_most_found_it() -> None:
    found: list[Run] = [([4], [0], "optimum"), ([0, 4], [0, 1], "optimum")]
    assert row_of(run_set([*found, ([0], [0], "returned")])).median_samples == 2
    assert row_of(run_set(found)).median_samples == 1.5
    assert row_of(run_set([found[0], ([0], [0], "returned")])).median_samples is None


def test_one_run_has_a_row_without_an_interval() -> None:
    row = row_of(run_set(RUNS[:1]))
    assert row.restricted_mean_samples == 3
    assert row.restricted_mean_low is None
    assert row.restricted_mean_high is None
    assert row.found_share_low == pytest.approx(0.206549, abs=1e-6)  # 1 / (1 + z^2), Wilson
    assert row.found_share_high == 1.0


def test_shown_numbers_have_six_digits() -> None:
    row = row_of(run_set([*RUNS, RUNS[0], RUNS[1]]))
    assert row.restricted_mean_samples == 4.42857
    assert row.found_share == 0.428571


def test_fewest_samples_come_first_and_failed_methods_last() -> None:
    def named(method: str, runs: Sequence[Run]) -> RunSet:
        return run_set(runs, method=method)

    slow, fast, failed = [RUNS[3]], [RUNS[0]], [RUNS[2], RUNS[4]]
    rows = summary_rows(
        [named("failed", failed), named("slow", slow), named("b", fast), named("a", fast)]
    )
    assert [row.method for row in rows] == ["a", "b", "slow", "failed"]


def test_a_zero_budget_of_queries_before_the_optimum_counts_its_round() -> None:
    # Rounds to the optimum, not to the end of the trace.
    row = row_of(run_set([([0, 4, 1, 2], [0, 1, 2, 3], "budget")]))
    assert row.rounds == 2


@given(st.lists(st.sampled_from([1.0, 1.0 + 1e-12, 2.0, 2.5, 3.0]), min_size=1, max_size=30))
def test_the_first_of_equal_labels_stays_the_incumbent(labels: list[float]) -> None:
    expected, best = [], 0
    for position, label in enumerate(labels):
        if label > labels[best] + 1e-9:
            best = position
        expected.append(best)
    assert best_validated(np.array(labels)).tolist() == expected


def test_anytime_regret_keeps_the_last_answer_of_a_run_that_ended() -> None:
    regret = anytime_regret(run_set(), np.array([1, 2, 3, 6]))
    assert regret.tolist() == [
        [40, 30, 0, 0],
        [10, 5, 5, 5],
        pytest.approx([0, 0, 0, 0], abs=1e-9),
        [30, 20, 10, 5],
        [20, 20, 20, 20],
    ]
    empty = anytime_regret(run_set([([], [], "failed")]), np.array([1, 6]))
    assert np.isnan(empty).all()


def test_oracle_tests_of_runs() -> None:
    runs = run_set([*RUNS[:2], ([], [], "failed")])
    assert oracle_tests(runs)[:2].tolist() == [88, 95]
    assert np.isnan(oracle_tests(runs)[2])


# From folders

NAME = "nasbenchgraph/proteins"


def stored(results: Path, seeds: Sequence[int], **changes: Any) -> Path:
    """A results folder with runs on proteins that query seed, seed + 1 and the optimum."""
    table = load_benchmark(NAME).table
    optimum = int(table.optimum[0])
    ids = changes.pop("ids", None)
    recommended = changes.pop("recommended", [])
    identity = replace(
        run_set().identity, benchmark=NAME, budget=10, stop="optimum", table_sha256=table.sha256
    )
    identity = replace(identity, **changes)
    open_results(results, create=True)
    folder = cell_folder(results, identity.protocol, identity.benchmark, identity.method)
    runs = StoredRuns(folder, identity)
    for seed in seeds:
        trace = ids or [seed, seed + 1, optimum]
        rounds = list(range(len(trace)))
        after, said = [after for after, _ in recommended], [id for _, id in recommended]
        reason = "optimum" if trace[-1] == optimum else "returned"
        record = RunRecord(seed, trace, rounds, after, said, reason)
        runs.add(record, Execution(seed, 0.1, 0.1, "", "{}"))
    runs.write()
    return results


def test_folders_that_overlap_and_agree_are_counted_once(tmp_path: Path) -> None:
    one, other = stored(tmp_path / "one", [0, 1, 2]), stored(tmp_path / "other", [2, 3])
    (row,) = summarize([one, other]).to_dict("records")
    assert row["seeds"] == 4
    assert row["restricted_mean_samples"] == 3
    assert row["best_validation_regret"] == 0
    assert summarize([other, one]).equals(summarize([one, other]))
    assert summarize(str(one))["seeds"].tolist() == [3]


def test_cells_are_in_the_order_of_protocol_benchmark_and_method(tmp_path: Path) -> None:
    for protocol in ("q", "p"):
        for method in ("z", "a"):
            stored(tmp_path / "results", [0], protocol=protocol, method=method)
    sets = load_run_sets([tmp_path / "results"])
    cells = [(runs.identity.protocol, runs.identity.method) for runs in sets]
    assert cells == [("p", "a"), ("p", "z"), ("q", "a"), ("q", "z")]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({}, {"ids": [5, 6, 7]}, "disagree"),
        ({}, {"method_version": "2"}, "differ"),
        ({}, {"budget": 11}, "differ"),
        ({"table_sha256": "0" * 64}, {"table_sha256": "0" * 64}, "another table"),
        ({"ids": [2021]}, {"ids": [2021]}, "architecture 2021"),
        ({"benchmark": "nasbenchgraph/protein"}, {}, "nasbenchgraph/proteins"),
    ],
)
def test_folders_that_cannot_be_counted_are_one_sentence(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], said: str
) -> None:
    folders = [stored(tmp_path / "one", [0], **first), stored(tmp_path / "other", [0], **second)]
    with pytest.raises(UserError, match=said) as refused:
        load_run_sets(folders)
    assert "\n" not in str(refused.value)


def test_recommendations_are_read_with_their_runs(tmp_path: Path) -> None:
    results = stored(tmp_path / "results", [5, 3, 4], recommended=[(1, 30), (3, 40)])
    (runs,) = load_run_sets([results])
    assert runs.seeds.tolist() == [3, 4, 5]
    assert runs.recommended_run.tolist() == [0, 0, 1, 1, 2, 2]
    assert runs.recommended_after.tolist() == [1, 3] * 3
    assert runs.recommended_ids.tolist() == [30, 40] * 3


def test_a_recommendation_of_no_architecture_is_one_sentence(tmp_path: Path) -> None:
    results = stored(tmp_path / "results", [0], recommended=[(1, 2021)])
    with pytest.raises(UserError, match="architecture 2021 in its recommendations"):
        load_run_sets([results])


def test_folders_without_runs_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no runs"):
        load_run_sets([open_results(tmp_path / "new", create=True)])


def test_observed_labels_of_one_run_are_derived_again_from_the_table(tmp_path: Path) -> None:
    name = "nasbench201/cifar10"
    table = load_benchmark(name).table
    stored(
        tmp_path / "results",
        [3, 4],
        benchmark=name,
        table_sha256=table.sha256,
        labels="one_run",
        stop="budget",
        ids=[9, 400, 15_000],
    )
    (runs,) = load_run_sets([tmp_path / "results"])
    for seed, labels in zip([3, 4], runs.labels.reshape(2, 3), strict=True):
        whole = observed_labels(load_benchmark(name), "one_run", seed)
        assert labels.tolist() == whole[[9, 400, 15_000]].tolist()


def test_labels_of_one_run_are_the_same_where_draws_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = {"labels": "one_run", "stop": "budget", "benchmark": "nasbench201/cifar10"}
    table = load_benchmark("nasbench201/cifar10").table
    stored(tmp_path / "results", [3, 1, 7], table_sha256=table.sha256, ids=[5, 2, 9], **rules)
    (kept,) = load_run_sets(tmp_path / "results")
    monkeypatch.setattr("nasarena.suite.statistics.run_set.MOST_DRAWN", 0)
    (drawn,) = load_run_sets(tmp_path / "results")
    assert kept.labels.tolist() == drawn.labels.tolist()
    assert len(set(kept.labels.tolist())) > 3


def test_one_run_labels_are_runs_of_the_table_drawn_uniformly() -> None:
    table = load_benchmark("nasbench201/cifar10").table
    benchmark = load_benchmark("nasbench201/cifar10")
    labels = observed_labels(benchmark, "one_run", 7)
    is_run = labels[:, None] == table.validation
    assert is_run.any(axis=1).all()
    distinct = np.array([np.unique(row).size == 3 for row in np.nan_to_num(table.validation)])
    three = distinct & (table.runs == 3)
    drawn = is_run[three].sum(axis=0)
    assert abs(drawn / three.sum() - 1 / 3).max() < 0.025  # 4.5 standard errors of 8,000
    assert not np.array_equal(labels, observed_labels(benchmark, "one_run", 8))
    assert np.array_equal(labels, observed_labels(benchmark, "one_run", 7))
