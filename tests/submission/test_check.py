"""What a board refuses, each with a sentence that names what to put right."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nasarena.suite import Experiment, run
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.records.store import EXECUTIONS, NEW_RUNS, RUNS
from nasarena.suite.submission.check import Submission, check_submission, read_submission
from nasarena.suite.submission.code import import_methods
from submissions import PROTEINS, copied, make_submission


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_submission(tmp_path_factory.mktemp("made") / "theirs")


@pytest.fixture
def results(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "theirs")


def checked(results: Path, **given: Any) -> Submission:
    submission = read_submission(results)
    check_submission(submission, **given)
    return submission


def cell_of(results: Path) -> Path:
    (path,) = results.rglob(RUNS)
    return path.parent


def set_column(path: Path, column: str, values: list[Any]) -> None:
    table = pq.read_table(path)
    place = table.column_names.index(column)
    field = table.schema.field(place)
    pq.write_table(table.set_column(place, field, pa.array(values, field.type)), path)


def without_rows(path: Path, seeds: set[int]) -> None:
    table = pq.read_table(path)
    pq.write_table(table.filter([one not in seeds for one in table["seed"].to_pylist()]), path)


def describes(**changes: Any) -> Callable[[Path], None]:
    def change(cell: Path) -> None:
        path = cell / DESCRIPTION
        path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")

    return change


def renamed(name: str) -> Callable[[Path], None]:
    def change(cell: Path) -> None:
        table = pq.read_table(cell / RUNS)
        set_column(cell / RUNS, "method", [name] * len(table))
        describes(method=name)(cell)
        cell.rename(cell.with_name(name))

    return change


def drops_a_seed(cell: Path) -> None:
    for name in (RUNS, EXECUTIONS):
        without_rows(cell / name, {1})


def executions(column: str, values: list[Any]) -> Callable[[Path], None]:
    return lambda cell: set_column(cell / EXECUTIONS, column, values)


def link(cell: Path) -> None:
    (cell / "elsewhere").symlink_to("/etc")


def put(name: str, content: str = "{}") -> Callable[[Path], None]:
    return lambda cell: (cell / name).write_text(content) and None


OTHER_SOURCES = [f"definitions:{number}" for number in "0011"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda cell: (cell / DESCRIPTION).unlink(), "1 of 1 cells have no method.json"),
        (put(DESCRIPTION), "cannot be used as the description of a method"),
        (describes(description=" "), "add a docstring to the class"),
        (describes(paper=None), "add paper = 'Title, https://...' to the class"),
        (describes(paper="A title"), "its paper has no address"),
        (describes(tuned_on=None), "add tuned_on = () for none"),
        (describes(reference=None), "run it as path/to/file.py:ClassName"),
        (drops_a_seed, "its 3 seeds are not 0 to 2, so that they may have been chosen"),
        (lambda cell: (cell / EXECUTIONS).unlink(), "1 of 1 cells have no execution beside them"),
        (executions("source_digest", ["0" * 64] * 4), "do not all say which source made them"),
        (executions("source_digest", OTHER_SOURCES), "were made with 2 different sources"),
        (
            put("audit.json"),
            "remove weaknas-paper[budget=30]/nasbenchgraph/proteins/Submitted/audit",
        ),
        (put(NEW_RUNS), "the command that made it was stopped"),
        (put("notes.txt"), "files that nasarena does not write"),
        (link, "files that nasarena does not write, or links"),
        (renamed("random-search"), "nasarena ships a method of this name"),
        (renamed("Random_Search"), "its name reads as that of random-search"),
    ],
)
def test_what_is_wrong_is_said(change: Callable[[Path], None], said: str, results: Path) -> None:
    assert checked(results).problem_count == 0
    change(cell_of(results))
    submission = checked(results)
    told = [str(one) for one in submission.wrong] + [
        fault for cell in submission.cells for fault in cell.faults
    ]
    assert any(said in one for one in told), told


def test_failed_runs_are_to_be_made_again(results: Path) -> None:
    cell = cell_of(results)
    table = pq.read_table(cell / RUNS)
    row = table.slice(0, 1).to_pylist()[0] | {"stop_reason": "failed", "error": "E: none"}
    failed = pa.Table.from_pylist([row], schema=table.schema)
    pq.write_table(pa.concat_tables([failed, table.slice(1)]), cell / RUNS)
    (problem,) = checked(results).wrong
    assert "1 of 4 runs failed" in problem.sentence


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (range(4), None),
        (range(3), None),
        (range(5), "it has 4 seeds, and the board asks for 5: run --seeds 0:5"),
        (range(100, 104), "its 4 seeds are not 100 to 103"),
    ],
)
def test_the_board_asks_for_seeds(asked: range, said: str | None, results: Path) -> None:
    told = [one.sentence for one in checked(results, seeds=asked).wrong]
    assert (
        [said in one for one in told if said] == [True] * (said is not None) == [True] * len(told)
    )


def test_runs_of_a_shipped_method_are_taken_from_its_own_source(tmp_path: Path) -> None:
    run(
        Experiment(
            methods="local-search",
            benchmarks=PROTEINS,
            seeds=2,
            budget=9,
            results=tmp_path / "results",
            workers=1,
        )
    )
    assert checked(tmp_path / "results").problem_count == 0


def test_a_name_that_the_board_has_for_another_method(results: Path, tmp_path: Path) -> None:
    board = copied(results, tmp_path / "board")
    assert checked(results, board=[board]).wrong == []
    set_column(cell_of(board) / EXECUTIONS, "source_digest", ["definitions:other"] * 4)
    (problem,) = checked(results, board=[board]).wrong
    assert "the board has runs of this name that other source made" in problem.sentence


def test_the_hash_is_of_runs_and_descriptions(results: Path) -> None:
    before = read_submission(results).sha256
    (results / ".lock").touch()
    executions("cpu_seconds", [1.0, 2.0, 3.0, 4.0])(cell_of(results))
    assert read_submission(results).sha256 == before
    describes(paper="Other, https://example.org")(cell_of(results))
    assert read_submission(results).sha256 != before


def test_code_is_imported_from_where_the_description_says(results: Path) -> None:
    submission = checked(results)
    assert import_methods(submission, results.parent) == [
        f"{results.parent}/submitted.py:Submitted"
    ]
    assert (submission.wrong, submission.notes) == ([], [])

    describes(paper="Other, https://example.org")(cell_of(results))
    submission = read_submission(results)
    import_methods(submission, results.parent)
    assert "is not what its class says now" in submission.wrong[0].sentence

    submission = read_submission(results)
    assert import_methods(submission, results) == []
    assert "cannot be imported: there is no file" in submission.notes[0].sentence
