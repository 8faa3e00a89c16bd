"""The command `nasarena audit`: what it prints, stores, and ends with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nasarena.suite import Experiment, run
from nasarena.suite.cli import run_command

PROTEINS = "nasbenchgraph/proteins"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit") / "results"
    run(
        Experiment(
            methods="random-search",
            benchmarks=PROTEINS,
            seeds=3,
            budget=20,
            results=folder,
            workers=1,
        )
    )
    return folder


def test_what_is_sound_ends_well(made: Path, capsys: Capture) -> None:
    assert run_command(["audit", str(made), "--rerun", "1", "--draw", "5", "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert (
        "consistent   weaknas-paper[budget=20]/nasbenchgraph/proteins/random-search (3 runs)"
        in said
    )
    assert "rerun: 1 of 1 runs made again are equal" in said
    assert "1 cell: 1 consistent" in said
    assert "--draw 5" in said
    (verdict,) = made.glob("**/audit.json")
    assert json.loads(verdict.read_text())["mark"] == "consistent"


def test_every_field_as_json(made: Path, capsys: Capture) -> None:
    assert run_command(["audit", str(made), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (cell,) = said["cells"]
    assert (cell["method"], cell["runs"], cell["verdict"]) == ("random-search", 3, "consistent")
    assert isinstance(said["draw"], int)
    assert cell["faults"] == cell["remarks"] == []


def test_what_is_wrong_is_exit_code_1_and_the_others_are_judged(
    made: Path, tmp_path: Path, capsys: Capture
) -> None:
    for path in made.rglob("*.*"):
        if path.is_file():
            copy = tmp_path / "theirs" / path.relative_to(made)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (cell,) = (tmp_path / "theirs").glob("**/random-search")
    cell.rename(cell.with_name("weaknas-lite"))
    assert run_command(["audit", str(tmp_path / "theirs"), str(made)]) == 1
    captured = capsys.readouterr()
    assert "2 cells: 1 consistent, 1 rejected" in captured.out
    assert "wrong: it holds runs of random-search" in captured.out
    assert "nasarena: 1 of 2 cells cannot be believed" in captured.err


@pytest.mark.parametrize("prepare", [lambda folder: None, lambda folder: folder.mkdir()])
def test_what_cannot_be_used_is_exit_code_2(
    tmp_path: Path, prepare: Callable[[Path], None], capsys: Capture
) -> None:
    prepare(tmp_path / "nothing")
    assert run_command(["audit", str(tmp_path / "nothing")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("command", ["table", "site", "figures"])
def test_a_bad_cell_is_left_out_with_keep_going(
    made: Path, tmp_path: Path, capsys: Capture, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(
        Experiment(
            methods="random-search,local-search",
            benchmarks=PROTEINS,
            seeds=2,
            budget=20,
            results="theirs",
            workers=1,
        )
    )
    (file,) = Path("theirs").glob("**/local-search/runs.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    options = ["--kinds", "found"] if command == "figures" else []
    assert run_command([command, "--results", "theirs", *options]) == 2
    assert "local-search/runs.parquet cannot be read" in capsys.readouterr().err
    assert run_command([command, "--results", "theirs", "--keep-going", *options]) == 0
    assert "nasarena: warning: left out: theirs" in capsys.readouterr().err
