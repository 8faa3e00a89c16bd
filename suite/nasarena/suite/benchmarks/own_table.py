"""Users' own tables as benchmarks: a CSV file with a line for each architecture."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import Import
from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import NASBenchGraph
from nasarena.suite.tables.csv_file import CSVFile, read_csv
from nasarena.suite.tables.own_table_architectures import cells, combinations, inferred, stated
from nasarena.suite.tables.own_table_columns import Columns, completed
from nasarena.suite.tables.own_table_metrics import metrics
from nasarena.suite.tables.sources import ImportedFile
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, Table

CELLS = {"nasbench201": NASBench201, "nasbenchgraph": NASBenchGraph, "nasbench101": NASBench101}
"""The spaces whose architectures are named by a key."""


@dataclass(frozen=True)
class OwnTable:
    """What a CSV file says: one row an architecture, in the order of its space.

    `architectures` has shape (rows, decisions) for the space choices, whose `declared` decisions
    have these values; (rows,), ids of the whole space, for others, where nothing is declared.
    `columns` are what was read, and as what.
    """

    space: str
    source_sha256: str
    columns: Columns
    declared: Mapping[str, Sequence[str]]
    architectures: NDArray[np.int64]
    metrics: Mapping[str, NDArray[np.float64]]

    @cached_property
    def table(self) -> Table:
        """Its metrics."""
        values: dict[str, Any] = dict(self.metrics)
        return Table(self.source_sha256, **values)

    @cached_property
    def contents_sha256(self) -> str:
        """The sha256 of the contents: which architectures these are, and what was measured."""
        return sha256(f"{self.architectures_sha256}\0{self.table.sha256}".encode()).hexdigest()

    @cached_property
    def architectures_sha256(self) -> str:
        """The sha256 of the space, the decisions and the rows."""
        digest = sha256(json.dumps([self.space, list(self.declared.items())]).encode())
        digest.update(np.ascontiguousarray(self.architectures, dtype="<i8").data)
        return digest.hexdigest()

    @property
    def covers_its_space(self) -> bool:
        """Whether all of the space was measured (of choices there is nothing else)."""
        return self.space in CELLS and len(self.architectures) == _whole_space(self.space).size

    @property
    def settings(self) -> dict[str, Any]:
        """What the manifest of the import says of it."""
        return {
            "space": self.space,
            "decisions": {name: list(values) for name, values in self.declared.items()},
            "columns": self.columns.model_dump(mode="json", exclude={"decisions"}),
            "architectures_sha256": "" if self.covers_its_space else self.architectures_sha256,
            "contents_sha256": self.contents_sha256,
        }

    def save(self, folder: Path) -> None:
        """Put a columnar copy into a folder, beside that of another table if there is one."""
        import pyarrow as pa

        flat = self.architectures.reshape(len(self.architectures), -1).T
        names = {f"architecture_{number}": column for number, column in enumerate(flat)}
        columns = pa.table(names | self.table.columns())

        def write(file: BinaryIO) -> None:
            with pa.ipc.new_file(file, columns.schema) as writer:
                writer.write_table(columns)

        write_atomically(copy_path(folder, self.settings), write)


def read_own_table(file: Path, space: str, columns: Columns) -> OwnTable:
    """A CSV file as a table over a space, its columns as stated or as their names say.

    Raises UserError, with the line of the file, for whatever cannot be used.
    """
    table = read_csv(file)
    named = columns.decisions is not None
    columns = completed(columns, table, space)
    declared: dict[str, tuple[str, ...]] = {}
    if space == "choices":
        assert columns.decisions is not None
        if isinstance(columns.decisions, dict):
            declared = stated(columns.decisions)
        else:
            declared = inferred(table, columns.decisions, named)
        architectures = combinations(table, declared)
    else:
        assert columns.architecture is not None
        architectures = cells(table, space, columns.architecture)
    order = _checked_order(table, architectures)
    return OwnTable(
        space,
        table.sha256,
        columns,
        declared,
        architectures[order],
        {name: values[order] for name, values in metrics(table, columns).items()},
    )


def _checked_order(table: CSVFile, architectures: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows in ascending order. Raises UserError when two are one architecture."""
    if len(architectures) < 2:
        raise UserError(f"{table.path} has one architecture only; a search needs at least two")
    flat = architectures.reshape(len(architectures), -1)
    order: NDArray[np.int64] = np.lexsort(flat.T[::-1])
    twins = (flat[order][1:] == flat[order][:-1]).all(axis=1)
    if twins.any():
        # Of equal rows lexsort keeps the order of the file; the first repeat in it is named.
        second = int(order[1:][twins].min())
        first = int((flat == flat[second]).all(axis=1).argmax())
        raise table.wrong(
            second,
            f"this is the architecture of line {table.lines[first]} again; leave one of them out, "
            "or put several training runs into several validation columns of one line",
        )
    return order


