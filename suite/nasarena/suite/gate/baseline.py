"""The baseline: one file of outcomes, small enough for git."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nasarena.suite.errors import UserError, listed
from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.gate.outcomes import TRACE_BYTES, Outcomes
from nasarena.suite.records.parquet import read_checked
from nasarena.suite.records.run_record import IDENTITY_FIELDS, CellIdentity

PLAIN, WITH_RULES = "1", "2"
"""Versions of the schema. The second adds the rules that most protocols leave as they are:
baselines without such rules are written in the first, so that files in git stay what they are."""

FILE = "baseline.parquet"
"""The file in a baseline's folder."""

MOST_BYTES = 100_000_000
"""Of a file: a baseline of 5 methods, 12 benchmarks and 100 seeds has some 100 kB."""

_ADDED = ("fidelities", "limit")

_SCHEMA = pa.schema(
    [
        *IDENTITY_FIELDS,
        pa.field("source_digest", pa.string(), nullable=False),
        pa.field("environment", pa.string(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("samples", pa.int32()),
        pa.field("area", pa.float64(), nullable=False),
        pa.field("queries", pa.int32(), nullable=False),
        pa.field("cpu_seconds", pa.float32(), nullable=False),
        pa.field("trace", pa.binary(TRACE_BYTES), nullable=False),
    ]
)

SCHEMAS = {
    PLAIN: pa.schema([field for field in _SCHEMA if field.name not in _ADDED]),
    WITH_RULES: _SCHEMA,
}
"""A row for each run, sorted by method, benchmark and seed; no samples: not found."""


def write_baseline(folder: Path, outcomes: Iterable[Outcomes]) -> Path:
    """Write a baseline of these outcomes, without failed runs; returns its file.

    Raises UserError where the folder cannot be written to.
    """
    cells = sorted(outcomes, key=lambda one: one.key)
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_outcomes(path, cells)
    except OSError as error:
        raise UserError(
            f"the baseline {path} cannot be written ({error.strerror}); choose another --baseline"
        ) from None
    return path


def add_to_baseline(folder: Path, outcomes: Sequence[Outcomes]) -> int:
    """Store outcomes in a baseline in place of what it has of the same cells, or as a new one.

    Returns how many other cells stay in it. Raises UserError.
    """
    written = {one.key for one in outcomes}
    kept = read_baseline(folder) if (folder / FILE).exists() else []
    others = [one for one in kept if one.key not in written]
    write_baseline(folder, [*outcomes, *others])
    return len(others)


def write_outcomes(path: Path, cells: Sequence[Outcomes], **notes: str) -> None:
    """Write a file of outcomes, whole or not at all; `notes` go into its metadata."""
    version = _version(cells)
    columns = _columns(cells)
    metadata = {
        "nasarena_baseline_version": version,
        "content_sha256": _content(columns),
        **notes,
    }
    table = pa.table(columns, schema=SCHEMAS[version].with_metadata(metadata))

    def write(file: BinaryIO) -> None:
        pq.write_table(table, file, compression="zstd", write_page_checksum=True)

    write_atomically(path, write)


def checksum(cells: Sequence[Outcomes]) -> str:
    """Of all values, as files keep them: the same before they are written and after."""
    return _content(_columns(cells))


def read_baseline(folder: Path) -> list[Outcomes]:
    """The outcomes in a baseline's folder, by method and benchmark. Raises UserError."""
    path = folder / FILE
    if not path.exists():
        if folder.exists() and not folder.is_dir():
            raise UserError(
                f"{folder} is a file; give the folder of a baseline, which {FILE} lies in"
            )
        what = "has no" if folder.is_dir() else "does not exist, and so has no"
        raise UserError(
            f"{folder} {what} {FILE}; write the baseline first: nasarena gate --update "
            f"--baseline {folder} --methods ... --benchmarks ..."
        )
    cells, _ = read_outcomes(path)
    return cells


_AGAIN = "delete it and write it again with nasarena gate --update"


def read_outcomes(path: Path, again: str = _AGAIN) -> tuple[list[Outcomes], dict[str, str]]:
    """The outcomes in a file, by method and benchmark, and its notes.

    `again` says how the file is written anew. Raises UserError when it is of another schema
    version, damaged or edited.
    """
    restore = f"restore it from git, or {again}"
    try:
        # Read once: another process may replace the file meanwhile, metadata and values.
        content = read_regular(path, MOST_BYTES, follow_links=True)
        metadata = {
            key.decode(): value.decode()
            for key, value in (pq.read_schema(BytesIO(content)).metadata or {}).items()
        }
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} cannot be read ({str(error).splitlines()[0]}); {restore}"
        ) from None
    version = metadata.pop("nasarena_baseline_version", None)
    if version not in SCHEMAS:
        raise UserError(
            f"{path} has schema version {version or 'none'}, this nasarena reads "
            f"{listed(SCHEMAS)}; {again}, or use the nasarena that wrote it"
        )
    table = read_checked(path, SCHEMAS[version], again, content)
    columns = table.to_pydict()
    if metadata.pop("content_sha256", None) != _content(columns):
        raise UserError(f"{path} was edited: its contents do not match its checksum; {restore}")
    metadata.pop("ARROW:schema", None)
    return _cells(columns), metadata


