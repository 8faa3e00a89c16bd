"""Rows of the samples-to-optimum table that were made before, so that they are not made again.

They are kept in the user's cache folder, a file for each results folder, and not beside the
records: a results folder can be anybody's, and rows in it could say what its records do not. A row
is used only where nothing that it depends on changed: the sha256 of each of the cell's files, the
benchmark's table, fetched tests, objective and isomorphism classes, what an audit said, and the
source of nasarena and its libraries. A file that is damaged, or of another version, is made anew;
of two processes that write at once one wins, and what the other knew is made again the next time.
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.verdicts import verdict_on
from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.records.store import RUNS
from nasarena.suite.statistics.summary import Row
from nasarena.suite.tables.cache import cache_folder

MOST_BYTES = 1 << 28
"""Of a file of rows; one takes 1.5 kB."""

LEAST_BYTES = 20_000
"""Files of runs with fewer bytes are read as fast as their rows would be found."""

MOST_AGE_SECONDS = 90 * 24 * 3600
"""Files that were not written for so long are removed when another one is written."""


@dataclass(frozen=True)
class KeptRow:
    """The row of a cell, and what it was made of.

    `files` are the sha256 of the cell's files, by name; `searched` is the `fingerprint` of the
    benchmark.
    """

    files: dict[str, str]
    searched: str
    identity: CellIdentity
    row: Row


_ADAPTER = TypeAdapter(dict[str, KeptRow])


class KeptRows:
    """The kept rows of the cells of a results folder."""

    def __init__(self, results: Path) -> None:
        self._results = results
        name = sha256(str(results.resolve()).encode(errors="surrogateescape")).hexdigest()[:32]
        self._path = cache_folder() / "rows" / f"{name}.json"
        self._rows = _read(self._path)
        self._changed = False

    def find(self, folder: Path, files: Mapping[str, str]) -> KeptRow | None:
        """The row of a cell whose files have these sha256; None where none is kept."""
        kept = self._rows.get(self._name(folder))
        if kept is None or kept.files != files:
            return None
        return kept if kept.row.verdict == verdict_on(folder, files).mark else None

    def keep(self, folder: Path, row: KeptRow) -> None:
        """Keep the row of a cell, in place of what was kept of it; `write` stores it."""
        if (folder / RUNS).stat().st_size >= LEAST_BYTES:
            self._rows[self._name(folder)] = row
            self._changed = True

    def write(self) -> None:
        """Store what was kept; nothing happens where the cache folder cannot be written."""
        if not self._changed:
            return
        rows = {name: asdict(row) for name, row in self._rows.items()}
        content = json.dumps(rows).encode()
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, lambda file: file.write(_seal(content) + content))
            _remove_old(self._path.parent)

    def _name(self, folder: Path) -> str:
        return folder.relative_to(self._results).as_posix()


def fingerprint(identity: CellIdentity) -> str:
    """The sha256 of all that a row depends on of a cell's benchmark."""
    benchmark = load_benchmark(identity.benchmark, identity.limit)
    return _fingerprint(benchmark, identity.duplicates, benchmark.fetched_test_sha256)


@lru_cache(maxsize=64)
def _fingerprint(benchmark: Benchmark, duplicates: str, test: str) -> str:
    table = benchmark.table
    digest = sha256(f"{table.sha256} {benchmark.objective!r} {duplicates} {test} ".encode())
    if duplicates == "by_isomorphism":
        classes = benchmark.space.classes(np.arange(table.size))
        digest.update(np.ascontiguousarray(classes, dtype="<i8").data)
    return digest.hexdigest()


def _read(path: Path) -> dict[str, KeptRow]:
    try:
        content = read_regular(path, MOST_BYTES)
        seal, rows = content[: len(_seal(b""))], content[len(_seal(b"")) :]
        return _ADAPTER.validate_json(rows) if seal == _seal(rows) else {}
    except (OSError, ValueError, RecursionError):  # there is none, or it is damaged
        return {}


def _seal(content: bytes) -> bytes:
    """What stands before the rows: their sha256 together with that of the code that made them."""
    return sha256(_code().encode() + content).hexdigest().encode() + b"\n"


@cache
def _code() -> str:
    """The sha256 of the source of the suite, and of the versions of what it computes with."""
    digest = sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)} ".encode() + content)
    for library in ("numpy", "scipy", "pyarrow"):
        digest.update(f"{library} {version(library)} ".encode())
    return digest.hexdigest()


def _remove_old(folder: Path) -> None:
    for path in folder.glob("*.json"):
        if time.time() - path.stat().st_mtime > MOST_AGE_SECONDS:
            path.unlink(missing_ok=True)
