"""Measurements of predictors on disk: two files, each written whole."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from io import StringIO
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, NonNegativeInt, PositiveInt, TypeAdapter, ValidationError

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError, one_line, wrong_columns
from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.names import first_error

MEASUREMENTS = "predictor-study.csv"
EXECUTIONS = "predictor-study-executions.csv"

MOST_BYTES = 200_000_000
"""Of one of the files: the published study has 5 MB."""

VERSION = 1
"""Of what is measured; counted up when the same task gives other numbers."""

Tau = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, order=True)
class Task:
    """One measurement to be made: a predictor, fitted once to so many labels.

    `given` is a predictor that is not registered, as `packed` for other processes.
    """

    benchmark: str
    predictor: str
    labels: int
    seed: int
    given: bytes | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Measurement:
    """How well a predictor fitted to `labels` architectures orders the whole space.

    `tau` is Kendall's over the whole space, `tau_top` over the true top, `precision` the share
    of the `top` best predicted that are in it; all with 6 significant digits.
    """

    benchmark: str
    predictor: str
    labels: PositiveInt
    seed: NonNegativeInt
    tau: Tau
    tau_top: Tau
    precision: Share
    top: PositiveInt
    table_sha256: str
    version: int = VERSION

    @property
    def task(self) -> Task:
        """What was measured."""
        return Task(self.benchmark, self.predictor, self.labels, self.seed)


@dataclass(frozen=True)
class Execution:
    """The circumstances of a measurement, which it must not depend on.

    `cpu_seconds` are those of making, fitting and asking the predictor; the first time in a
    process, of loading its libraries as well.
    """

    benchmark: str
    predictor: str
    labels: PositiveInt
    seed: NonNegativeInt
    cpu_seconds: Seconds
    source_digest: str
    environment: str

    @property
    def task(self) -> Task:
        """What was measured."""
        return Task(self.benchmark, self.predictor, self.labels, self.seed)


Line = TypeVar("Line", Measurement, Execution)


class StoredMeasurements:
    """The measurements in a results folder: read, added to, written whole.

    Raises UserError when a file is damaged, of another version, or of another table.
    """

    def __init__(self, results: Path) -> None:
        self.path = results / MEASUREMENTS
        self._executions_path = results / EXECUTIONS
        self.measurements = _by_task(self.path, _read(self.path, Measurement))
        self.executions = _by_task(self._executions_path, _read(self._executions_path, Execution))
        self._changed = False

    def check(self, benchmarks: Iterable[str]) -> None:
        """Raise UserError when what is there was measured otherwise or on other tables."""
        sha256 = {name: load_benchmark(name).table.sha256 for name in benchmarks}
        for found in self.measurements.values():
            if found.version != VERSION:
                raise UserError(
                    f"{self.path} was measured by version {found.version} of the study, this is "
                    f"version {VERSION}; choose another --results, or remove that file"
                )
            if found.table_sha256 != sha256.get(found.benchmark, found.table_sha256):
                raise UserError(
                    f"{self.path} was measured on another table of {found.benchmark} (sha256 "
                    f"{one_line(found.table_sha256[:12])}...) than the one installed "
                    f"({sha256[found.benchmark][:12]}...); choose another --results, or remove "
                    "that file"
                )

    def add(self, measurement: Measurement, execution: Execution) -> None:
        """Add a measurement; `write` brings it to the disk."""
        self.measurements[measurement.task] = measurement
        self.executions[execution.task] = execution
        self._changed = True

    def write(self) -> None:
        """Bring what was added to the disk; raises UserError and leaves the old files if it can't.

        The bytes of the measurements depend on these alone, not on the order of adding.
        """
        if not self._changed:
            return
        try:
            # Executions first: a measurement on the disk then always has its execution there.
            _write(self._executions_path, self.executions)
            _write(self.path, self.measurements)
        except OSError as error:
            raise UserError(
                f"finished measurements cannot be written to {self.path.parent} "
                f"({error.strerror or error}); those written before are kept: make room and give "
                "the same command again"
            ) from None
        self._changed = False


def _by_task(path: Path, lines: list[Line]) -> dict[Task, Line]:
    found = {line.task: line for line in lines}
    if len(found) < len(lines):
        raise _unsound(path, "a measurement occurs twice")
    return found


def _write(path: Path, lines: dict[Task, Measurement] | dict[Task, Execution]) -> None:
    file = StringIO()
    rows = [asdict(lines[task]) for task in sorted(lines)]
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, lambda target: target.write(file.getvalue().encode()))


def _read(path: Path, kind: type[Line]) -> list[Line]:
    """The lines of a file, checked: results are untrusted input. None where it is missing."""
    if not path.exists():
        return []
    try:
        text = read_regular(path, MOST_BYTES).decode()
        reader = csv.DictReader(StringIO(text, newline=""), strict=True)
        rows = list(reader)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unsound(path, str(error)) from None
    expected = [field.name for field in fields(kind)]
    if reader.fieldnames != expected:
        raise _unsound(path, wrong_columns(expected, reader.fieldnames or ()))
    adapter, lines = TypeAdapter(kind), []
    for number, row in enumerate(rows, start=2):
        try:
            lines.append(adapter.validate_python(row))
        except ValidationError as error:
            raise _unsound(path, f"line {number}: {first_error(error)}") from None
    return lines


def _unsound(path: Path, complaint: str) -> UserError:
    return UserError(
        f"{path} is not a valid file of measurements: {one_line(complaint)}; remove it and give "
        "the same command again"
    )
