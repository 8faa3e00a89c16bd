"""Predictors that methods show: judged by the harness, unknown to the method, of no consequence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kendalltau

from brief_seminas import BriefSemiNAS
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.problem import Problem
from nasarena.suite.records.run_record import NOTES
from nasarena.suite.records.store import find_cells, read_runs
from nasarena.suite.runs.experiment import Experiment, run
from nasarena.suite.runs.judging import Judge

BENCHMARK = load_benchmark("nasbenchgraph/proteins")
SPACE, ACCURACIES = BENCHMARK.space, BENCHMARK.table.mean_validation


def problem(judge: Judge | None) -> Problem:
    return Problem(SPACE, ACCURACIES, 20, 400, judge=judge)


def noisy(seed: int) -> NDArray[np.float64]:
    return ACCURACIES + np.random.default_rng(seed).normal(0, 3, ACCURACIES.size)


def test_each_predictor_shown_is_judged_on_the_whole_space() -> None:
    judge = Judge(BENCHMARK.table)
    asked = problem(judge)
    said = [noisy(seed) for seed in (0, 1)]
    for predicted, charged in zip(said, ([3, 1, 4], [1, 5]), strict=True):
        asked.query(charged)
        asked.show_predictor(predicted.__getitem__)
    assert judge.notes["model_labels"] == [3, 4]
    true, top = np.round(ACCURACIES, 9), -(-SPACE.size // 100)
    best = np.flatnonzero(true >= np.sort(true)[-top])  # with what ties with the last of them
    for place, predicted in enumerate(said):
        tau = kendalltau(predicted, true).statistic
        assert judge.notes["model_tau"][place] == pytest.approx(tau, rel=1e-5)
        tau = kendalltau(predicted[best], true[best]).statistic
        assert judge.notes["model_tau_top"][place] == pytest.approx(tau, rel=1e-5)
        hits = np.isin(np.argsort(-predicted)[:top], best).mean()
        assert judge.notes["model_precision"][place] == pytest.approx(hits, rel=1e-5)


def test_what_is_judged_is_not_told() -> None:
    asked = problem(Judge(BENCHMARK.table))
    asked.note("loss", 0.5)
    asked.show_predictor(noisy(0).__getitem__)
    assert asked.diagnostics == {"loss": [0.5]}
    public = [name for name in dir(asked) if not name.startswith("_")]
    assert not any(isinstance(getattr(asked, name), Judge) for name in public)


@pytest.mark.parametrize("name", NOTES)
def test_no_method_judges_itself(name: str) -> None:
    with pytest.raises(ValueError, match="is the harness's"):
        problem(None).note(name, 1.0)


def test_where_nobody_judges_nothing_is_computed() -> None:
    def never(ids: Any) -> Any:
        raise AssertionError("nobody asked")

    problem(None).show_predictor(never)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [(np.zeros(3), "have shape"), (np.full(SPACE.size, np.nan), "not all finite")],
)
def test_a_predictor_that_answers_something_else_fails(
    said: NDArray[np.float64], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        problem(Judge(BENCHMARK.table)).show_predictor(lambda ids: said)


def rows(results: Path) -> list[dict[str, Any]]:
    (cell,) = find_cells(results)
    return [row | {"diagnostics": dict(row["diagnostics"])} for row in read_runs(cell).to_pylist()]


@pytest.mark.parametrize(
    "method",
    [
        "brp-nas[models=8,hidden=48,epochs=6]",
        "gbdt-nas",
        "predictor-gcn[epochs=8]",
        BriefSemiNAS,
        "weaknas-lite",
    ],
)
def test_judging_changes_no_trace(method: Any, tmp_path: Path) -> None:
    plain = Experiment(
        methods=method,
        benchmarks="nasbenchgraph/proteins",
        seeds=1,
        protocol="one-run",
        budget=24,
        results=tmp_path / "plain",
    )
    judged = plain.model_copy(update={"judge": True, "results": tmp_path / "judged"})
    for experiment in (plain, judged):
        report = run(experiment)
        assert report.failures == []
        assert report.warnings == []
    (before,), (after,) = rows(plain.results), rows(judged.results)
    notes = {name: after["diagnostics"].pop(name) for name in NOTES}
    assert before == after
    assert all(len(values) == len(notes["model_labels"]) > 0 for values in notes.values())
    charged = notes["model_labels"]
    assert charged == sorted(charged)
    assert 0 < charged[0] <= charged[-1] < 24


def test_a_live_benchmark_has_nothing_to_judge_by() -> None:
    with pytest.raises(UserError, match="is live"):
        Experiment(methods="gbdt-nas", benchmarks="live/nasbench101-rotated-mnist", judge=True)
