"""Runs that are made anew: nothing is lost until the new ones are complete."""

from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.records.replaced import remove_replaced, set_aside
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.records.store import RUNS, find_cells, open_results
from nasarena.suite.records.stored_runs import StoredRuns

IDENTITY = CellIdentity(
    method="random-search",
    method_version="1",
    benchmark="nasbench201/cifar10",
    table_sha256="ab" * 32,
    protocol="weaknas-paper[budget=10]",
    protocol_version=1,
    budget=10,
    labels="mean",
    duplicates="by_id",
    stop="optimum",
    patience=200,
)
SEEDS = range(3)


def store(folder: Path, seeds: range, first_id: int) -> StoredRuns:
    runs = StoredRuns(folder, IDENTITY)
    for seed in seeds:
        record = RunRecord(seed, [first_id], [0], [], [], "returned")
        runs.add(record, Execution(seed, 0.5, 0.4, "definitions:1", "{}"))
    runs.write()
    return runs


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    results = open_results(tmp_path / "results", create=True)
    store(results / "cell", SEEDS, first_id=7)
    return results / "cell"


def test_what_is_set_aside_is_not_read_and_stays_until_all_is_made_anew(cell: Path) -> None:
    before = (cell / RUNS).read_bytes()
    set_aside([cell], SEEDS)
    assert find_cells(cell.parent) == []
    new = store(cell, range(2), first_id=8)
    (waiting,) = remove_replaced({cell: new.finished()})
    assert "1 runs in" in waiting
    assert [path.read_bytes() for path in cell.glob("runs*replaced")] == [before]
    new = store(cell, SEEDS, first_id=8)
    assert remove_replaced({cell: new.finished()}) == []
    assert sorted(path.name for path in cell.iterdir()) == ["executions.parquet", RUNS]


def test_new_runs_of_a_stopped_command_are_not_set_aside(cell: Path) -> None:
    set_aside([cell], SEEDS)
    store(cell, range(1), first_id=8)
    new = (cell / RUNS).read_bytes()
    set_aside([cell], SEEDS)
    assert (cell / RUNS).read_bytes() == new


def test_seeds_that_leave_out_a_stored_run_are_refused(cell: Path) -> None:
    before = (cell / RUNS).read_bytes()
    with pytest.raises(UserError, match=r"leaves out 1 of them \(seed 2"):
        set_aside([cell], range(2))
    assert (cell / RUNS).read_bytes() == before
    assert list(cell.glob("*replaced")) == []


def test_a_cell_without_runs_has_nothing_to_set_aside(tmp_path: Path) -> None:
    set_aside([tmp_path / "nothing"], SEEDS)
    assert remove_replaced({tmp_path / "nothing": {0}}) == []
