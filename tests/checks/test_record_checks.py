"""Runs that no method can have made under their protocol are refused: stored, read, in one cell."""

import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.suite import Problem
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.record_checks import MOST_SEED, check_record
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.records.store import RUNS, cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs.execute import Cell, execute
from nasarena.suite.runs.runner import run_cells
from nasarena.suite.statistics.load_run_sets import load_run_sets

PROTEINS = "nasbenchgraph/proteins"
BENCHMARK = load_benchmark(PROTEINS)
TABLE, SPACE = BENCHMARK.table, BENCHMARK.space
(BEST, *_) = TABLE.optimum.tolist()
OTHERS = [id for id in range(200) if id not in TABLE.optimum]


def identity_of(protocol: str, benchmark: str = PROTEINS) -> CellIdentity:
    (choice,) = choose_methods(["random-search"])
    return Cell(choice, benchmark, load_protocol(protocol)).identity()


IDENTITY = identity_of("weaknas-paper[budget=20]")


def record(ids: Sequence[int], reason: str, **changes: Any) -> RunRecord:
    return replace(RunRecord(0, list(ids), list(range(len(ids))), [], [], reason), **changes)


SOUND = {
    "the optimum last": record([*OTHERS[:4], BEST], "optimum"),
    "the whole budget": record(OTHERS[:20], "budget"),
    "returned": record(OTHERS[:3], "returned"),
    "out of patience": record(OTHERS[:3], "patience"),
    "failed at the optimum": record([BEST], "failed", error="ValueError: no"),
    "failed at once": record([], "failed", error="ValueError: no"),
}


@pytest.mark.parametrize("what", SOUND)
def test_what_a_run_can_leave_is_accepted(what: str) -> None:
    assert check_record(SOUND[what], IDENTITY, BENCHMARK) is None