def copy_path(folder: Path, settings: Mapping[str, Any]) -> Path:
    """The columnar copy: of another table it is another file, so that replacing is one step."""
    return folder / f"table-{settings['contents_sha256'][:16]}.arrow"


def benchmark(name: str, folder: Path, manifest: Import) -> Benchmark:
    """The benchmark of an imported table."""
    settings = manifest.settings
    file = ImportedFile(
        copy_path(folder, settings),
        manifest.source_sha256,
        manifest.source,
        settings["contents_sha256"],
    )

    def table(content: bytes, source_sha256: str) -> Table:
        return _loaded(content, manifest).table

    return Benchmark(
        name=name,
        make_space=lambda: _space(_loaded(file.read(), manifest)),
        file=file,
        read=table,
        licence=manifest.licence,
        citation=manifest.citation,
        architectures=settings["architectures_sha256"],
        space_name=_space_name(settings),
    )


def _space_name(settings: Mapping[str, Any]) -> str:
    """The space's name. Tables with the same declared decisions share one space of choices."""
    if settings["space"] != "choices":
        return str(settings["space"])
    declared = json.dumps(list(settings["decisions"].items())).encode()
    return f"choices {sha256(declared).hexdigest()[:16]}"


def _loaded(content: bytes, manifest: Import) -> OwnTable:
    """What `save` wrote. Raises UserError when the contents have changed since."""
    settings = manifest.settings
    with suppress(Exception):  # damaged, in whatever way
        own = _read_copy(content, manifest)
        if own.contents_sha256 == settings["contents_sha256"]:
            return own
    raise UserError(f"the imported copy of {manifest.source} is damaged; import the file again")


def _read_copy(content: bytes, manifest: Import) -> OwnTable:
    import pyarrow as pa

    stored = pa.ipc.open_file(content).read_all()
    arrays = {name: stored[name].to_numpy() for name in stored.column_names}
    settings = manifest.settings
    architectures = _numbered(arrays, "architecture_")
    metrics = {name: arrays[name] for name in OPTIONAL_COLUMNS if name in arrays}
    return OwnTable(
        settings["space"],
        manifest.source_sha256,
        Columns(**settings["columns"]),
        settings["decisions"],
        architectures if settings["space"] == "choices" else architectures[:, 0],
        metrics | {"validation": _numbered(arrays, "validation_")},
    )


def _numbered(arrays: Mapping[str, NDArray[Any]], prefix: str) -> NDArray[Any]:
    """The columns of one prefix side by side, in the order they were written."""
    return np.stack([column for name, column in arrays.items() if name.startswith(prefix)], axis=1)


def _space(own: OwnTable) -> CategoricalSpace:
    """The space of the measured architectures; the whole one when all were."""
    if own.space == "choices":
        return Choices(own.declared, own.architectures)
    whole = _whole_space(own.space)
    return whole if own.covers_its_space else MeasuredCells(whole, own.architectures)


@cache
def _whole_space(space: str) -> CategoricalSpace:
    """One for all tables: what it computes of itself is computed once."""
    made: CategoricalSpace = CELLS[space]()
    return made
