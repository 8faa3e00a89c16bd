"""The file of finished trainings: one row a cell and seed, in which a table's values are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from nasarena.suite.arrays import Accuracies
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.training.recipe import RECIPE, TEST, VALIDATION
from nasarena.suite.training.train_cell import Trainings

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MOST_BYTES, MOST_VALUES = 100_000_000, 10_000_000
"""Of a file, and of one of its columns: the published one has 2 MB, and 300,000 accuracies."""


@dataclass(frozen=True, order=True)
class Group:
    """The seeds of a cell that are trained together; the cell by its official hash."""

    cell: str
    first_seed: int
    seeds: int

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.first_seed, self.first_seed + self.seeds)


def load_trainings(path: Path) -> dict[Group, Trainings]:
    """The trainings in a file; none where there is no file.

    Raises UserError when it is damaged or holds trainings of another recipe.
    """
    if not path.exists():
        return {}
    try:
        return read_trainings(BytesIO(read_regular(path, MOST_BYTES, follow_links=True)))
    except OtherRecipe as error:
        said = str(error)
    except Exception as error:  # damaged, in whatever way
        said = f"is not a file of trainings ({one_line(str(error))})"
    raise UserError(f"{path} {said}; choose another --out")


class OtherRecipe(ValueError):
    """The file's trainings are of another recipe than this version's."""


def read_trainings(file: Path | BinaryIO) -> dict[Group, Trainings]:
    """The trainings in a file. Raises OtherRecipe, or whatever a damaged file leads to."""
    import pyarrow.parquet as pq

    # Opened once: `read_table` opens a path twice, and a file replaced in between looks damaged.
    with pq.ParquetFile(file, pre_buffer=False) as parquet:
        _check_declared(parquet.metadata)
        table = parquet.read(use_threads=False)
    recipe = int((table.schema.metadata or {})[b"recipe"])
    if recipe != RECIPE:
        raise OtherRecipe(
            f"holds trainings of recipe {recipe}, this nasarena trains by recipe {RECIPE}"
        )
    return _groups(table.to_pydict())


def _check_declared(metadata: "pq.FileMetaData") -> None:
    """Raises ValueError for more values than there can be trainings."""
    for group in range(metadata.num_row_groups):
        columns = metadata.row_group(group)
        for place in range(columns.num_columns):
            if columns.column(place).num_values > MOST_VALUES:
                raise ValueError(f"a column has more than {MOST_VALUES:,} values")


def save_trainings(trainings: Mapping[Group, Trainings], path: Path) -> None:
    """Writes a file of trainings, whole or not at all: same trainings, same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = list(_rows(trainings))
    schema = pa.schema(
        {
            "cell": pa.string(),
            "first_seed": pa.int16(),
            "seed": pa.int16(),
            "validation": pa.list_(pa.int16()),
            "test": pa.list_(pa.int16()),
            "validation_loss": pa.list_(pa.float32()),
            "seconds": pa.float32(),
            "parameters": pa.int32(),
            "multiply_adds": pa.int32(),
        },
        metadata={"recipe": str(RECIPE)},
    )
    table = pa.Table.from_pylist(rows, schema=schema)

    def write(file: BinaryIO) -> None:
        pq.write_table(table, file, compression="zstd", compression_level=19)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)


def _rows(trainings: Mapping[Group, Trainings]) -> Iterable[dict[str, object]]:
    """A row a seed; accuracies as numbers of images that are right."""
    for group in sorted(trainings):
        training = trainings[group]
        for row, seed in enumerate(group.range):
            yield {
                "cell": group.cell,
                "first_seed": group.first_seed,
                "seed": seed,
                "validation": _right(training.validation[row], VALIDATION),
                "test": _right(training.test[row], TEST),
                "validation_loss": training.validation_loss[row].tolist(),
                "seconds": training.seconds,
                "parameters": training.parameters,
                "multiply_adds": training.multiply_adds,
            }


def _right(accuracies: Accuracies, images: int) -> list[int]:
    right: list[int] = np.rint(accuracies / 100.0 * images).astype(int).tolist()
    return right


def _groups(columns: Mapping[str, list[object]]) -> dict[Group, Trainings]:
    """What `_rows` made rows of."""
    keys = list(zip(columns["cell"], columns["first_seed"], strict=True))
    starts = [i for i, key in enumerate(keys) if i == 0 or key != keys[i - 1]]
    groups = {}
    for start, end in pairwise([*starts, len(keys)]):
        rows = slice(start, end)
        cell, first_seed = keys[start]
        groups[Group(str(cell), int(str(first_seed)), end - start)] = Trainings(
            validation=np.array(columns["validation"][rows], dtype=float) * 100.0 / VALIDATION,
            test=np.array(columns["test"][rows], dtype=float) * 100.0 / TEST,
            validation_loss=np.array(columns["validation_loss"][rows], dtype=float),
            seconds=float(str(columns["seconds"][start])),
            parameters=int(str(columns["parameters"][start])),
            multiply_adds=int(str(columns["multiply_adds"][start])),
        )
    return groups
