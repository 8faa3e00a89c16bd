"""Runs made again: equal, different, not comparable, or of a method that is not at hand."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nasarena.suite.audit.cells import AuditedCell, audit_cells
from nasarena.suite.audit.methods import Methods
from nasarena.suite.audit.rerun import is_comparable, rerun
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.store import EXECUTIONS, RUNS
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.runner import run_cells

PROTEINS = "nasbenchgraph/proteins"
MINE = Path(__file__).parents[1] / "commands" / "methods_for_tests.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real runs of three methods, one of them in a file."""
    folder = tmp_path_factory.mktemp("made") / "results"
    protocol = load_protocol("weaknas-paper[budget=20]")
    choices = choose_methods(["random-search", "local-search", f"{MINE}:Good"])
    run_cells([Cell(one, PROTEINS, protocol) for one in choices], range(5), folder, workers=1)
    return folder


@pytest.fixture
def results(made: Path, tmp_path: Path) -> Path:
    for path in made.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(made)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return tmp_path


def again(results: Path, count: int, draw: int = 1, methods: str = "") -> dict[str, AuditedCell]:
    cells = audit_cells(results)
    rerun(cells, Methods(methods), count, draw, workers=1)
    return {cell.identity.method: cell for cell in cells if cell.identity}


def change(results: Path, method: str, name: str, column: str, values: list[object]) -> None:
    (path,) = results.glob(f"**/{method}/{name}")
    table = pq.read_table(path)
    place = table.column_names.index(column)
    field = table.schema.field(place)
    pq.write_table(table.set_column(place, field, pa.array(values, field.type)), path)


def test_what_was_made_here_is_equal(results: Path) -> None:
    cells = again(results, 3)
    assert {cells[name].rerun for name in ("random-search", "local-search")} == {
        "2 of 2 runs made again are equal",
        "1 of 1 runs made again are equal",
    }, "each is drawn once before any is drawn twice"
    assert cells["random-search"].reproduced
    assert cells["random-search"].mark == "consistent", "no decoy test was made"
    assert "the method is not at hand" in cells["Good"].rerun
    assert cells["Good"].reproduced is None


def test_a_method_in_a_file_can_be_given(results: Path) -> None:
    cells = again(results, 3, methods=f"{MINE}:Good")
    assert cells["Good"].rerun == "1 of 1 runs made again are equal"


def test_the_draw_decides_what_is_made_again(results: Path) -> None:
    said = [{name: one.rerun for name, one in again(results, 1, draw).items()} for draw in (3, 3)]
    assert said[0] == said[1]
    assert sorted(text for text in said[0].values() if "equal" in text or "drawn" in text) == [
        "1 of 1 runs made again are equal",
        "not drawn",
    ]


def test_a_forged_trace_is_another_run(results: Path) -> None:
    (path,) = results.glob(f"**/random-search/{RUNS}")
    rows = pq.read_table(path)["ids"].to_pylist()
    change(results, "random-search", RUNS, "ids", [ids[::-1] for ids in rows])
    cell = again(results, 10)["random-search"]
    assert cell.mark == "rejected"
    assert "made again, the run with seed 0 is another one" in cell.faults
    assert "5 differ (seed 0)" in cell.rerun


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("environment", '{"cpu": "another", "packages": {}, "python": "3"}', "made elsewhere"),
        ("source_digest", "0" * 64, "their source is not known"),
    ],
)
def test_a_difference_that_proves_nothing_is_not_wrong(
    results: Path, column: str, value: str, said: str
) -> None:
    (path,) = results.glob(f"**/random-search/{RUNS}")
    rows = pq.read_table(path)["ids"].to_pylist()
    change(results, "random-search", RUNS, "ids", [ids[::-1] for ids in rows])
    change(results, "random-search", EXECUTIONS, column, [value] * 5)
    cell = again(results, 10)["random-search"]
    assert cell.faults == []
    assert cell.reproduced is None
    assert f"5 differ and are not comparable ({said})" in cell.rerun


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (
            "source_digest",
            "definitions:" + "0" * 64,
            "the installed source is not that of its runs",
        ),
        ("cpu_seconds", 61.0, "every run failed or took more than 60 CPU seconds"),
    ],
)
def test_what_cannot_be_made_again_is_said(
    results: Path, column: str, value: object, said: str
) -> None:
    change(results, "random-search", EXECUTIONS, column, [value] * 5)
    assert said in again(results, 10)["random-search"].rerun


def test_another_version_is_not_at_hand(results: Path) -> None:
    change(results, "random-search", RUNS, "method_version", ["0"] * 5)
    assert "its runs are of version 0" in again(results, 10)["random-search"].rerun


def test_failed_runs_are_not_made_again(results: Path) -> None:
    change(results, "random-search", RUNS, "stop_reason", ["failed"] + ["budget"] * 4)
    change(results, "random-search", RUNS, "error", ["ValueError: no"] + [None] * 4)
    (path,) = results.glob(f"**/random-search/{RUNS}")
    assert pc.sum(pc.equal(pq.read_table(path)["stop_reason"], "failed")).as_py() == 1
    assert again(results, 10)["random-search"].rerun == "4 of 4 runs made again are equal"


def test_environments_that_are_not_recorded_are_never_comparable() -> None:
    here = environment()
    assert is_comparable(here, here)
    assert not is_comparable("{}", "{}")
    assert not is_comparable("[" * 10**5, here)
    assert not is_comparable('{"packages": 3}', here)
