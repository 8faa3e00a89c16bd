"""The table of many runs takes time in proportion to them and memory of a cell; appending does not
depend on them.

From 2,000 to 20,000 runs, so that CI stays fast; docs/many-runs.md has the figures of a million.
Only ratios within one run are asserted, of CPU time.
"""

import runpy
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.records.run_record import Execution, RunRecord
from nasarena.suite.records.store import find_cells, identity_of, read_runs
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.statistics import kept_rows
from nasarena.suite.statistics.stored_rows import stored_rows

SCRIPT = Path(__file__).parents[2] / "docs/simulations/many_runs.py"
SEEDS = 1_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    """Results of so many cells of so many runs of 100 queries, that nobody ran."""
    write = runpy.run_path(str(SCRIPT))["main"]

    def make(cells: int, runs: int) -> Path:
        folder = tmp_path_factory.mktemp("many") / "results"
        write(folder, cells, runs, "nasbench201/cifar10")
        return folder

    return make


def cpu_seconds(call: Callable[[], object], rounds: int = 1) -> float:
    """Of the quickest of some calls."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_the_table_of_many_runs(
    benchmark: BenchmarkFixture,
    made: Callable[[int, int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_rows, "cache_folder", lambda: tmp_path)
    few, many = made(2, SEEDS), made(20, SEEDS)
    stored_rows(made(1, SEEDS))  # opens the table, and draws labels and resamples
    of_few = cpu_seconds(lambda: stored_rows(few))
    of_many = cpu_seconds(lambda: stored_rows(many))
    benchmark.pedantic(lambda: stored_rows(many), rounds=2)
    of_unchanged = cpu_seconds(lambda: stored_rows(many), rounds=2)
    benchmark.extra_info |= {
        "of 20,000 runs / of 2,000": round(of_many / of_few, 1),
        "unchanged / read": round(of_unchanged / of_many, 3),
        "seconds for a million, read": round(of_many * 50, 1),
        "seconds for a million, unchanged": round(of_unchanged * 50, 1),
    }
    assert of_many < 25 * of_few
    assert of_unchanged < of_many / 3


def test_the_memory_of_a_table_is_that_of_a_cell(
    made: Callable[[int, int], Path], tmp_path: Path
) -> None:
    def peak_megabytes(folder: Path) -> float:
        program = (
            "import resource\n"
            "from pathlib import Path\n"
            "from nasarena.suite.statistics import kept_rows, stored_rows\n"
            f"kept_rows.cache_folder = lambda: Path({str(tmp_path)!r})\n"
            f"stored_rows.stored_rows({str(folder)!r})\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        return int(done.stdout) / 1024

    few, many = peak_megabytes(made(2, SEEDS)), peak_megabytes(made(40, SEEDS))
    # All runs at once would take 150 MB more.
    assert many < few + 50, f"{few:.0f} and {many:.0f} MB"


def test_adding_a_run_to_many(
    benchmark: BenchmarkFixture, made: Callable[[int, int], Path]
) -> None:
    seconds = {}
    for runs in (SEEDS, 30 * SEEDS):
        (cell,) = find_cells(made(1, runs))
        stored = StoredRuns(cell, identity_of(read_runs(cell), cell))
        record = RunRecord(runs, list(range(100)), list(range(100)), [], [], "budget")

        def add(stored: StoredRuns = stored, record: RunRecord = record) -> None:
            stored.add(record, Execution(record.seed, 1.0, 1.0, "definitions:none", "{}"))
            stored.write(last=False)

        add()
        seconds[runs] = cpu_seconds(add, rounds=5)
    benchmark.pedantic(add, rounds=5)
    benchmark.extra_info["to 30,000 / to 1,000"] = seconds[30 * SEEDS] / seconds[SEEDS]
    assert seconds[30 * SEEDS] < 2 * seconds[SEEDS]
