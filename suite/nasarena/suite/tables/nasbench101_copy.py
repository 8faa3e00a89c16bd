"""The columnar copy of NAS-Bench-101's official file: made once, opened in an instant."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.tables.nasbench101_file import (
    NASBench101File,
    Trainings,
)
from nasarena.suite.tables.nasbench101_records import EPOCHS, MOST_VERTICES

METRICS = ("validation", "test", "train", "seconds")


def save_nasbench101(file: NASBench101File, path: Path) -> None:
    """Writes the Arrow file that `parse_copy` reads: same contents, same bytes.

    One row a cell; every column is of lists of one length, `validation_108` of the three runs.
    Raises UserError when it cannot be written.
    """
    import pyarrow as pa

    columns = dict(_columns(file))
    table = pa.table(
        {
            name: pa.FixedSizeListArray.from_arrays(pa.array(column.ravel()), column.shape[1])
            for name, column in columns.items()
        },
        metadata={"source_sha256": file.source_sha256, "sha256": _digest(columns)},
    )

    def write(target: BinaryIO) -> None:
        with pa.ipc.new_file(target, table.schema) as writer:
            writer.write_table(table)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, write)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}); give a folder that can be, with 250 MB "
            "free"
        ) from None


def parse_copy(content: Any) -> NASBench101File:
    """What `save_nasbench101` wrote, from the file's bytes, without copying them.

    Raises whatever a damaged file leads to.
    """
    columns, metadata = _read(content)
    if _digest(columns) != metadata["sha256"]:
        raise ValueError("the contents are not those that were written")
    return _file(columns, metadata["source_sha256"])


def _columns(file: NASBench101File) -> Iterator[tuple[str, NDArray[Any]]]:
    """Columns by name, of shape (cells, values)."""
    yield "hash", np.frombuffer(file.hashes.tobytes(), dtype=np.uint8).reshape(-1, 32)
    yield "adjacency", file.adjacency.reshape(-1, MOST_VERTICES**2)
    yield "operations", file.operations
    yield "parameters", file.parameters[:, None]
    for epochs, trainings in sorted(file.trainings.items()):
        for metric in METRICS:
            yield f"{metric}_{epochs}", getattr(trainings, metric)


def _read(content: Any) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    import pyarrow as pa

    table = pa.ipc.open_file(content).read_all().combine_chunks()
    columns = {
        # Not `to_numpy`, which loads pandas.
        field.name: np.from_dlpack(table[field.name].chunk(0).flatten()).reshape(
            -1, field.type.list_size
        )
        for field in table.schema
    }
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    return columns, metadata


def _file(columns: dict[str, NDArray[Any]], source_sha256: str) -> NASBench101File:
    return NASBench101File(
        source_sha256,
        columns["hash"].view("S32")[:, 0],
        columns["adjacency"].reshape(-1, MOST_VERTICES, MOST_VERTICES),
        columns["operations"],
        columns["parameters"][:, 0],
        {
            epochs: Trainings(*(columns[f"{metric}_{epochs}"] for metric in METRICS))
            for epochs in EPOCHS
            if f"{METRICS[0]}_{epochs}" in columns
        },
    )


def _digest(columns: dict[str, NDArray[Any]]) -> str:
    """The sha256 of names, types and values."""
    digest = sha256()
    for name, column in columns.items():
        digest.update(f"{name}:{column.dtype.str}:{column.shape};".encode())
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()
