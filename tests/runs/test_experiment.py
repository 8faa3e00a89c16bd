"""Experiments from Python: checked when made, run by one call, loud about failures."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.suite import Experiment, Problem, Protocol, RunsWarning, UserError, run
from nasarena.suite.errors import RunsFailed

SMALL = "nasbenchgraph/proteins"


class Failing:
    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        raise ValueError("no idea")


@pytest.mark.parametrize(
    ("seeds", "meant"),
    [
        (3, range(3)),
        ("3", range(3)),
        ("7:9", range(7, 9)),
        (range(2), range(2)),
        (range(4, 6), range(4, 6)),
    ],
)
def test_seeds_are_numbers_texts_and_ranges(seeds: Any, meant: range) -> None:
    assert Experiment(methods="random-search", benchmarks=SMALL, seeds=seeds).seed_range == meant


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"methods": "random-serch"}, "unknown method 'random-serch'; did you mean"),
        ({"methods": []}, "the list of methods is empty"),
        ({"methods": [Failing, 3]}, "3 is no method"),
        ({"benchmarks": "nasbench201/cifar"}, "did you mean 'nasbench201/cifar10'?"),
        ({"benchmarks": []}, "the list of benchmarks is empty"),
        ({"protocol": "one-rum"}, "unknown protocol 'one-rum'; did you mean 'one-run'?"),
        ({"budgt": 3}, "an experiment has no 'budgt'; did you mean 'budget'?"),
        ({"budget": 0}, "budget: input should be greater than 0"),
        ({"seeds": range(0, 9, 2)}, "steps of 2"),
        ({"seeds": range(0)}, "no seed"),
        ({"seeds": range(-1, 3)}, "'-1:3'"),
        ({"seeds": True}, "seeds: give a number, a text as 100:200, or a range, not True"),
        ({"seeds": [1, 2]}, "not [1, 2]"),
        ({"workers": 0}, "workers: input should be greater than 0"),
        ({"results": 3}, "results: "),
    ],
)
def test_what_cannot_be_run_is_said_when_the_experiment_is_made(
    changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as refused:
        Experiment(**{"methods": "random-search", "benchmarks": SMALL} | changed)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_protocol_of_ones_own_needs_a_name_of_its_own() -> None:
    rules = {"version": 1, "budget": 5, "labels": "mean", "duplicates": "by_id", "stop": "budget"}
    made = Experiment(
        methods="random-search",
        benchmarks=SMALL,
        protocol=Protocol(name="short", **rules),
        budget=7,
    )
    assert {cell.protocol.name for cell in made.cells()} == {"short[budget=7]"}
    with pytest.raises(UserError, match="as one that nasarena ships"):
        made.model_copy(update={"protocol": Protocol(name="one-run", **rules)})


def test_a_copy_is_checked_and_has_its_own_cells() -> None:
    made = Experiment(methods="random-search", benchmarks=SMALL)
    assert [cell.judged for cell in made.model_copy(update={"judge": True}).cells()] == [True]
    with pytest.raises(UserError, match="unknown method"):
        made.model_copy(update={"methods": "nothing-like-it"})


def test_failures_are_warnings_each_time_or_an_error(tmp_path: Path) -> None:
    failing = Experiment(
        methods=[Failing, "random-search"],
        benchmarks=SMALL,
        seeds=range(2),
        budget=5,
        results=str(tmp_path / "mine"),
        workers=1,
    )
    said = "Failing failed in 2 of 2 runs (on nasbenchgraph/proteins): ValueError: no idea"
    for kept in (0, 2):
        with warnings.catch_warnings(record=True) as caught:
            report = run(failing, progress=False)
        assert [(one.category, str(one.message)) for one in caught] == [(RunsWarning, said)]
        assert caught[0].filename == __file__
        assert report.kept == kept
    with pytest.raises(RunsFailed) as refused:
        run(failing, strict=True)
    assert str(refused.value) == said


class GivesUp:
    def search(self, problem, rng):
        problem.query(3)


def test_runs_that_gave_up_are_a_warning_also_when_strict(tmp_path: Path) -> None:
    made = Experiment(
        methods=GivesUp, benchmarks=SMALL, seeds=1, budget=5, results=tmp_path / "mine", workers=1
    )
    with pytest.warns(RunsWarning, match="GivesUp returned before the budget was used in 1 of 1"):
        run(made, strict=True)


def test_a_bar_is_shown_where_it_is_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = Experiment(
        methods="random-search", benchmarks=SMALL, seeds=1, budget=5, results=tmp_path / "mine"
    )
    run(made)
    assert capfd.readouterr() == ("", "")
    run(made, progress=True)
    assert "1/1" in capfd.readouterr().err


@pytest.mark.parametrize("other", [{"labels": "one_run"}, {"stop": "budget"}, {"budget": 6}])
def test_two_protocols_of_one_name_are_not_stored_in_one_folder(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    rules: dict[str, Any] = {
        "name": "mine",
        "version": 1,
        "description": "mine",
        "budget": 5,
        "labels": "mean",
        "duplicates": "by_id",
        "stop": "budget" if "labels" in other else "optimum",
    }
    folder = tmp_path / "results"

    def experiment(method: str, rules: dict[str, Any]) -> Experiment:
        protocol = Protocol(**rules)
        return Experiment(
            methods=method, benchmarks=SMALL, seeds=2, protocol=protocol, results=folder
        )

    run(experiment("random-search", rules), progress=False)
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    said = rf"holds runs of another protocol named mine \({next(iter(other))}: "
    with pytest.raises(UserError, match=said):
        run(experiment("local-search", rules | other), progress=False)
    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == before
    run(experiment("local-search", rules), progress=False)
    assert len(list(folder.rglob("runs.parquet"))) == 2


def test_a_damaged_cell_beside_is_no_reason_to_refuse_runs(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    run(
        Experiment(methods="random-search", benchmarks=SMALL, seeds=1, results=folder),
        progress=False,
    )
    (damaged,) = folder.rglob("runs.parquet")
    damaged.write_bytes(b"PAR1")
    run(
        Experiment(methods="local-search", benchmarks=SMALL, seeds=1, results=folder),
        progress=False,
    )
    assert damaged.read_bytes() == b"PAR1"
    assert len(list(folder.rglob("runs.parquet"))) == 2
