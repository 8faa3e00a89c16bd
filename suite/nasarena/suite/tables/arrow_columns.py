"""Arrow files of numbers, column by column: written whole, read without a copy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.files import write_atomically


def write_columns(
    path: Path, columns: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write a file, and its folder where there is none. Raises OSError."""
    import pyarrow as pa

    table = pa.table(dict(columns)).replace_schema_metadata(dict(metadata))

    def write(file: BinaryIO) -> None:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)


def map_columns(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The columns of a file, memory-mapped and read-only, and its metadata."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as mapped:
        table = pa.ipc.open_file(mapped).read_all()
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    return arrays_of(table), metadata


def arrays_of(table: Any) -> dict[str, NDArray[Any]]:
    """The columns of an Arrow table by name; none may have missing values.

    Arrow's own `to_numpy` loads pandas: half a second in each process that opens a table.
    """
    table = table.combine_chunks()
    return {name: np.from_dlpack(table[name].chunk(0)) for name in table.column_names}
