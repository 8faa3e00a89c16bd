"""What a method leaves behind in its process reaches no other method, nor its own next run."""

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from brief_methods import brief
from contaminating import CONTAMINATING, Contaminating, ErrorsRaised
from nasarena.suite import Experiment, Problem, run
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.methods import method_card, method_names
from nasarena.suite.runs.execute import CHANGED_LABELS
from scored_methods import lacking
from several_lengths import by_several_lengths

BENCHMARK = "nasbenchgraph/proteins"
CHEAP = 0.02
"""CPU seconds a query, up to which every method is tried."""

COSTLIER = ("nevergrad", "seminas", "weaknas-gcn")
"""A library with a state of its own; and two that a changed default type of torch made fail, or
search otherwise."""


def fast_methods() -> list[str]:
    left_out = {*lacking(), *by_several_lengths()}
    cards = {name: method_card(name) for name in method_names() if name not in left_out}
    return [
        name
        for name, card in cards.items()
        if not card.missing
        and not name.endswith("released")
        and (name in COSTLIER or (getattr(card.make, "seconds_per_query", None) or 0) <= CHEAP)
    ]


def traces(results: Path) -> dict[str, object]:
    return {
        path.parent.name: pq.read_table(path, columns=["ids", "rounds", "stop_reason"]).to_pydict()
        for path in results.glob("**/runs.parquet")
    }


@pytest.mark.no_cover  # measured in the tests of each method
def test_every_method_after_methods_that_contaminate_gives_its_traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))
    methods = [brief(name) for name in fast_methods()]
    common = {"benchmarks": BENCHMARK, "seeds": 1, "budget": 24, "workers": 1}
    alone = Experiment(methods=methods, results=tmp_path / "alone", **common)
    assert run(alone).failures == []
    after = Experiment(methods=[*CONTAMINATING, *methods], results=tmp_path / "after", **common)
    with pytest.warns(UserWarning, match="put back after each run"):
        failures = run(after).failures
    assert [sentence.split()[0] for sentence in failures] == ["SpaceWritten"]
    expected, found = traces(tmp_path / "alone"), traces(tmp_path / "after")
    assert len(expected) == len(methods)
    assert {name: found[name] for name in expected} == expected


class Counted(Contaminating):
    """Its second half depends on all that the others leave behind, if it is not put back."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        with np.errstate():
            ErrorsRaised().contaminate(problem)
        clean = np.geterr()["over"] != "raise" and "CONTAMINATED" not in os.environ
        clean &= Path.cwd() != Path("/")
        problem.note("clean", clean)
        os.environ["CONTAMINATED"] = "yes"
        os.chdir("/")
        np.seterr(all="raise")
        problem.query(rng.permutation(problem.space.size))


def test_a_run_begins_in_the_settings_in_which_the_first_began(tmp_path: Path) -> None:
    experiment = Experiment(
        methods=Counted, benchmarks=BENCHMARK, seeds=3, budget=5, workers=1, results=tmp_path / "r"
    )
    said = (
        r"^Counted changed settings of its process \(NumPy's error handling, NumPy's print "
        r"options, environment variables, the working directory\): they are put back "
        r"after each run$"
    )
    with pytest.warns(UserWarning, match=said):
        run(experiment)
    (path,) = (tmp_path / "r").glob("**/runs.parquet")
    assert [dict(run)["clean"] for run in pq.read_table(path)["diagnostics"].to_pylist()] == [
        [1.0]
    ] * 3
    executions = pq.read_table(path.with_name("executions.parquet"))
    assert all("settings_put_back" in text for text in executions["environment"].to_pylist())


class LabelsWritten:
    """Makes the table say what it likes."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        import gc

        (table,) = (one for one in gc.get_objects() if type(one).__name__ == "Table")
        table.validation.flags.writeable = True
        table.validation[:] = 0.0
        problem.query(0)


def test_a_run_whose_method_changed_the_table_failed(tmp_path: Path) -> None:
    experiment = Experiment(
        methods=LabelsWritten, benchmarks=BENCHMARK, seeds=1, results=tmp_path / "r"
    )
    with pytest.warns(UserWarning, match=CHANGED_LABELS):
        run(experiment)
    assert load_benchmark(BENCHMARK).table.validation.any()


def test_what_others_read_is_read_only() -> None:
    benchmark = load_benchmark(BENCHMARK)
    space = benchmark.space
    for array in (
        *(space.neighbours(0), space.one_hot(0), space.decisions(0)),
        *(benchmark.table.mean_validation, benchmark.table.validation, benchmark.table.optimum),
    ):
        if array.base is not None or array is benchmark.table.optimum:
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


class Reader:
    """Asks the suite for the table."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.query(int(load_benchmark(BENCHMARK).table.optimum[0]))


def test_a_method_cannot_ask_the_suite_for_the_table(tmp_path: Path) -> None:
    experiment = Experiment(methods=Reader, benchmarks=BENCHMARK, seeds=1, results=tmp_path / "r")
    with pytest.warns(UserWarning, match="asked for a benchmark's table while it searched"):
        run(experiment)


class Forking:
    """Leaves another process behind that does as it does."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        os.fork()
        problem.query(rng.permutation(problem.space.size))


def test_a_method_that_forks_is_one_run(tmp_path: Path) -> None:
    experiment = Experiment(
        methods=Forking, benchmarks=BENCHMARK, seeds=2, budget=5, results=tmp_path / "r"
    )
    report = run(experiment)
    assert (report.done, report.failures) == (2, [])