FORGED: dict[str, tuple[RunRecord, str]] = {
    "optimum without it": (record(OTHERS[:5], "optimum"), "its trace does not end there"),
    "nothing, optimum": (record([], "optimum"), "its trace does not end there"),
    "budget with three queries": (record(OTHERS[:3], "budget"), "stopped at the budget (20)"),
    "patience on a full trace": (record(OTHERS[:20], "patience"), "used its whole budget"),
    "returned on a full trace": (record(OTHERS[:20], "returned"), "used its whole budget"),
    "on after the optimum": (record([BEST, *OTHERS[:3]], "returned"), "after the optimum"),
    "at the optimum, budget": (record([*OTHERS[:19], BEST], "budget"), "for another reason"),
    "outside the space": (
        record([SPACE.size], "returned"),
        f"architecture {SPACE.size} in its trace",
    ),
    "recommended outside": (
        record(OTHERS[:2], "returned", recommended_after=[1], recommended_ids=[10**6]),
        "architecture 1000000 in its recommendations",
    ),
    "a seed of ten digits": (record(OTHERS[:3], "returned", seed=MOST_SEED + 1), "its seed"),
    "more than the budget": (record(OTHERS[:21], "budget"), "longer than its budget"),
    "an id of 70 bits": (record([2**70], "returned"), "cannot be stored"),
    "a text as an id": (record(["x"], "returned"), "cannot be stored"),  # type: ignore[list-item]
    "a long name": (record(OTHERS[:3], "returned", diagnostics={"x" * 201: [1.0]}), "200 letters"),
    "failed for no reason": (record([], "failed"), "has no error"),
    "an error, and none": (record(OTHERS[:3], "returned", error="no"), "did not fail"),
    "recommendations disordered": (
        record(OTHERS[:3], "returned", recommended_after=[2, 1], recommended_ids=[1, 2]),
        "not in the order",
    ),
    "judged beyond its end": (
        record(
            OTHERS[:3],
            "returned",
            diagnostics={"model_labels": [4.0]}
            | {f"model_{name}": [0.1] for name in ("tau", "tau_top", "precision")},
        ),
        "judged predictors",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_no_run_can_leave_is_named(what: str) -> None:
    forged, said = FORGED[what]
    assert said in (check_record(forged, IDENTITY, BENCHMARK) or "")


def test_twins_are_not_charged_by_isomorphism() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    classes = benchmark.space.classes(np.arange(benchmark.table.size))
    shared = np.flatnonzero(np.bincount(classes) > 1)[0]
    twins = record(np.flatnonzero(classes == shared)[:2].tolist(), "returned")
    by_id = identity_of("weaknas-paper[budget=20]", benchmark.name)
    by_class = identity_of("weaknas-paper[budget=20,duplicates=by_isomorphism]", benchmark.name)
    assert check_record(twins, by_id, benchmark) is None
    assert "of one class" in (check_record(twins, by_class, benchmark) or "")


ONE_RUN = identity_of("one-run")
RULES: dict[str, tuple[CellIdentity, str]] = {
    "one run, stop optimum": (
        replace(ONE_RUN, protocol="mine", stop="optimum"),
        "which no protocol allows",
    ),
    "more than the space": (replace(IDENTITY, protocol="mine", budget=10**6), "to charge"),
    "more than the classes": (
        replace(
            IDENTITY, protocol="mine", duplicates="by_isomorphism", budget=SPACE.class_count + 1
        ),
        "to charge",
    ),
    "other rules": (replace(IDENTITY, duplicates="by_isomorphism"), "its duplicates is"),
    "another budget": (replace(IDENTITY, budget=19), "its budget is 19"),
    "another patience": (replace(IDENTITY, patience=21), "its patience is 21"),
    "another version": (replace(IDENTITY, protocol_version=2), "of version 2"),
    "not its own name": (
        replace(IDENTITY, protocol="weaknas-paper[budget=20,labels=mean]"),
        "such rules are 'weaknas-paper[budget=20]'",
    ),
    "own, overridden": (replace(IDENTITY, protocol="mine[budget=30]"), "its budget is 20"),
    "no name": (replace(IDENTITY, protocol="a]b["), "cannot be one"),
    "no rule": (replace(IDENTITY, protocol="mine[pace=3]"), "has no rule 'pace'"),
}


@pytest.mark.parametrize("what", RULES)
def test_rules_that_contradict_their_name_are_named(what: str) -> None:
    identity, said = RULES[what]
    assert said in (check_record(record(OTHERS[:3], "returned"), identity, BENCHMARK) or "")


@pytest.mark.parametrize(
    "identity",
    [
        replace(IDENTITY, protocol="mine", patience=7),
        replace(IDENTITY, protocol="mine[budget=20]"),
        replace(IDENTITY, protocol="mine[labels=mean]", protocol_version=9),
        identity_of("weaknas-paper[budget=1000000]"),  # as far as the space goes
        identity_of("weaknas-paper[budget=1000000,duplicates=by_isomorphism]"),
        ONE_RUN,
    ],
    ids=str,
)
def test_rules_that_agree_with_their_name_are_accepted(identity: CellIdentity) -> None:
    assert check_record(record(OTHERS[:3], "returned"), identity, BENCHMARK) is None


class Wanders:
    """Asks for anything, in any shape, repeats itself, and gives up now and then."""

    def __init__(self, plan: int = 0) -> None:
        self.plan = plan

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        plan = np.random.default_rng(self.plan)
        while plan.random() < 0.97:
            wanted = plan.integers(0, plan.choice([3, 50, SPACE.size]), size=plan.integers(0, 9))
            problem.query(wanted)
            problem.recommend(int(plan.integers(SPACE.size)))
            problem.note("size", wanted.size)
        if plan.random() < 0.3:
            raise ValueError("enough")


@given(
    st.integers(0, 10**6),
    st.sampled_from(["budget=9", "budget=300", "budget=9,patience=2", "budget=60,patience=9"]),
    st.sampled_from(["", ",duplicates=by_isomorphism", ",stop=budget", ",labels=one_run"]),
)
@settings(max_examples=40)
def test_whatever_a_method_does_leaves_a_valid_record(plan: int, size: str, rules: str) -> None:
    (choice,) = choose_methods([Wanders(plan)])
    cell = Cell(choice, PROTEINS, load_protocol(f"weaknas-paper[{size}{rules}]"))
    made = execute(cell, seed=3).record
    assert check_record(made, cell.identity(), BENCHMARK) is None


class Corrupts:
    """Replaces what the harness reads its trace from, in its own process."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.query(OTHERS[:7])
        type(problem).trace = property(lambda self: np.full(7, 5))  # type: ignore[assignment]


def test_a_run_that_a_method_corrupted_is_a_failed_one(tmp_path: Path) -> None:
    protocol = load_protocol("weaknas-paper[budget=20]")
    cells = [
        Cell(choice, PROTEINS, protocol) for choice in choose_methods([Corrupts, "random-search"])
    ]
    report = run_cells(cells, range(2), tmp_path / "results", workers=1)
    (failure,) = report.failures
    assert "Corrupts failed in 2 of 2 runs" in failure
    assert "charges an architecture twice" in failure
    reasons = {
        runs.identity.method: runs.stop_reasons for runs in load_run_sets(tmp_path / "results")
    }
    assert reasons == {"Corrupts": ["failed"] * 2, "random-search": ["budget"] * 2}


Store = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Stores records as somebody else may have, under the name of a method."""

    def stored(records: Sequence[RunRecord], method: str = "m", **identity: Any) -> Path:
        shared = replace(IDENTITY, method=method, **identity)
        results = open_results(tmp_path / "given", create=True)
        folder = cell_folder(results, shared.protocol, shared.benchmark, method)
        runs = StoredRuns(folder, shared)
        for one in records:
            runs.add(one, Execution(one.seed, 1.0, 1.0, "digest", "{}"))
        runs.write()
        return folder

    return stored


def test_a_bad_row_is_named_and_excludes_its_own_cell_only(store: Store, tmp_path: Path) -> None:
    store([SOUND["the whole budget"]], "good")
    forged = [replace(FORGED["optimum without it"][0], seed=seed) for seed in (7, 9)]
    folder = store([SOUND["returned"], *forged], "bad")
    with pytest.raises(UserError) as refused:
        load_run_sets(tmp_path / "given")
    said = str(refused.value)
    assert f"{folder / RUNS} is not a valid file of runs: seed 7: it says that it stopped" in said
    assert "(and 1 more run with a fault)" in said
    with pytest.warns(UserWarning, match="left out: .*seed 7") as warned:
        (left,) = load_run_sets(tmp_path / "given", keep_going=True)
    assert left.identity.method == "good"
    assert len(warned) == 1


def test_a_folder_that_somebody_forged_is_not_added_to(store: Store, tmp_path: Path) -> None:
    store([FORGED["optimum without it"][0]], "random-search")
    (choice,) = choose_methods(["random-search"])
    cell = Cell(choice, PROTEINS, load_protocol(IDENTITY.protocol))
    with pytest.raises(UserError, match="not a valid file of runs: seed 0"):
        run_cells([cell], range(2), tmp_path / "given", workers=1)


def test_with_keep_going_every_kind_of_bad_cell_is_left_out(store: Store, tmp_path: Path) -> None:
    for name in ("good", "cut-off", "elsewhere", "unknown", "link", "folder-link"):
        other = {"table_sha256": "0" * 64} if name == "elsewhere" else {}
        other |= {"benchmark": "nowhere/at-all"} if name == "unknown" else {}
        folder = store([SOUND["returned"]], name, **other)
        file = folder / RUNS
        if name == "cut-off":
            file.write_bytes(file.read_bytes()[:-9])
        elif name == "link":
            shutil.move(file, tmp_path / "aside")
            file.symlink_to(tmp_path / "aside")
        elif name == "folder-link":
            shutil.move(folder, tmp_path / "folder-aside")
            folder.symlink_to(tmp_path / "folder-aside", target_is_directory=True)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        (left,) = load_run_sets(tmp_path / "given", keep_going=True)
    assert left.identity.method == "good"
    said = "\n".join(str(one.message) for one in warned)
    assert len(warned) == 5
    for what in ("cannot be read", "another table", "unknown benchmark", "a link;", "is a link"):
        assert what in said


def test_when_nothing_is_left_that_is_an_error(store: Store, tmp_path: Path) -> None:
    store([FORGED["optimum without it"][0]])
    with (
        pytest.warns(UserWarning, match="left out"),
        pytest.raises(UserError, match="there are no runs"),
    ):
        load_run_sets(tmp_path / "given", keep_going=True)
