"""What was measured, stored beside the run records: results are read without any cache."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.live.measurement import Measurement, Measurements
from nasarena.suite.records.parquet import read_checked
from nasarena.suite.records.run_record import SCHEMA_VERSION

MEASURED = "measured.parquet"

MEASURED_SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("architecture", pa.string(), nullable=False),
        pa.field("validation", pa.float64(), nullable=False),
        pa.field("test", pa.float64(), nullable=False),
        pa.field("validation_loss", pa.float64(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
        pa.field("parameters", pa.int64(), nullable=False),
    ],
    metadata={"nasarena_schema_version": str(SCHEMA_VERSION)},
)


def write_measured(benchmark: LiveBenchmark, folder: Path, ids: Iterable[int]) -> None:
    """Write what the cache has of the architectures that runs in a folder charged."""
    cache = benchmark.cache()
    rows = []
    for id in sorted(set(ids)):
        key = benchmark.space.key(id)
        if (measured := cache.get(key)) is not None:
            rows.append({"id": id, "architecture": key} | asdict(measured))
    table = pa.Table.from_pylist(rows, schema=MEASURED_SCHEMA)

    def write(file: BinaryIO) -> None:
        pq.write_table(table, file, compression="zstd", write_page_checksum=True)

    write_atomically(folder / MEASURED, write)


def read_measured(benchmark: LiveBenchmark, folder: Path) -> Measurements:
    """What a folder of runs holds, checked: results are untrusted input. Raises UserError."""
    path = folder / MEASURED
    table = read_checked(path, MEASURED_SCHEMA)
    if any(table[field.name].null_count for field in MEASURED_SCHEMA):
        raise _unsound(path, "a value is missing")
    measured: Measurements = {}
    for row in table.to_pylist():
        id, key = row["id"], row["architecture"]
        if not 0 <= id < benchmark.space.size or benchmark.space.key(id) != key:
            raise _unsound(path, f"architecture {id} is not the one with hash {key[:40]!r}")
        if id in measured:
            raise _unsound(path, f"architecture {id} occurs twice")
        measured[id] = Measurement(**{one.name: row[one.name] for one in fields(Measurement)})
        if complaint := measured[id].complaint():
            raise _unsound(path, f"architecture {id}: {complaint}")
    return measured


def _unsound(path: Path, complaint: str) -> UserError:
    return UserError(
        f"{path} is not a valid file of measurements: {complaint}; remove its folder and run again"
    )


def read_together(benchmark: LiveBenchmark, folders: Iterable[Path]) -> Measurements:
    """What folders of runs hold together. Raises UserError when two disagree."""
    together: Measurements = {}
    first: dict[int, Path] = {}
    for folder in folders:
        for id, measured in read_measured(benchmark, folder).items():
            if not together.setdefault(id, measured).same_as(measured):
                raise UserError(
                    f"{first[id]} and {folder} disagree about what was measured of architecture "
                    f"{id} of {benchmark.name} (trained on other processors or versions); leave "
                    "one of them out"
                )
            first.setdefault(id, folder)
    return together


def fill_cache(benchmark: LiveBenchmark, folder: Path) -> None:
    """Put what a folder of runs holds into this machine's cache, so that its runs go on from it.

    Raises UserError when the cache has another value.
    """
    if not (folder / MEASURED).exists():
        return
    cache = benchmark.cache()
    for id, measured in read_measured(benchmark, folder).items():
        key = benchmark.space.key(id)
        if not (cache.get(key) or cache.add(key, measured)).same_as(measured):
            raise UserError(
                f"{folder} and {cache.path} disagree about what was measured of architecture {id} "
                f"of {benchmark.name}; choose another --results"
            )