def _columns(cells: Sequence[Outcomes]) -> dict[str, list[Any]]:
    rows = [row for one in cells for row in _rows(one)]
    return {name: [row[name] for row in rows] for name in SCHEMAS[_version(cells)].names}


def _version(cells: Sequence[Outcomes]) -> str:
    plain = all(one.identity.fidelities == "full" and not one.identity.limit for one in cells)
    return PLAIN if plain else WITH_RULES


def _rows(one: Outcomes) -> Iterable[dict[str, Any]]:
    identity = asdict(one.identity)
    for place, seed in enumerate(one.seeds.tolist()):
        samples = float(one.samples[place])
        seconds = float(one.cpu_seconds[place])
        yield identity | {
            "source_digest": one.sources[place],
            "environment": one.environments[place],
            "seed": seed,
            "samples": int(samples) if np.isfinite(samples) else None,
            "area": float(f"{one.areas[place]:.9g}"),
            "queries": int(one.queries[place]),
            # Times differ from machine to machine: three digits say all that they can.
            "cpu_seconds": float(np.float32(f"{seconds:.3g}")),
            "trace": one.traces[place],
        }


def _cells(columns: Mapping[str, list[Any]]) -> list[Outcomes]:
    places: dict[tuple[Any, ...], list[int]] = {}
    names = [field.name for field in IDENTITY_FIELDS if field.name in columns]
    for place, identity in enumerate(zip(*(columns[name] for name in names), strict=True)):
        places.setdefault(identity, []).append(place)

    def values(name: str, rows: Sequence[int]) -> list[Any]:
        return [columns[name][row] for row in rows]

    cells = [
        Outcomes(
            identity=CellIdentity(*identity),
            seeds=np.array(values("seed", rows), dtype=np.int64),
            samples=np.array(
                [np.inf if one is None else one for one in values("samples", rows)], dtype=float
            ),
            areas=np.array(values("area", rows), dtype=float),
            queries=np.array(values("queries", rows), dtype=np.int64),
            failed=np.zeros(len(rows), dtype=bool),
            cpu_seconds=np.array(values("cpu_seconds", rows), dtype=float),
            traces=values("trace", rows),
            sources=values("source_digest", rows),
            environments=values("environment", rows),
        )
        for identity, rows in places.items()
    ]
    return sorted(cells, key=lambda one: one.key)


def _content(columns: Mapping[str, list[Any]]) -> str:
    """The checksum of all values."""
    hashed = sha256()
    for name, values in columns.items():
        hashed.update(repr((name, values)).encode())
    return hashed.hexdigest()
