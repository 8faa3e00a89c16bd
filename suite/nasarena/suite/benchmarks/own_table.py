"""Users' own tables as benchmarks: a CSV or Parquet file of architectures."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import Import
from nasarena.suite.errors import UserError
from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import NASBenchGraph
from nasarena.suite.tables.arrow_columns import arrays_of
from nasarena.suite.tables.csv_file import read_csv
from nasarena.suite.tables.objective import ACCURACY, Objective
from nasarena.suite.tables.own_table_architectures import cells, combinations, inferred, stated
from nasarena.suite.tables.own_table_columns import Columns, completed, words
from nasarena.suite.tables.own_table_decisions import check_decisions
from nasarena.suite.tables.own_table_metrics import metrics
from nasarena.suite.tables.own_table_numbers import lenient_numbers, number, same_order
from nasarena.suite.tables.own_table_report import column_sentences
from nasarena.suite.tables.parquet_file import MAGIC, read_parquet
from nasarena.suite.tables.rows import Rows
from nasarena.suite.tables.sources import ImportedFile
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, Table
from nasarena.suite.workers.limited import OverLimit, limited_process

CELLS = {"nasbench201": NASBench201, "nasbenchgraph": NASBenchGraph, "nasbench101": NASBench101}
"""The spaces whose architectures are named by a key."""

MOST_BYTES = 500_000_000
"""Of a user's file: NAS-Bench-101 as CSV, with all runs, has 150 MB."""

MEMORY, SECONDS = 2_000_000_000, 120.0
"""What the process that reads a Parquet file may take: 60 kB of one can hold 10 GB."""


