"""The columnar copies of the sources: made once, memory-mapped, shared by all processes."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from nasarena.suite.errors import UserError
from nasarena.suite.tables.arrow_columns import map_columns, write_columns
from nasarena.suite.tables.sources import Source
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, Table

FORMAT = 1
"""Counted up when a reader or the file's layout changes, so that old copies are left alone."""


def cache_folder() -> Path:
    """`NASARENA_CACHE`, or the platform's folder for caches."""
    return Path(os.environ.get("NASARENA_CACHE") or user_cache_path("nasarena", appauthor=False))


def open_table(name: str, file: Source, read: Callable[[bytes, str], Table]) -> Table:
    """The table of a benchmark, from its columnar copy; converted from the source if need be.

    A copy that is damaged (its contents do not have the sha256 noted in it) is made again.
    Raises UserError when the source is not installed or the cache cannot be written.
    """
    path = cache_folder() / f"{name.replace('/', '-')}-{FORMAT}-{file.identity[:16]}.arrow"
    with suppress(Exception):  # there is none yet, or it is damaged, in whatever way
        return _load(path)
    table = read(file.read(), file.sha256)
    try:
        _save(table, path)
    except OSError as error:
        raise UserError(
            f"the table of {name} cannot be written to the cache folder {path.parent} "
            f"({error.strerror}); set NASARENA_CACHE to a folder that can be written"
        ) from None
    return _load(path)


def _save(table: Table, path: Path) -> None:
    write_columns(
        path, table.columns(), {"source_sha256": table.source_sha256, "sha256": table.sha256}
    )


def _load(path: Path) -> Table:
    arrays, metadata = map_columns(path)
    validation = [column for name, column in arrays.items() if name.startswith("validation_")]
    optional: dict[str, Any] = {name: arrays.get(name) for name in OPTIONAL_COLUMNS}
    table = Table(metadata["source_sha256"], np.stack(validation, axis=1), **optional)
    if table.sha256 != metadata["sha256"]:
        raise ValueError(f"{path} is damaged")
    return table
