"""`--strict`: methods search where no table can be reached, and searches are the same."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cheating import NOT_STOPPED, OPTIMUM, STOPPED
from nasarena.suite import Experiment, Problem, run
from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.runs import confined
from nasarena.suite.runs.isolation import CannotIsolate
from nasarena.suite.tables.cache import cache_folder
from nasarena.suite.tables.sources import data_folder
from worker_tasks import namespaces_refused

BENCHMARK = "nasbench201/cifar10"


@pytest.fixture(scope="module", autouse=True)
def possible(tmp_path_factory: pytest.TempPathFactory) -> None:
    with confined.hidden_from_methods(tmp_path_factory.mktemp("hidden")):
        try:
            confined._confined().end()
        except CannotIsolate as error:
            pytest.skip(f"needs user namespaces: {error}")
    confined._confined.cache_clear()


def first_queries(results: Path) -> dict[str, int]:
    return {
        path.parent.name: pq.read_table(path)["ids"][0].as_py()[0]
        for path in results.glob("**/runs.parquet")
    }


def test_a_process_without_the_table_stops_methods_that_look_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_benchmark(BENCHMARK).table.optimum.tolist() == [OPTIMUM]
    common = {"benchmarks": BENCHMARK, "seeds": 1, "budget": 8, "stop": "budget"}
    run(Experiment(methods="random-search", results=tmp_path / "r", **common))
    monkeypatch.setenv("CHEATERS_RESULTS", str(tmp_path / "r"))
    honest = first_queries(tmp_path / "r")["random-search"]
    strict = Experiment(methods=STOPPED, strict=True, results=tmp_path / "r", **common)
    assert run(strict).failures == []
    found = first_queries(tmp_path / "r")
    # What stands for the labels there is charged as a query is: these begin with the first of all.
    charged = {"Patched": 0, "Closure": 0}
    for cheat in STOPPED:
        assert found[cheat.__name__] == charged.get(cheat.__name__, honest), cheat.__name__


def test_the_label_files_of_all_benchmarks_are_hidden() -> None:
    hidden = confined.hidden_paths().split(os.pathsep)
    folders = (cache_folder(), data_folder())
    for name in benchmark_names():
        file = load_benchmark(name).file
        path = file.installed() if hasattr(file, "installed") else getattr(file, "path", None)
        if path is not None and path.exists():
            own = any(folder in path.parents for folder in folders)
            assert own or str(path.resolve()) in hidden, name
    assert any(path.endswith("rotated-mnist.parquet") for path in hidden)


def test_what_other_runs_stop_is_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The column "in every run" of docs/honest-methods.md."""
    common = {"benchmarks": BENCHMARK, "seeds": 1, "budget": 8, "stop": "budget"}
    run(Experiment(methods="random-search", results=tmp_path / "others", **common))
    (others,) = (tmp_path / "others").rglob("runs.parquet")
    monkeypatch.setenv("CHEATERS_RESULTS", str(tmp_path / "others"))
    honest = first_queries(tmp_path / "others")["random-search"]
    run(Experiment(methods=STOPPED, results=tmp_path / "r", **common))
    # Patched asks for one architecture before it can look.
    first = {"Attribute": honest, "Asked": honest, "Patched": 0}
    first["Results"] = pq.read_table(others)["ids"][0].as_py()[-1]
    found = first_queries(tmp_path / "r")
    for cheat in STOPPED:
        assert found[cheat.__name__] == first.get(cheat.__name__, OPTIMUM), cheat.__name__
    (patched,) = (tmp_path / "r").rglob("Patched/runs.parquet")
    assert pq.read_table(patched)["ids"][0].as_py()[1] == OPTIMUM


