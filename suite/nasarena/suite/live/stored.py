"""What was measured, stored beside the run records: results are read without any cache."""

import warnings
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from random import SystemRandom
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.live.evaluating import evaluated
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
    """Write what was measured of the architectures that runs in a folder charged.

    What the folder holds stays as it is; the rest is from the cache. Raises UserError when the
    cache has another value than the folder.
    """
    there = read_measured(benchmark, folder) if (folder / MEASURED).exists() else {}
    asked = sorted(set(ids))
    known = benchmark.own(asked)
    rows = []
    for id in asked:
        own = known.get(id)
        if own is not None and id in there:
            _require_same(benchmark, folder, id, there[id], own)
        if (measured := there.get(id) or own) is not None:
            rows.append({"id": id, "architecture": benchmark.space.key(id)} | asdict(measured))
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
        if complaint := measured[id].complaint(benchmark.trains):
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


SAMPLE = 3
"""Of a folder's measurements that are not this machine's own, so many are trained again."""


def check_measured(benchmark: LiveBenchmark, folder: Path) -> None:
    """Train some of a folder's measurements again, unless this machine made them.

    Those that this machine's cache holds with the same value are its own. Of the others the best
    and some at random are trained again: before any run is added to the folder, and each time.
    The cache takes only what was trained here.

    Warns of how many were trained again. Raises UserError when one measures another value.
    """
    if not (folder / MEASURED).exists():
        return
    stored = read_measured(benchmark, folder)
    known = benchmark.own(stored)
    unknown = [id for id in stored if id not in known]
    for id, own in known.items():
        _require_same(benchmark, folder, id, stored[id], own)
    if not unknown:
        return
    unknown.sort(key=lambda id: stored[id].validation, reverse=True)
    others = unknown[1:]
    # Not from a seed: whoever made the folder cannot tell which will be trained.
    sample = unknown[:1] + SystemRandom().sample(others, min(SAMPLE - 1, len(others)))
    cache = benchmark.cache()
    for id, trained in evaluated(benchmark.evaluate, sample):
        own = cache.add(benchmark.space.key(id), trained)
        _require_same(benchmark, folder, id, stored[id], own)
    warnings.warn(
        f"{len(unknown):,} of the {len(stored):,} measurements in {folder} were not made on this "
        f"machine; trained again: {len(sample)}, with the same values. New runs are not answered "
        "with the others, and train what they query",
        stacklevel=2,
    )


def _require_same(
    benchmark: LiveBenchmark, folder: Path, id: int, stored: Measurement, own: Measurement
) -> None:
    """Raises UserError where a folder's measurement is not what this machine measured."""
    if own.same_as(stored):
        return
    if not benchmark.trains:
        raise UserError(
            f"{folder / MEASURED} says that the surrogate {benchmark.name} predicts "
            f"{stored.validation:.8g} for architecture {id}; here it predicts {own.validation:.8g}:"
            " the folder was made with another version of LightGBM, or was edited. Choose another "
            "--results"
        )
    raise UserError(
        f"{folder / MEASURED} says that architecture {id} of {benchmark.name} has validation "
        f"accuracy {stored.validation:.6g} and test accuracy {stored.test:.6g}; trained on "
        f"this machine it has {own.validation:.6g} and {own.test:.6g} (or it differs in its "
        "loss or size): the folder was made on another kind of processor, by other versions, "
        "or was edited. Choose another --results; what was trained here is kept"
    )
