"""The table made a cell at a time is that of all runs together, whatever was kept of it before."""

import shutil
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from os import utime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.verdicts import Verdict, digests, write_verdict
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import Execution, RunRecord
from nasarena.suite.records.store import RUNS, cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs.execute import Cell
from nasarena.suite.statistics import kept_rows, load_run_sets, stored_rows
from nasarena.suite.statistics.samples import restricted_mean, restricted_means
from nasarena.suite.statistics.summary import Row, summary_rows

PROTEINS = "nasbenchgraph/proteins"
SPACE_SIZE = load_benchmark(PROTEINS).table.size

Rows = Callable[[], list[Row]]


def store(
    results: Path, method: str, seeds: range, protocol: str = "one-run[budget=5]", **changes: Any
) -> Path:
    """Runs of five queries on proteins, stored in a results folder; returns that of the cell."""
    (choice,) = choose_methods(["random-search"])
    cell = Cell(choice, PROTEINS, load_protocol(protocol))
    identity = replace(cell.identity(), method=method, **changes)
    open_results(results, create=True)
    folder = cell_folder(results, identity.protocol, identity.benchmark, method)
    runs = StoredRuns(folder, identity)
    for seed in seeds:
        rng = np.random.default_rng([seed, *method.encode()])
        ids = rng.permutation(40)[:5].tolist()
        runs.add(
            RunRecord(seed, ids, [0, 0, 1, 1, 2], [3], ids[:1], "budget"),
            Execution(seed, 1.0, 1.0, "definitions:a", "{}"),
        )
    runs.write()
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept_rows, "LEAST_BYTES", 0)
    return tmp_path / "cache" / "rows"


