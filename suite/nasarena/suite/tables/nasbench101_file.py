"""NAS-Bench-101 as its authors published it: every training run, read from the official file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench101_hash import drawing_hash
from nasarena.suite.tables.nasbench101_records import (
    EPOCHS,
    MOST_VERTICES,
    Training,
    parse,
    parse_cell,
)
from nasarena.suite.tables.table import Table
from nasarena.suite.tables.tfrecord import read_records

CELLS = 423_624
"""Different cells in the space: no file has more."""

RUNS = 3
"""Training runs of each cell at each training length."""

CHECKED, CHECKED_BEYOND = 1_000, 10
"""Hashes are computed of the first cells, and of one in so many beyond.

One takes 0.1 ms; all would add half of its time to the reading of the full file, and twice its time
to that of the smaller one. So it is a twentieth and a fifth.
"""

Progress: TypeAlias = Callable[[int, int], object]
"""Called with how many bytes of the source are read, and how many it has."""


@dataclass(frozen=True)
class Trainings:
    """All runs of one training length: shape (cells, 3), the runs in the order of the file.

    Accuracies at the end of training, in percent; `seconds` are those of training alone.
    """

    validation: Accuracies
    test: Accuracies
    train: Accuracies
    seconds: NDArray[np.float64]


@dataclass(frozen=True)
class NASBench101File:
    """What the official file says, cells in the order of their first records.

    `hashes` (cells,) are of 32 hexadecimal digits, as bytes. `adjacency` (cells, 7, 7) and
    `operations` (cells, 7) are as `parse_cell` has them, from a cell's first record. `parameters`
    (cells,) counts what is trained. `trainings` has an entry for each number of epochs there is.
    """

    source_sha256: str
    hashes: NDArray[np.bytes_]
    adjacency: NDArray[np.int8]
    operations: NDArray[np.int8]
    parameters: NDArray[np.int64]
    trainings: Mapping[int, Trainings]

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.hashes)

    def table(
        self, ids_of: Callable[["NASBench101File"], Ids], size: int, epochs: int = EPOCHS[-1]
    ) -> Table:
        """The table of one training length, its rows in the order of a space of `size`.

        `ids_of` says which architecture each cell is, shape (cells,), -1 for none: by its hash or
        by its drawing. Validation has all runs; test and seconds are the means over them.

        Raises UserError when the file lacks these epochs, or its cells are not those of the space,
        one each.
        """
        if epochs not in self.trainings:
            known = ", ".join(map(str, self.trainings))
            raise UserError(f"the file has no trainings of {epochs} epochs, only of {known}")
        ids = ids_of(self)
        if (ids < 0).any():
            unknown = self.hashes[ids < 0][0].decode()
            raise UserError(f"the file has a cell that is not in the space: {unknown}")
        cells = np.full(size, -1, dtype=np.int64)
        cells[ids] = np.arange(self.size)
        again = np.flatnonzero(cells[ids] != np.arange(self.size))
        if again.size:
            hash, other = self.hashes[again[0]].decode(), self.hashes[cells[ids[again[0]]]].decode()
            raise UserError(f"the file has one cell under two hashes: {hash} and {other}")
        if (cells < 0).any():
            raise UserError(
                f"the file has {self.size} of the {size} cells of the space; get the file again"
            )
        trainings = self.trainings[epochs]
        return Table(
            self.source_sha256,
            validation=trainings.validation[cells],
            test=trainings.test[cells].mean(axis=1),
            training_seconds=trainings.seconds[cells].mean(axis=1),
            parameters=self.parameters[cells].astype(np.float64),
        )


def read_nasbench101(path: Path, progress: Progress | None = None) -> NASBench101File:
    """What NAS-Bench-101's official file says: `nasbench_only108` or `nasbench_full`.

    Reads it once, front to back, in minutes for the larger one and well under 1 GB; nothing of an
    interrupted reading is kept. That a cell's hash is that of its drawing is checked for the first
    thousand cells, and for one in ten of the others.

    Raises UserError when it is not that file, whole and undamaged, naming the record at fault.
    """
    digest = sha256()
    done = 0

    def block_read(block: bytes) -> None:
        nonlocal done
        digest.update(block)
        done += len(block)
        if progress:
            progress(done, total)

    cells = _Cells()
    try:
        total = path.stat().st_size
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from None
    for record in read_records(path, block_read):
        try:
            cells.add(parse(record.content))
        except ValueError as error:
            raise UserError(
                f"{path} is not NAS-Bench-101's file: {record.place}: {error}; give "
                "nasbench_only108.tfrecord or nasbench_full.tfrecord as they were downloaded"
            ) from None
    short = cells.short_of_runs()
    if short:
        raise UserError(f"{path} is not the whole file: {short}; get the file again")
    return cells.file(digest.hexdigest())


def _check_hash(hash: str, adjacency: NDArray[np.int8], operations: NDArray[np.int8]) -> None:
    """Raises ValueError when a cell, as `parse_cell` has it, has another hash."""
    drawn = drawing_hash(adjacency.tolist(), operations.tolist())
    if drawn != hash:
        other = f"a cell with hash {drawn}" if drawn else "no cell"
        raise ValueError(f"its hash is {hash}, its drawing is of {other}")


class _Cells:
    """The file as far as it is read.

    The arrays are made for all cells at once: the system gives memory only to what is written to.
    """

    def __init__(self) -> None:
        runs = (len(EPOCHS), CELLS, RUNS)
        self._rows: dict[bytes, int] = {}
        self._adjacency = np.empty((CELLS, MOST_VERTICES, MOST_VERTICES), dtype=np.int8)
        self._operations = np.empty((CELLS, MOST_VERTICES), dtype=np.int8)
        self._parameters = np.empty(CELLS, dtype=np.int64)
        self._runs = np.zeros(runs[:2], dtype=np.int8)
        self._validation, self._test = np.empty(runs), np.empty(runs)
        self._train, self._seconds = np.empty(runs), np.empty(runs)

    def add(self, training: Training) -> None:
        """Notes one run. Raises ValueError when there is no place for it."""
        key = bytes.fromhex(training.hash)
        row = self._rows.get(key)
        if row is None:
            row = len(self._rows)
            if row == CELLS:
                raise ValueError(f"it is of a cell more than the {CELLS} there are")
            cell = parse_cell(training.adjacency, training.operations)
            if row < CHECKED or row % CHECKED_BEYOND == 0:
                _check_hash(training.hash, *cell)
            self._adjacency[row], self._operations[row] = cell
            self._parameters[row] = training.parameters
            self._rows[key] = row
        length = EPOCHS.index(training.epochs)
        run = self._runs[length, row]
        if run == RUNS:
            raise ValueError(f"it is a run more than the {RUNS} of cell {training.hash}")
        self._runs[length, row] = run + 1
        place = (length, row, run)
        self._validation[place] = training.validation
        self._test[place] = training.test
        self._train[place] = training.train
        self._seconds[place] = training.seconds

    def short_of_runs(self) -> str:
        """Which cell lacks runs, in words; empty when none does."""
        runs = self._runs[:, : len(self._rows)]
        lacking = np.argwhere((runs < RUNS) & (runs.max(axis=1, keepdims=True) > 0))
        if not lacking.size:
            return ""
        length, row = lacking[0].tolist()
        hash = list(self._rows)[row].hex()
        return f"cell {hash} has {runs[length, row]} of {RUNS} runs of {EPOCHS[length]} epochs"

    def file(self, source_sha256: str) -> NASBench101File:
        """All that was noted; nothing can be added any more."""
        size = len(self._rows)
        present = np.flatnonzero(self._runs[:, :size].max(axis=1)).tolist()
        hashes = np.frombuffer(b"".join(self._rows).hex().encode(), dtype="S32")
        return NASBench101File(
            source_sha256,
            hashes,
            self._adjacency[:size],
            self._operations[:size],
            self._parameters[:size],
            {
                EPOCHS[length]: Trainings(
                    100.0 * self._validation[length, :size],
                    100.0 * self._test[length, :size],
                    100.0 * self._train[length, :size],
                    self._seconds[length, :size],
                )
                for length in present
            },
        )
