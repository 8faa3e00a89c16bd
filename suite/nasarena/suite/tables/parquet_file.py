"""Parquet files of users, read as text like a CSV file."""

import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.tables.rows import Rows, check_header

MAGIC = b"PAR1"
"""What a Parquet file begins with."""

MOST_CELLS = 50_000_000
"""NAS-Bench-101 with all its runs has 10,000,000."""

INDEX = re.compile(r"__index_level_\d+__")
"""The names that pandas gives to an index without one: it numbers lines."""


def read_parquet(path: Path, content: bytes) -> Rows:
    """A Parquet file's content; a null or NaN is an empty cell. Raises UserError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(BytesIO(content))
        if metadata.num_rows * metadata.num_columns > MOST_CELLS:
            raise UserError(
                f"{path} has {metadata.num_rows:,} rows of {metadata.num_columns:,} columns; at "
                f"most {MOST_CELLS:,} cells are read: leave columns out"
            )
        # A thread of pyarrow's that still holds Python's bytes when Python ends aborts the command.
        with pq.ParquetFile(BytesIO(content), pre_buffer=False) as parquet:
            table = parquet.read(use_threads=False)
        columns = [_texts(column) for column in table.columns]
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise UserError(
            f"{path} cannot be read as Parquet ({one_line(str(error))}); write it again, or give "
            "it as CSV"
        ) from None
    header = [
        "" if INDEX.fullmatch(name) else one_line(name.strip()) for name in table.column_names
    ]
    check_header(str(path), header)
    rows = [list(row) for row in zip(*columns, strict=True)]
    if not rows:
        raise UserError(f"{path} has no rows; give a row for each architecture")
    places = list(range(1, len(rows) + 1))
    return Rows(path, sha256(content).hexdigest(), tuple(header), rows, places, "row")


def _texts(column: Any) -> list[str]:
    """A column's cells, numbers in the shortest text that is the same number in their type."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        return ["" if np.isnan(number) else str(number) for number in column.to_numpy()]
    return ["" if value is None else str(value).strip() for value in column.to_pylist()]