@pytest.fixture
def results(tmp_path: Path, cache: Path) -> Path:
    for method in ("a", "b"):
        store(tmp_path / "results", method, range(8))
    return tmp_path / "results"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods whose runs were read since the last time that this list was emptied."""
    names: list[str] = []

    def read_part(folder: Path) -> load_run_sets.Part:
        names.append(folder.name)
        return load_run_sets.read_part(folder)

    monkeypatch.setattr(stored_rows, "read_part", read_part)
    return names


def all_together(*results: Path) -> list[Row]:
    return summary_rows(load_run_sets.load_run_sets(results))


def test_the_rows_are_those_of_all_runs_together(results: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    store(other, "b", range(4, 12))  # some of its runs are those of the other folder
    store(other, "c", range(3))
    store(other, "a", range(7), "one-run[budget=5,duplicates=by_isomorphism]")
    expected = all_together(results, other)
    assert [row.seeds for row in expected if row.method == "b"] == [12]
    for _ in range(3):
        assert stored_rows.stored_rows([results, other]) == expected
    for folder in (results, other):
        assert stored_rows.stored_rows(folder) == all_together(folder)


def test_only_cells_that_changed_are_read_again(results: Path, read: list[str]) -> None:
    before = stored_rows.stored_rows(results)
    assert read == ["a", "b"]
    read.clear()
    assert stored_rows.stored_rows(str(results)) == before
    assert read == []
    store(results, "b", range(9))
    store(results, "c", range(2))
    assert stored_rows.stored_rows(results) == all_together(results)
    assert read == ["b", "c"]


def test_small_files_of_runs_are_read_each_time(
    results: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_rows, "LEAST_BYTES", 20_000)
    stored_rows.stored_rows(results)
    assert not cache.exists()


def other_source(folder: Path) -> None:
    runs = StoredRuns(folder, load_run_sets.read_part(folder).identity)
    record = RunRecord(0, [1, 2, 3, 4, 5], [0] * 5, [], [], "budget")
    runs.add(record, Execution(0, 1.0, 1.0, "definitions:b", "{}"))
    runs.write()


def rejected(folder: Path) -> None:
    write_verdict(folder, Verdict("rejected", files=digests(folder)))


def waiting_runs(folder: Path) -> None:
    aside = store(folder.parents[8] / "aside", "a", range(20, 22))
    for file in aside.iterdir():
        shutil.copy(file, folder / file.name.replace(".parquet", ".new.parquet"))


@pytest.mark.parametrize("change", [other_source, rejected, waiting_runs])
def test_a_change_of_any_file_of_a_cell_is_seen(
    results: Path, read: list[str], change: Callable[[Path], None]
) -> None:
    before = stored_rows.stored_rows(results)
    change(cell_folder(results, "one-run[budget=5]", PROTEINS, "a"))
    read.clear()
    after = stored_rows.stored_rows(results)
    assert read == ["a"]
    assert after == all_together(results) != before


@pytest.mark.parametrize("what", ["_code", "fingerprint"])
def test_other_code_or_another_benchmark_makes_all_rows_anew(
    results: Path, read: list[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    before = stored_rows.stored_rows(results)
    read.clear()
    for module in (kept_rows, stored_rows):
        if hasattr(module, what):
            monkeypatch.setattr(module, what, lambda *_: "another")
    assert stored_rows.stored_rows(results) == before
    assert read == ["a", "b"]


def test_the_fingerprint_of_a_benchmark_depends_on_its_classes() -> None:
    (choice,) = choose_methods(["random-search"])
    cell = Cell(choice, "nasbench201/cifar10", load_protocol("one-run"))
    identity = cell.identity()
    by_id, twins = (
        kept_rows.fingerprint(replace(identity, duplicates=rule))
        for rule in ("by_id", "by_isomorphism")
    )
    assert by_id != twins
    assert kept_rows.fingerprint(replace(identity, benchmark=PROTEINS)) != by_id


def cut_off(content: bytes) -> bytes:
    return content[:-5]


def other_numbers(content: bytes) -> bytes:
    return content.replace(b'"seeds": 8', b'"seeds": 9')


def nothing(content: bytes) -> bytes:
    return b""


def deep(content: bytes) -> bytes:
    return content[:65] + b"[" * 100_000


@pytest.mark.parametrize("damage", [cut_off, other_numbers, nothing, deep])
def test_a_damaged_file_of_rows_is_made_anew(
    results: Path, cache: Path, read: list[str], damage: Callable[[bytes], bytes]
) -> None:
    before = stored_rows.stored_rows(results)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert file.read_bytes() != whole
    read.clear()
    assert stored_rows.stored_rows(results) == before
    assert read == ["a", "b"]
    assert file.read_bytes() == whole


def test_rows_with_a_right_seal_and_wrong_fields_are_made_anew(results: Path, cache: Path) -> None:
    before = stored_rows.stored_rows(results)
    (file,) = cache.iterdir()
    content = file.read_bytes()[65:].replace(b'"verdict"', b'"verdikt"')
    file.write_bytes(kept_rows._seal(content) + content)
    assert stored_rows.stored_rows(results) == before


def test_of_two_that_write_at_once_one_wins_and_the_rows_stay_right(
    results: Path, cache: Path, read: list[str]
) -> None:
    expected = stored_rows.stored_rows(results)
    folders = [cell_folder(results, "one-run[budget=5]", PROTEINS, name) for name in ("a", "b")]
    rows = [kept_rows.KeptRows(results).find(folder, digests(folder)) for folder in folders]
    (file,) = cache.iterdir()
    file.unlink()
    writers = [kept_rows.KeptRows(results) for _ in folders]
    for writer, folder, row in zip(writers, folders, rows, strict=True):
        assert row is not None
        writer.keep(folder, row)
    for writer in writers:
        writer.write()
    read.clear()
    assert stored_rows.stored_rows(results) == expected
    assert read == ["a"]


def test_nothing_is_written_beside_the_records_nor_read_there(results: Path, cache: Path) -> None:
    files = sorted(results.rglob("*"))
    before = stored_rows.stored_rows(results)
    assert sorted(results.rglob("*")) == files
    (file,) = cache.iterdir()
    shutil.copy(file, results)
    shutil.rmtree(cache)
    assert stored_rows.stored_rows(results) == before


def test_a_cache_folder_that_cannot_be_written_stops_no_table(results: Path, cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text("a file in its place")
    assert stored_rows.stored_rows(results) == all_together(results)


def test_files_of_rows_that_nobody_wrote_for_long_are_removed(results: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    for name, age in (("old", 100), ("young", 10)):
        (cache / f"{name}.json").touch()
        utime(cache / f"{name}.json", (then := time.time() - age * 24 * 3600, then))
    stored_rows.stored_rows(results)
    assert "young.json" in (left := {path.name for path in cache.iterdir()})
    assert "old.json" not in left


def test_what_cannot_be_used_is_left_out_as_where_all_is_read(
    results: Path, tmp_path: Path
) -> None:
    stored_rows.stored_rows(results)
    cut = store(results, "cut", range(2)) / RUNS
    cut.write_bytes(cut.read_bytes()[:-9])
    store(results, "elsewhere", range(2), table_sha256="0" * 64)
    store(results, "unknown", range(2), benchmark="nowhere/at-all")
    link = store(results, "link", range(2))
    shutil.move(link, tmp_path / "aside")
    link.symlink_to(tmp_path / "aside", target_is_directory=True)

    def warned(make: Rows) -> tuple[list[Row], list[str]]:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            rows = make()
        return rows, [str(one.message) for one in found]

    expected = warned(lambda: summary_rows(load_run_sets.load_run_sets(results, keep_going=True)))
    assert len(expected[1]) == 4
    for _ in range(2):
        assert warned(lambda: stored_rows.stored_rows(results, keep_going=True)) == expected


def test_a_kept_row_of_a_table_that_was_replaced_is_an_error(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_rows.stored_rows(results)
    benchmark = load_benchmark(PROTEINS)
    other = replace(benchmark)
    other.__dict__["table"] = replace(benchmark.table, sha256="1" * 64)
    monkeypatch.setattr(stored_rows, "load_benchmark", lambda name, limit="": other)
    with pytest.raises(UserError, match="of another table"):
        stored_rows.stored_rows(results)


def test_a_cell_that_became_a_link_is_an_error(results: Path, tmp_path: Path) -> None:
    stored_rows.stored_rows(results)
    folder = cell_folder(results, "one-run[budget=5]", PROTEINS, "a")
    shutil.move(folder, tmp_path / "aside")
    folder.symlink_to(tmp_path / "aside", target_is_directory=True)
    with pytest.raises(UserError, match="is a link"):
        stored_rows.stored_rows(results)


def test_rows_survive_their_file_exactly(results: Path) -> None:
    (row, *_) = stored_rows.stored_rows(results)
    kept = kept_rows.KeptRow({}, "", load_run_sets.load_run_sets(results)[0].identity, row)
    text = kept_rows._ADAPTER.dump_json({"x": kept})
    again = kept_rows._ADAPTER.validate_json(text)["x"].row
    assert repr(asdict(again)) == repr(asdict(row))


@given(
    st.integers(1, 40),
    st.integers(1, 12),
    st.integers(1, 300),
    st.integers(0, 2**32 - 1),
)
def test_cells_resampled_together_have_the_same_intervals(
    runs: int, cells: int, budget: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.integers(1, 2 * budget + 1, size=(cells, runs)).astype(float)
    samples[rng.random(samples.shape) < 0.2] = np.inf
    together = restricted_means(samples, budget)
    assert together == [restricted_mean(one, budget) for one in samples]