@dataclass(frozen=True)
class OwnTable:
    """What a file says: one row an architecture, in the order of its space.

    `architectures` has shape (rows, decisions) for the space choices, whose `declared` decisions
    have these values; (rows,), ids of the whole space, for others, where nothing is declared.
    `columns` are what was read, and as what; `understood` says it in words, a line for each;
    `bare_digits`: cells of nasbench201 are named by digits alone, in whatever order these mean.
    """

    space: str
    source_sha256: str
    columns: Columns
    declared: Mapping[str, Sequence[str]]
    architectures: NDArray[np.int64]
    metrics: Mapping[str, NDArray[np.float64]]
    understood: tuple[str, ...] = ()
    bare_digits: bool = False

    @property
    def objective(self) -> Objective:
        """What its labels are."""
        return self.columns.measured

    @property
    def whole_size(self) -> int:
        """Architectures of the whole space, measured or not; of choices all are measured."""
        if self.space == "choices":
            return len(self.architectures)
        return _whole_space(self.space).size

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
        return self.space in CELLS and len(self.architectures) == self.whole_size

    @property
    def settings(self) -> dict[str, Any]:
        """What the manifest of the import says of it."""
        return {
            "space": self.space,
            "decisions": {name: list(values) for name, values in self.declared.items()},
            "columns": self.columns.model_dump(mode="json", exclude={"decisions"}),
            "architectures_sha256": "" if self.covers_its_space else self.architectures_sha256,
            "contents_sha256": self.contents_sha256,
            "objective": asdict(self.objective),
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
    """A CSV or Parquet file as a table over a space, its columns as stated or as names say.

    Lines of one architecture are its training runs where a column says so. Raises UserError, with
    the line of the file, for whatever cannot be used.
    """
    table = _read_rows(file)
    named, runs_named = columns.decisions is not None, columns.runs is not None
    columns = completed(columns, table, space)
    assert columns.validation is not None
    declared: dict[str, tuple[str, ...]] = {}
    bare_digits = False
    if space == "choices":
        assert columns.decisions is not None
        if isinstance(columns.decisions, dict):
            declared = stated(columns.decisions)
        else:
            if not named:
                check_decisions(table, columns.decisions, columns.validation)
            declared = inferred(table, columns.decisions, named)
        architectures = combinations(table, declared)
    else:
        assert columns.architecture is not None
        architectures = cells(table, space, columns.architecture)
        names = table.column(columns.architecture[0])
        bare_digits = space == "nasbench201" and any(re.fullmatch(r"\d+", name) for name in names)
    rows, starts = _in_order(table, architectures, columns)
    if columns.runs is not None and not runs_named:
        _check_runs(table, columns, architectures)
    return OwnTable(
        space,
        table.sha256,
        columns,
        declared,
        architectures[rows][starts],
        {name: _gathered(values[rows], starts) for name, values in metrics(table, columns).items()},
        column_sentences(table, columns, declared),
        bare_digits,
    )


def _read_rows(file: Path) -> Rows:
    try:
        content = read_regular(file, MOST_BYTES, follow_links=True)
    except OSError as error:
        raise UserError(
            f"{file} cannot be read ({error.strerror}); give a CSV or Parquet file"
        ) from None
    if not content.startswith(MAGIC):
        return read_csv(file, content)
    try:
        with limited_process(MEMORY, SECONDS) as call:
            rows: Rows = call(read_parquet, file, content)
            return rows
    except OverLimit as error:
        raise UserError(f"{file} {error}; give a smaller table, or CSV") from None


def _in_order(
    table: Rows, architectures: NDArray[np.int64], columns: Columns
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows by architecture, in ascending order, and by training run; where each one starts.

    Raises UserError when two rows are one architecture, or one training run of it.
    """
    flat = architectures.reshape(len(architectures), -1)
    runs = np.zeros((len(flat), 0), dtype=np.int64)
    if columns.runs is not None:
        runs = np.stack([_codes(table.column(name)) for name in columns.runs], axis=1)
    rows = np.hstack([flat, runs])
    order: NDArray[np.int64] = np.lexsort(rows.T[::-1])
    twins = (rows[order][1:] == rows[order][:-1]).all(axis=1)
    if twins.any():
        # Of equal rows lexsort keeps the order of the file; the first repeat in it is named.
        second = int(order[1:][twins].min())
        first = table.places[int((rows == rows[second]).all(axis=1).argmax())]
        if columns.runs is None:
            raise table.wrong(
                second,
                f"this is the architecture of {table.place} {first} again; leave one of them out, "
                "or name the column that says which training run it is with --runs",
            )
        raise table.wrong(
            second,
            f"this is the architecture of {table.place} {first} again, with the same "
            f"{', '.join(columns.runs)}; leave one of them out",
        )
    new = np.ones(len(order), dtype=bool)
    new[1:] = (flat[order][1:] != flat[order][:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    if starts.size < 2:
        raise UserError(f"{table.path} has one architecture only; a search needs at least two")
    return order, starts


def _check_runs(table: Rows, columns: Columns, architectures: NDArray[np.int64]) -> None:
    """Raises UserError when a column that may count repeated layers decides the label."""
    assert columns.runs is not None
    assert columns.validation is not None
    (name, *others) = columns.runs
    if others or re.match(RUN_FOR_SURE, words(name)):
        return
    flat = architectures.reshape(len(architectures), -1)
    _, architecture = np.unique(flat, axis=0, return_inverse=True)
    runs = _codes(table.column(name))
    values = np.full((int(architecture.max()) + 1, int(runs.max()) + 1), np.nan)
    values[architecture.ravel(), runs] = lenient_numbers(table.column(columns.validation[0]))
    if same_order(values):
        raise UserError(
            f"column '{name}' of {table.path} moves {columns.validation[0]} in the same way in all "
            f"architectures, as a decision does; if it says which training run a line is, give "
            f"--runs {name}, else name the decisions with --decisions"
        )


RUN_FOR_SURE = r".*\b(seed|fold)\b"
"""Names of columns that can be nothing but a training run; folds can differ alike."""


def _codes(cells: list[str]) -> NDArray[np.int64]:
    """Numbers for texts, in the order of the numbers they are, others after these by alphabet."""
    values = sorted(
        set(cells), key=lambda cell: (np.inf if (n := number(cell)) is None else n, cell)
    )
    place = {value: position for position, value in enumerate(values)}
    return np.array([place[cell] for cell in cells])


def _gathered(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """A row for each architecture: of several lines all training runs, of other metrics the mean.

    Shape (lines, runs) becomes (architectures, most runs), NaN after the last; (lines,) becomes
    (architectures,).
    """
    lines = np.diff(np.append(starts, len(values)))
    if values.ndim == 1:
        means: NDArray[np.float64] = np.add.reduceat(values, starts) / lines
        return means
    if lines.max() == 1:
        return values
    made = ~np.isnan(values)
    runs = np.add.reduceat(made.sum(axis=1), starts)
    gathered = np.full((starts.size, int(runs.max())), np.nan)
    gathered[np.arange(gathered.shape[1]) < runs[:, None]] = values[made]
    return gathered


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
        objective=objective_of(settings),
    )


def objective_of(settings: Mapping[str, Any]) -> Objective:
    """What the labels of an import are; those of before there were others are accuracies."""
    return Objective(**settings["objective"]) if "objective" in settings else ACCURACY


def is_same(one: Import, other: Import) -> bool:
    """Whether two imports of tables are of the same file, architectures, labels and texts.

    The file may have another name, and columns be named by flags that were found before.
    """
    same = ("source_sha256", "benchmarks", "licence", "citation")
    return (
        all(getattr(one, name) == getattr(other, name) for name in same)
        and one.settings["contents_sha256"] == other.settings["contents_sha256"]
        and objective_of(one.settings) == objective_of(other.settings)
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

    arrays = arrays_of(pa.ipc.open_file(content).read_all())
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
