"""Run records of schema 1 stay readable, and count as what they are in the current schema."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.first_schema import FIRST_RUNS_SCHEMA
from nasarena.suite.records.run_record import RUNS_SCHEMA
from nasarena.suite.records.store import (
    MARKER,
    RUNS,
    find_cells,
    identity_of,
    merge,
    open_results,
    read_runs,
)
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.runner import run_cells


@pytest.fixture(scope="module")
def cell() -> Cell:
    (choice,) = choose_methods(["random-search"])
    return Cell(choice, "nasbenchgraph/proteins", load_protocol("weaknas-paper[budget=20]"))


def as_first(results: Path) -> Path:
    """Write a results folder again as nasarena wrote it before; returns its only cell."""
    (folder,) = find_cells(results)
    runs = read_runs(folder).select(FIRST_RUNS_SCHEMA.names).cast(FIRST_RUNS_SCHEMA)
    pq.write_table(runs, folder / RUNS, compression="zstd", write_page_checksum=True)
    (results / MARKER).write_text('{"nasarena_schema_version": 1}\n', encoding="utf-8")
    return folder


def test_runs_of_schema_1_are_what_they_were(tmp_path: Path, cell: Cell) -> None:
    run_cells([cell], range(3), tmp_path / "one", workers=1)
    (folder,) = find_cells(tmp_path / "one")
    before = read_runs(folder)
    as_first(tmp_path / "one")
    after = read_runs(find_cells(open_results(tmp_path / "one"))[0])
    assert after.equals(before)
    assert identity_of(after, folder) == cell.identity()
    assert set(after["fidelity"].to_pylist()) == set(after["cost"].to_pylist()) == {None}
    assert merge([(folder, before), (folder, after)]).equals(before)


def test_a_file_that_gets_more_runs_is_as_if_all_were_made_at_once(
    tmp_path: Path, cell: Cell
) -> None:
    run_cells([cell], range(3), tmp_path / "at-once", workers=1)
    run_cells([cell], range(2), tmp_path / "later", workers=1)
    folder = as_first(tmp_path / "later")
    stored = (folder / RUNS).read_bytes()
    run_cells([cell], range(2), tmp_path / "later", workers=1)
    assert (folder / RUNS).read_bytes() == stored, "nothing was missing"
    assert json.loads((tmp_path / "later" / MARKER).read_text()) == {"nasarena_schema_version": 1}
    run_cells([cell], range(3), tmp_path / "later", workers=1)
    (other,) = find_cells(tmp_path / "at-once")
    assert (folder / RUNS).read_bytes() == (other / RUNS).read_bytes()
    assert json.loads((tmp_path / "later" / MARKER).read_text()) == {"nasarena_schema_version": 2}


def test_a_column_of_another_schema_is_named(tmp_path: Path, cell: Cell) -> None:
    run_cells([cell], range(1), tmp_path, workers=1)
    (folder,) = find_cells(tmp_path)
    runs = read_runs(folder).drop_columns("limit")
    pq.write_table(runs, folder / RUNS)
    with pytest.raises(UserError, match=r"expected limit \(string, not null\)"):
        read_runs(folder)
    assert "limit" in RUNS_SCHEMA.names
