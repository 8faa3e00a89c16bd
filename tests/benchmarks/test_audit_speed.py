"""Speed of checking records: 10,000 runs are audited within 10 seconds."""

from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.audit.cells import audit_cells, store_verdicts
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.record_checks import check_record
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import Execution, RunRecord
from nasarena.suite.records.store import cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell

RUNS, QUERIES = 1000, 100


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    """Two methods on five benchmarks, with twins free and a budget of 100 queries."""
    protocol = load_protocol(f"weaknas-paper[budget={QUERIES},duplicates=by_isomorphism]")
    names = ["nasbench201/cifar10", "nasbench201/cifar100", "nasbench201/imagenet16-120"]
    names += ["nasbenchgraph/cora", "nasbenchgraph/proteins"]
    choices = choose_methods(["random-search", "local-search"])
    return [Cell(choice, name, protocol) for choice in choices for name in names]


def records(cell: Cell, rng: np.random.Generator) -> list[RunRecord]:
    space, optimum = load_benchmark(cell.benchmark).space, load_benchmark(cell.benchmark).table
    classes = np.unique(space.classes(np.arange(space.size)))
    classes = np.setdiff1d(classes, space.classes(optimum.optimum))
    return [
        RunRecord(
            seed,
            rng.choice(classes, QUERIES, replace=False).tolist(),
            list(range(QUERIES)),
            [],
            [],
            "budget",
        )
        for seed in range(RUNS)
    ]


@pytest.fixture(scope="module")
def results(cells: list[Cell], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 runs of 100 queries."""
    folder, rng = open_results(tmp_path_factory.mktemp("speed") / "r", create=True), None
    rng = np.random.default_rng(0)
    for cell in cells:
        place = cell_folder(folder, cell.protocol.name, cell.benchmark, cell.method.name)
        runs = StoredRuns(place, cell.identity())
        for record in records(cell, rng):
            runs.add(record, Execution(record.seed, 1.0, 0.9, "definitions:a", environment()))
        runs.write()
    return folder


def test_an_audit_of_ten_thousand_runs(benchmark: BenchmarkFixture, results: Path) -> None:
    def audit() -> list[str]:
        found = audit_cells(results)
        store_verdicts(found)
        return [cell.mark for cell in found]

    assert benchmark.pedantic(audit, rounds=3) == ["consistent"] * 10
    assert benchmark.stats.stats.min < 10


def test_one_record_before_it_is_stored(benchmark: BenchmarkFixture, cells: list[Cell]) -> None:
    cell, identity = cells[0], cells[0].identity()
    (record, *_) = records(cell, np.random.default_rng(0))
    searched = load_benchmark(cell.benchmark)
    assert benchmark(lambda: check_record(record, identity, searched)) is None
