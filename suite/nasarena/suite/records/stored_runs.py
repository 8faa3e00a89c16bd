"""The stored runs of one cell: what is known of them, and how others are added."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.records.method_description import MethodDescription, write_description
from nasarena.suite.records.run_record import (
    EXECUTIONS_SCHEMA,
    NOTES,
    RUNS_SCHEMA,
    CellIdentity,
    Execution,
    RunRecord,
)
from nasarena.suite.records.store import (
    EXECUTIONS,
    NEW_EXECUTIONS,
    NEW_RUNS,
    RUNS,
    identity_of,
    read_executions,
    read_runs,
    with_new,
)

WRITTEN_WHOLE, MOST_WAITING = 5_000, 20_000
"""A file with fewer rows is written anew with each that is added. New rows of a larger one wait in
a file of their own, until they are so many or a tenth of it, at most `MOST_WAITING`: adding a run
costs the same then, however many there are."""

Ending = tuple[str, str | None]
"""How a run ended: its stop reason, and its error."""


class StoredRuns:
    """The stored runs of one cell: read, added to, written.

    Of what is on the disk only seeds and endings are kept in memory.

    `write_beside` is given the folder and all charged ids, and writes what belongs beside them.
    `check` is given the folder, the stored runs and their identity, and raises UserError for runs
    that are not to be used. `description` is of the method, and written beside runs that are added.
    """

    def __init__(
        self,
        folder: Path,
        identity: CellIdentity,
        write_beside: Callable[[Path, set[int]], None] | None = None,
        check: Callable[[Path, pa.Table, CellIdentity], None] | None = None,
        description: MethodDescription | None = None,
    ) -> None:
        self._write_beside = write_beside
        self._description = description
        self.folder = folder
        self.identity = identity
        self._endings: dict[int, Ending] = {}
        self._judged: set[int] = set()
        self._sources: set[str] = set()
        self._runs: dict[int, dict[str, Any]] = {}
        self._executions: dict[int, dict[str, Any]] = {}
        self._waiting: tuple[pa.Table, pa.Table] | None = None
        self._in_file = 0
        if (folder / RUNS).exists():
            merge_new(folder)  # what a command that was killed left
            runs = read_runs(folder)
            self._check_identity(identity_of(runs, folder))
            if check:
                check(folder, runs, identity)
            self._note(runs, read_executions(folder))
            self._in_file = runs.num_rows

    def _check_identity(self, stored: CellIdentity) -> None:
        for field, ours, theirs in zip(
            fields(stored), astuple(self.identity), astuple(stored), strict=True
        ):
            if ours != theirs:
                raise UserError(
                    f"{self.folder} holds runs with {field.name} {theirs}, the new ones would have "
                    f"{ours}; choose another --results, or remove that folder"
                )

    def _note(self, runs: pa.Table, executions: pa.Table) -> None:
        """Keep what is asked about runs."""
        kinds: dict[Ending, Ending] = {}  # one object for all that are equal
        columns = (runs[name].to_pylist() for name in ("seed", "stop_reason", "error"))
        for seed, *ending in zip(*columns, strict=True):
            reason, error = ending
            self._endings[seed] = kinds.setdefault((reason, error), (reason, error))
        if len(kinds) > 1:
            finished = pa.array(self.finished(), pa.int64())
            executions = executions.filter(pc.is_in(executions["seed"], finished))
        self._sources = {*pc.unique(executions["source_digest"]).to_pylist()}
        notes = runs["diagnostics"].combine_chunks()
        if pc.any(pc.is_in(notes.keys, pa.array(NOTES))).as_py():
            self._judged = {
                seed
                for seed, noted in zip(runs["seed"].to_pylist(), notes.to_pylist(), strict=True)
                if any(name in NOTES for name, _ in noted)
            }

    def finished(self) -> set[int]:
        """The seeds whose runs ended without failing."""
        return {seed for seed, (reason, _) in self._endings.items() if reason != "failed"}

    @property
    def has_new(self) -> bool:
        """Whether there is something to write."""
        return bool(self._runs) or self._waiting is not None

    @property
    def has_file(self) -> bool:
        """Whether runs are on the disk."""
        return self._in_file > 0

    def source_digests(self) -> set[str]:
        """The digests of the method's source with which the finished runs were made."""
        return self._sources

    def endings(self, seeds: Iterable[int]) -> list[Ending]:
        """How the stored runs of `seeds` ended: stop reason and error."""
        return [self._endings[seed] for seed in seeds if seed in self._endings]

    def judged(self, seeds: Iterable[int]) -> bool:
        """Whether a predictor was judged in any stored run of `seeds`."""
        return any(seed in self._judged for seed in seeds)

    def add(self, record: RunRecord, execution: Execution) -> None:
        """Add a run, in place of one of the same seed; `write` brings it to the disk."""
        row = asdict(self.identity) | asdict(record)
        row["error"] = None if record.error is None else _storable(record.error)
        row["diagnostics"] = [(_storable(key), list_) for key, list_ in record.diagnostics.items()]
        self._runs[record.seed] = row
        self._executions[record.seed] = asdict(execution)
        self._endings[record.seed] = (record.stop_reason, row["error"])
        if record.stop_reason != "failed":
            self._sources.add(execution.source_digest)
        self._judged.discard(record.seed)
        if any(name in NOTES for name in record.diagnostics):
            self._judged.add(record.seed)

    def write(self, last: bool = True) -> None:
        """Bring what was added to the disk; raises OSError and leaves the old files if it can't.

        The bytes depend on the runs alone, not on the order in which they were added. Unless it
        is the `last` time, those added to a large file may wait in another one, beside it.
        """
        if not self._runs and not (last and self._waiting):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        runs, executions = self._new()
        large = self._in_file + runs.num_rows >= WRITTEN_WHOLE
        most = min(max(WRITTEN_WHOLE, self._in_file // 10), MOST_WAITING)
        if large and not last and runs.num_rows < most:
            _write(self.folder / NEW_EXECUTIONS, executions)
            _write(self.folder / NEW_RUNS, runs)
            self._waiting = runs, executions
            self._runs.clear()
            self._executions.clear()
            return
        if self._in_file:
            runs = with_new(read_runs(self.folder), runs)
            executions = with_new(read_executions(self.folder), executions)
        if self._write_beside:
            self._write_beside(self.folder, set(pc.list_flatten(runs["ids"]).to_pylist()))
        self.describe()
        write_whole(self.folder, runs, executions)
        self._in_file = runs.num_rows
        self._waiting = None
        self._runs.clear()
        self._executions.clear()

    def _new(self) -> tuple[pa.Table, pa.Table]:
        """The runs and executions that are not in the large files: added now, or waiting."""
        added = _table(self._runs, RUNS_SCHEMA), _table(self._executions, EXECUTIONS_SCHEMA)
        if self._waiting is None:
            return added
        runs, executions = self._waiting
        return with_new(runs, added[0]), with_new(executions, added[1])

    def describe(self) -> None:
        """Write what the method is beside the runs, where it is known. Raises OSError."""
        if self._description is not None:
            write_description(self.folder, self._description)


def merge_new(folder: Path) -> None:
    """Put rows that wait in files of their own into those to which they belong."""
    if (folder / NEW_RUNS).exists():
        write_whole(folder, read_runs(folder), read_executions(folder))


def write_whole(folder: Path, runs: pa.Table, executions: pa.Table) -> None:
    """Write the files of a cell, of rows in seed order. Raises OSError."""
    # Executions first: a run on the disk then always has its execution there.
    _write(folder / EXECUTIONS, executions)
    _write(folder / RUNS, runs)
    for name in (NEW_RUNS, NEW_EXECUTIONS):
        (folder / name).unlink(missing_ok=True)


def _storable(text: str) -> str:
    """The text without lone surrogates, which no file can store."""
    return text.encode(errors="replace").decode()


def _table(rows: Mapping[int, dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([rows[seed] for seed in sorted(rows)], schema=schema)


def _write(path: Path, table: pa.Table) -> None:
    def write(file: BinaryIO) -> None:
        pq.write_table(
            table, file, compression="zstd", row_group_size=table.num_rows, write_page_checksum=True
        )

    write_atomically(path, write)