def test_what_it_does_not_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/honest-methods.md says so."""
    monkeypatch.setenv("CHEATERS_NOTES", str(tmp_path / "notes"))
    experiment = Experiment(
        methods=NOT_STOPPED,
        benchmarks=BENCHMARK,
        seeds=2,
        budget=8,
        strict=True,
        workers=1,
        results=tmp_path / "r",
    )
    run(experiment)
    assert first_queries(tmp_path / "r")["KnownByHeart"] == OPTIMUM
    (remembering,) = (tmp_path / "r").rglob("Remembering/runs.parquet")
    first, second = pq.read_table(remembering)["ids"].to_pylist()
    labels = load_benchmark(BENCHMARK).table.mean_validation
    assert second[0] == first[labels[first].argmax()]


class Thorough:
    """Does all that a problem allows."""

    def search(self, problem: Problem, rng) -> None:
        ids = rng.permutation(problem.space.size)
        answers = problem.query(ids[:6])
        problem.query(ids[3:8])
        problem.recommend(int(ids[answers.argmax()]))
        problem.note("best", answers.max())
        problem.show_predictor(lambda asked: asked * 1.0)
        assert problem.trace.tolist() == ids[:8].tolist()
        assert problem.rounds.tolist() == [0] * 6 + [1] * 2
        problem.note("parameters", problem.metric("parameters", ids[:3]).sum())
        problem.note("left", problem.remaining)
        try:
            problem.metric("test", 0)
        except UserError as error:
            problem.note("not shown", len(str(error)))
        try:
            problem.query(-1)
        except ValueError as error:
            problem.note("refused", len(str(error)))
        if rng.random() < 0.5:
            return
        while True:
            problem.query(int(ids[0]))


@pytest.mark.parametrize("duplicates", ["by_id", "by_isomorphism"])
def test_a_search_is_the_same_as_elsewhere(duplicates: str, tmp_path: Path) -> None:
    files = []
    for strict in (False, True):
        experiment = Experiment(
            methods=[Thorough, "local-search"],
            benchmarks=BENCHMARK,
            seeds=3,
            budget=30,
            duplicates=duplicates,
            judge=True,
            strict=strict,
            results=tmp_path / str(strict),
        )
        run(experiment)
        files.append(
            {
                path.parent.name: path.read_bytes()
                for path in (tmp_path / str(strict)).rglob("runs*")
            }
        )
    assert len(files[0]) == 2
    assert files[0] == files[1]
    records = pq.read_table(next((tmp_path / "True").rglob("Thorough/runs.parquet")))
    assert set(records["stop_reason"].to_pylist()) == {"patience", "returned"}
    assert dict(records["diagnostics"][0].as_py())["model_labels"] == [8.0]


class Dying:
    """Ends its process."""

    def search(self, problem: Problem, rng) -> None:
        import os

        os._exit(0)


def test_a_search_whose_process_dies_failed(tmp_path: Path) -> None:
    experiment = Experiment(
        methods=[Dying, "random-search"],
        benchmarks=BENCHMARK,
        seeds=2,
        budget=5,
        strict=True,
        workers=1,
        results=tmp_path,
    )
    with pytest.warns(
        UserWarning, match=r"Dying failed in 2 of 2 runs .*: the method's process died"
    ):
        assert run(experiment).done == 4


class Babbling:
    """Sends what no search sends."""

    def search(self, problem: Problem, rng) -> None:
        problem.query(0)
        message = [b'["labels"]', b"[" * 5000, b'["labels", [1e400]]', b'["labels", [9e99]]', b"{}"]
        problem._connection.send_bytes(message[int(rng.integers(len(message)))])
        problem.query(1)


def test_what_is_no_message_fails_its_run_only(tmp_path: Path) -> None:
    experiment = Experiment(
        methods=Babbling, benchmarks=BENCHMARK, seeds=8, budget=5, strict=True, results=tmp_path
    )
    with pytest.warns(UserWarning, match="Babbling failed in 8 of 8 runs"):
        assert run(experiment).done == 8


def test_where_the_system_has_no_means_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(confined, "_search_for", namespaces_refused)
    with (
        confined.hidden_from_methods(tmp_path),
        pytest.raises(UserError, match="strict runs need user namespaces"),
    ):
        confined._confined()
