"""The columnar copies of fetched metrics: made once, memory-mapped."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

from nasarena.suite.arrays import read_only
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.tables.arrow_columns import map_columns, write_columns
from nasarena.suite.tables.cache import cache_folder
from nasarena.suite.tables.fetched.catalogue import Entry, catalogue, named_object, read_fetched
from nasarena.suite.tables.metric import Column, Metric, Values

FORMAT = 1
"""Counted up when a reader or the file's layout changes, so that old copies are left alone."""

Reader = Callable[[str, Callable[[str], bytes]], Values]
"""Finds the metrics of a benchmark (its name) in files, which a function gives by their name."""


def fetched_metrics(benchmark: str) -> dict[str, Column]:
    """All metrics of a benchmark that were fetched, by name.

    Raises UserError when fetched files cannot be used.
    """
    return {
        column.metric.name: column
        for entry in catalogue().values()
        if benchmark in entry.metrics_of and entry.is_here
        for column in open_metrics(entry, benchmark)
    }


def open_metrics(entry: Entry, benchmark: str) -> list[Column]:
    """What an entry adds to a benchmark. Raises UserError as `open_columns`."""
    name = f"{benchmark.replace('/', '-')}-{entry.name}"
    return open_columns(name, entry, lambda: _read(entry, benchmark))


def open_columns(name: str, entry: Entry, read: Callable[[], Values]) -> list[Column]:
    """Columns that are read from an entry's files, from the copy of this name; made if need be.

    A damaged copy is made again. Raises UserError when the files are not there or are other ones,
    or the cache cannot be written.
    """
    identity = sha256("".join(file.sha256 for file in entry.files).encode()).hexdigest()
    path = cache_folder() / "fetched" / f"{name}-{FORMAT}-{identity[:16]}.arrow"
    with suppress(Exception):  # there is none yet, or it is damaged, in whatever way
        return _load(path, entry.name)
    values = read()
    try:
        _save(values, path)
    except OSError as error:
        raise UserError(
            f"the metrics of {entry.name} cannot be written to the cache folder {path.parent} "
            f"({error.strerror}); set NASARENA_CACHE to a folder that can be written"
        ) from None
    return _load(path, entry.name)


def _read(entry: Entry, benchmark: str) -> Values:
    files = {file.name: file for file in entry.files}
    read: Reader = named_object(entry.reader)
    try:
        return read(benchmark, lambda name: read_fetched(entry, files[name]))
    except UserError:
        raise
    except Exception as error:  # whatever a file of another layout leads to
        said = one_line(f"{type(error).__name__}: {error}")
        raise UserError(
            f"the files of {entry.name} cannot be read as metrics of {benchmark} ({said}); install "
            "the nasarena that they were fetched with"
        ) from error


def _save(values: Values, path: Path) -> None:
    write_columns(
        path,
        {metric.name: column for metric, column in values.items()},
        {
            "metrics": json.dumps([asdict(metric) for metric in values]),
            "sha256": _digest([*values], [*values.values()]),
        },
    )


def _load(path: Path, source: str) -> list[Column]:
    arrays, metadata = map_columns(path)
    metrics = [Metric(**stated) for stated in json.loads(metadata["metrics"])]
    values = [arrays[metric.name] for metric in metrics]
    if _digest(metrics, values) != metadata["sha256"]:
        raise ValueError(f"{path} is damaged")
    read_only(values)
    return [
        Column(metric, column, source, metadata["sha256"])
        for metric, column in zip(metrics, values, strict=True)
    ]


def _digest(metrics: list[Metric], values: list[np.ndarray]) -> str:
    """The sha256 of the contents: of what the metrics are and of their values."""
    digest = sha256()
    for metric, column in zip(metrics, values, strict=True):
        digest.update(json.dumps(asdict(metric), sort_keys=True).encode())
        digest.update(np.ascontiguousarray(column, dtype="<f8").data)
    return digest.hexdigest()
