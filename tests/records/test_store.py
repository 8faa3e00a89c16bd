"""Run records on disk: what goes in comes out, and nothing unsound comes out as sound."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nasarena.suite.errors import UserError
from nasarena.suite.records import stored_runs
from nasarena.suite.records.run_record import (
    NOTES,
    STOP_REASONS,
    CellIdentity,
    Execution,
    RunRecord,
)
from nasarena.suite.records.store import (
    EXECUTIONS,
    MARKER,
    RUNS,
    cell_folder,
    find_cells,
    identity_of,
    merge,
    open_results,
    read_executions,
    read_runs,
    writing,
)
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


def record(seed: int, **changes: Any) -> RunRecord:
    plain = RunRecord(seed, [7, 3, 12], [0, 0, 1], [3], [12], "returned")
    return replace(plain, **changes)


def execution(seed: int) -> Execution:
    return Execution(seed, 0.5, 0.4, "digest", "{}")


def store(
    folder: Path, records: Sequence[RunRecord], identity: CellIdentity = IDENTITY
) -> StoredRuns:
    runs = StoredRuns(folder, identity)
    for each in records:
        runs.add(each, execution(each.seed))
    runs.write()
    return runs


def as_record(row: dict[str, Any]) -> RunRecord:
    own = {key: row[key] for key in RunRecord.__dataclass_fields__}
    return RunRecord(**own | {"diagnostics": dict(row["diagnostics"])})


names = st.text("abcdefgh_ é\N{SNOWMAN}", min_size=1, max_size=5)
numbers = st.floats(allow_nan=False, width=64)


@st.composite
def records(draw: st.DrawFn) -> RunRecord:
    ids = draw(st.lists(st.integers(0, 2**63 - 1), max_size=10, unique=True))
    steps = draw(st.lists(st.integers(0, 1), min_size=len(ids), max_size=len(ids)))
    rounds = np.cumsum([0, *steps[1:]])[: len(ids)].tolist()
    recommended = draw(st.lists(st.integers(0, 15_624), max_size=len(ids)))
    reason = draw(st.sampled_from(STOP_REASONS))
    return RunRecord(
        seed=draw(st.integers(0, 2**63 - 1)),
        ids=ids,
        rounds=rounds,
        recommended_after=list(range(len(recommended))),
        recommended_ids=recommended,
        stop_reason=reason,
        error=draw(st.text(st.characters(codec="utf-8"))) if reason == "failed" else None,
        diagnostics=draw(st.dictionaries(names, st.lists(numbers, max_size=3), max_size=3)),
    )


cells = st.lists(records(), min_size=1, max_size=5, unique_by=lambda each: each.seed)
fresh_folders = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@fresh_folders
@given(stored=cells)
def test_runs_come_back_as_they_went_in_by_seed(
    stored: list[RunRecord], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cell")
    store(folder, stored)
    runs = read_runs(folder)
    expected = sorted(stored, key=lambda each: each.seed)
    assert [as_record(row) for row in runs.to_pylist()] == expected
    assert identity_of(runs, folder) == IDENTITY
    assert [row["seed"] for row in read_executions(folder).to_pylist()] == [
        each.seed for each in expected
    ]


@fresh_folders
@given(stored=cells, data=st.data())
def test_the_bytes_do_not_depend_on_the_order_or_on_interruptions(
    stored: list[RunRecord], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    store(one, stored)
    shuffled = data.draw(st.permutations(stored))
    half = data.draw(st.integers(0, len(stored)))
    store(other, shuffled[:half])
    store(other, shuffled[half:])  # read back, completed
    assert (one / RUNS).read_bytes() == (other / RUNS).read_bytes()
    assert (one / EXECUTIONS).read_bytes() == (other / EXECUTIONS).read_bytes()


def test_circumstances_stay_out_of_the_records(tmp_path: Path) -> None:
    for name, seconds in (("a", 1.0), ("b", 2.0)):
        runs = StoredRuns(tmp_path / name, IDENTITY)
        runs.add(record(0), Execution(0, seconds, seconds, name, name))
        runs.write()
    assert (tmp_path / "a" / RUNS).read_bytes() == (tmp_path / "b" / RUNS).read_bytes()


def test_failed_runs_are_kept_and_are_not_finished(tmp_path: Path) -> None:
    store(tmp_path, [record(0), record(1, stop_reason="failed", error="ValueError: no")])
    again = StoredRuns(tmp_path, IDENTITY)
    assert again.finished() == {0}
    assert again.endings([0, 1, 2]) == [("returned", None), ("failed", "ValueError: no")]
    again.add(record(1), execution(1))
    again.write()
    assert StoredRuns(tmp_path, IDENTITY).finished() == {0, 1}


def test_a_write_without_news_touches_nothing(tmp_path: Path) -> None:
    store(tmp_path, [record(0)])
    before = (tmp_path / RUNS).stat().st_mtime_ns
    StoredRuns(tmp_path, IDENTITY).write()
    assert (tmp_path / RUNS).stat().st_mtime_ns == before


def test_no_temporary_file_stays(tmp_path: Path) -> None:
    store(tmp_path, [record(0)])
    assert {path.name for path in tmp_path.iterdir()} == {RUNS, EXECUTIONS}


def test_a_write_that_fails_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = store(tmp_path, [record(0)])
    before = (tmp_path / RUNS).read_bytes()

    def no_space(*args: Any, **keywords: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", no_space)
    runs.add(record(1), execution(1))
    with pytest.raises(OSError, match="No space"):
        runs.write()
    assert (tmp_path / RUNS).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {RUNS, EXECUTIONS}
    monkeypatch.undo()
    runs.write()  # what was added is not lost
    assert StoredRuns(tmp_path, IDENTITY).finished() == {0, 1}


def test_an_error_that_is_no_text_can_be_stored(tmp_path: Path) -> None:
    # Messages with undecodable file names hold lone surrogates.
    store(tmp_path, [record(0, stop_reason="failed", error="OSError: \udcff")])
    ((reason, error),) = StoredRuns(tmp_path, IDENTITY).endings([0])
    assert reason == "failed"
    assert error is not None
    assert error.startswith("OSError: ")


@pytest.mark.parametrize(
    "changed", ["method_version", "table_sha256", "protocol_version", "budget"]
)
def test_runs_of_another_identity_are_not_added_to(tmp_path: Path, changed: str) -> None:
    store(tmp_path, [record(0)])
    value: Any = 2 if changed in ("protocol_version", "budget") else "2"
    with pytest.raises(UserError, match=changed) as refused:
        StoredRuns(tmp_path, replace(IDENTITY, **{changed: value}))
    assert str(tmp_path) in str(refused.value)


UNSOUND: dict[str, list[RunRecord]] = {
    "an architecture charged twice": [record(0, ids=[7, 3, 7])],
    "a trace longer than the budget": [record(0, ids=list(range(11)), rounds=[0] * 11)],
    "rounds with a gap": [record(0, rounds=[0, 1, 3])],
    "rounds that do not start at 0": [record(0, rounds=[1, 1, 2])],
    "a recommendation after the end": [record(0, recommended_after=[4])],
    "a negative seed": [record(-1)],
    "rounds that descend": [record(0, rounds=[1, 0, 2])],
    "rounds and ids of different length": [record(0, rounds=[0, 1])],
    "recommendations without a position": [record(0, recommended_after=[])],
    "a negative id": [record(0, ids=[7, -3, 12])],
    "a negative round": [record(0, rounds=[-1, 0, 1])],
    "a negative recommendation": [record(0, recommended_ids=[-1])],
    "an unknown stop reason": [record(0, stop_reason="tired")],
}


@pytest.mark.parametrize("what", UNSOUND)
def test_unsound_runs_are_refused_with_their_path(tmp_path: Path, what: str) -> None:
    sound = record(5)
    store(tmp_path, [*UNSOUND[what], sound])
    with pytest.raises(UserError, match="not a valid file") as refused:
        read_runs(tmp_path)
    assert str(tmp_path / RUNS) in str(refused.value)


@pytest.mark.parametrize(
    "changes", [{"labels": "best"}, {"duplicates": "never"}, {"stop": "soon"}, {"budget": -1}]
)
def test_rules_that_no_protocol_has_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    store(tmp_path, [record(0, ids=[], rounds=[])], replace(IDENTITY, **changes))
    with pytest.raises(UserError):
        identity_of(read_runs(tmp_path), tmp_path)


def test_rounds_start_over_with_each_run_and_ids_may_return(tmp_path: Path) -> None:
    store(tmp_path, [record(0, rounds=[0, 1, 2]), record(1, rounds=[0, 0, 0])])
    assert read_runs(tmp_path).num_rows == 2


def rewritten(folder: Path, change: Any) -> None:
    store(folder, [record(0), record(1)])
    runs = pq.read_table(folder / RUNS)
    pq.write_table(change(runs), folder / RUNS)


@pytest.mark.parametrize(
    "change",
    [
        lambda runs: pa.concat_tables([runs, runs]),
        lambda runs: runs.set_column(
            runs.schema.get_field_index("seed"), runs.schema.field("seed"), [[3, 3]]
        ),
        lambda runs: runs.drop_columns(["ids"]),
        lambda runs: runs.append_column("more", [[1, 2]]),
        lambda runs: runs.cast(
            runs.schema.set(
                runs.schema.get_field_index("seed"), pa.field("seed", pa.int32(), nullable=False)
            )
        ),
        lambda runs: pa.table({"a": [1]}),
        lambda runs: runs.set_column(
            0, runs.schema.field("method"), [["random-search", "another"]]
        ),
        lambda runs: runs.slice(0, 0),
    ],
    ids=["twice", "seeds", "column-less", "column-more", "type", "foreign", "mixed", "empty"],
)
def test_a_foreign_file_is_one_sentence_with_its_path(tmp_path: Path, change: Any) -> None:
    rewritten(tmp_path, change)
    with pytest.raises(UserError) as refused:
        identity_of(read_runs(tmp_path), tmp_path)
    assert str(tmp_path / RUNS) in str(refused.value)


@pytest.mark.parametrize("name", [RUNS, EXECUTIONS])
def test_a_truncated_file_is_one_sentence_with_its_path(tmp_path: Path, name: str) -> None:
    store(tmp_path, [record(seed) for seed in range(5)])
    whole = (tmp_path / name).read_bytes()
    read = read_runs if name == RUNS else read_executions
    for length in range(0, len(whole), 97):
        (tmp_path / name).write_bytes(whole[:length])
        with pytest.raises(UserError) as refused:
            read(tmp_path)
        assert str(tmp_path / name) in str(refused.value)


def test_a_flipped_byte_never_becomes_another_run(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    traces = [rng.choice(15_625, 10, replace=False).tolist() for _ in range(4)]
    store(tmp_path, [record(s, ids=ids, rounds=list(range(10))) for s, ids in enumerate(traces)])
    whole = (tmp_path / RUNS).read_bytes()
    sound = read_runs(tmp_path)
    for position in range(0, len(whole), 5):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        (tmp_path / RUNS).write_bytes(damaged)
        try:
            runs = read_runs(tmp_path)
            identity_of(runs, tmp_path)
        except UserError:
            continue
        assert runs.equals(sound), f"byte {position} changes a run unnoticed"


def test_a_text_that_is_no_parquet_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / RUNS).write_text("seed,ids\n0,1\n")
    with pytest.raises(UserError, match="cannot be read"):
        read_runs(tmp_path)


def test_missing_executions_are_none(tmp_path: Path) -> None:
    store(tmp_path, [record(0)])
    (tmp_path / EXECUTIONS).unlink()
    assert read_executions(tmp_path).num_rows == 0
    assert StoredRuns(tmp_path, IDENTITY).finished() == {0}


def part(folder: Path, stored: Sequence[RunRecord]) -> tuple[Path, pa.Table]:
    store(folder, stored)
    return folder, read_runs(folder)


def test_folders_that_agree_are_put_together_each_seed_once(tmp_path: Path) -> None:
    one = part(tmp_path / "one", [record(0), record(2)])
    other = part(tmp_path / "other", [record(1, ids=[1, 2, 3]), record(2)])
    together = part(tmp_path / "both", [record(0), record(1, ids=[1, 2, 3]), record(2)])
    assert merge([one, other]).equals(merge([together]))
    assert merge([other, one]).equals(merge([one, other]))


def test_folders_that_agree_on_nan_agree(tmp_path: Path) -> None:
    noted = record(0, diagnostics={"loss": [math.nan, 1.0]})
    one, other = part(tmp_path / "one", [noted]), part(tmp_path / "other", [noted])
    assert merge([one, other]).num_rows == 1


def test_a_run_judged_in_one_folder_is_the_same_run(tmp_path: Path) -> None:
    noted = {"loss": [1.0]}
    plain = part(tmp_path / "one", [record(0, diagnostics=noted)])
    judged = part(
        tmp_path / "other", [record(0, diagnostics=noted | {name: [1.0] for name in NOTES})]
    )
    for parts in ([plain, judged], [judged, plain]):
        (row,) = merge(parts).to_pylist()
        assert {name for name, _ in row["diagnostics"]} == {"loss", *NOTES}
    other = part(tmp_path / "third", [record(0, diagnostics={"loss": [2.0]})])
    with pytest.raises(UserError, match="disagree"):
        merge([judged, other])


@pytest.mark.parametrize(
    "changes",
    [{"ids": [7, 3, 13]}, {"rounds": [0, 1, 1]}, {"stop_reason": "budget"}],
    ids=["ids", "rounds", "stop"],
)
def test_folders_that_disagree_are_both_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    one = part(tmp_path / "one", [record(0)])
    other = part(tmp_path / "other", [record(0, **changes)])
    with pytest.raises(UserError, match="disagree") as refused:
        merge([one, other])
    for folder in ("one", "other"):
        assert str(tmp_path / folder) in str(refused.value)
    assert "seed 0" in str(refused.value)


def test_a_new_or_empty_folder_becomes_one_of_results(tmp_path: Path) -> None:
    for folder in (tmp_path / "deep" / "new", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        open_results(folder, create=True)
        assert open_results(folder) == folder


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize(
    "marker", [None, "", "not json", "[]", "{}", '{"nasarena_schema_version": 999}', "\xff"]
)
def test_a_folder_that_is_not_one_of_results_is_one_sentence(
    tmp_path: Path, marker: str | None, create: bool
) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    if marker is not None:
        (tmp_path / MARKER).write_bytes(marker.encode("latin-1"))
    with pytest.raises(UserError) as refused:
        open_results(tmp_path, create)
    assert str(tmp_path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("below", [False, True])
def test_a_file_is_no_folder_of_results(tmp_path: Path, below: bool) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for create in (True, False):
        with pytest.raises(UserError):
            open_results(file / "below" if below else file, create)


def test_a_folder_that_does_not_exist_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        open_results(tmp_path / "missing")


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(UserError, match="another nasarena"), writing(tmp_path):
        pass
    with writing(tmp_path):
        pass


def test_every_cell_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folders = [
        cell_folder(tmp_path, protocol, benchmark, method)
        for protocol in ("p", "p[budget=1]")
        for benchmark in ("space/one", "space/two", "space")
        for method in ("m", "m[a=1,b=x]", "m[path=a/b]", "é m", "m?", "two/m")
    ]
    assert len(set(folders)) == len(folders)
    for folder in folders:
        store(folder, [record(0)])
    assert find_cells(tmp_path) == sorted(folders)


@pytest.mark.parametrize("name", ["..", ".", "../../out"])
def test_no_name_leads_out_of_the_results_folder(tmp_path: Path, name: str) -> None:
    folder = cell_folder(tmp_path, "p", "space/one", name).resolve()
    assert folder.parent == (tmp_path / "p" / "space" / "one").resolve()


def test_the_marker_is_readable_without_nasarena(tmp_path: Path) -> None:
    open_results(tmp_path / "new", create=True)
    assert json.loads((tmp_path / "new" / MARKER).read_text()) == {"nasarena_schema_version": 2}


def test_a_benchmark_may_be_called_as_the_file_is(tmp_path: Path) -> None:
    folder = cell_folder(tmp_path, "p", f"v/{RUNS}", "m")
    store(folder, [record(0)], replace(IDENTITY, benchmark=f"v/{RUNS}"))
    assert find_cells(tmp_path) == [folder]


@pytest.mark.parametrize("killed", [False, True])
def test_runs_added_to_a_large_file_wait_beside_it(
    killed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = StoredRuns(tmp_path / "whole", IDENTITY)
    for seed in range(9):
        whole.add(record(seed), execution(seed))
    whole.write()
    monkeypatch.setattr(stored_runs, "WRITTEN_WHOLE", 4)
    parts = tmp_path / "parts"
    stored = StoredRuns(parts, IDENTITY)
    stored.add(replace(record(5), stop_reason="failed", error="E: none"), execution(5))
    for seed in (8, 1, 3, 7):
        stored.add(record(seed), execution(seed))
    stored.write(last=False)
    first = (parts / "runs.parquet").read_bytes()
    for seed in (5, 0, 2):
        stored.add(record(seed), execution(seed))
        stored.write(last=False)
        assert (parts / "runs.parquet").read_bytes() == first, "not written anew"
        assert seed in read_runs(parts)["seed"].to_pylist(), "and on the disk all the same"
    assert read_executions(parts)["seed"].to_pylist() == read_runs(parts)["seed"].to_pylist()
    if killed:
        stored = StoredRuns(parts, IDENTITY)
        assert stored.finished() == {0, 1, 2, 3, 5, 7, 8}
    for seed in (4, 6):
        stored.add(record(seed), execution(seed))
    stored.write()
    names = ("executions.parquet", "runs.parquet")
    assert sorted(path.name for path in parts.iterdir()) == sorted(names)
    for name in names:
        assert (parts / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_runs_that_wait_are_not_written_again_when_there_are_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_runs, "WRITTEN_WHOLE", 3)
    stored = StoredRuns(tmp_path, IDENTITY)
    for seed in range(4):
        stored.add(record(seed), execution(seed))
    stored.write(last=False)
    stored.add(record(4), execution(4))
    stored.write(last=False)
    waiting = (tmp_path / "runs.new.parquet").stat().st_ino
    stored.write(last=False)
    assert (tmp_path / "runs.new.parquet").stat().st_ino == waiting
    stored.write()
    assert not (tmp_path / "runs.new.parquet").exists()
    assert read_runs(tmp_path)["seed"].to_pylist() == [0, 1, 2, 3, 4]
    whole = (tmp_path / "runs.parquet").stat().st_ino
    stored.write()
    assert (tmp_path / "runs.parquet").stat().st_ino == whole
