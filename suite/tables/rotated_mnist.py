"""The suite's own table: small cells of NAS-Bench-101, trained on rotated digits."""

import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from suite.errors import UserError
from suite.spaces.nasbench101 import NASBench101
from suite.tables.table import Table
from suite.training.plan import EVERY_CELL, TOP_SEEDS, VERTICES
from suite.training.stored_trainings import read_trainings

SHIPPED = Path(__file__).parent / "trained" / "nasbench101-5-rotated-mnist.parquet"
"""The file that `nasarena train-table` made."""


@dataclass(frozen=True)
class ShippedFile:
    """A data file of nasarena itself, pinned by its contents."""

    path: Path
    sha256: str

    @property
    def source(self) -> str:
        """Where the file comes from, in words."""
        return f"nasarena itself, {self.path.name} (nasarena train-table)"

    @property
    def identity(self) -> str:
        """The file's sha256."""
        return self.sha256

    def read(self) -> bytes:
        """The file's bytes. Raises UserError when they are not those that were shipped."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise UserError(
                f"{self.path} cannot be read ({error.strerror}); install nasarena again"
            ) from None
        if sha256(content).hexdigest() != self.sha256:
            raise UserError(f"{self.path} is not the file that was shipped; install nasarena again")
        return content


def read(content: bytes, source_sha256: str) -> Table:
    """The table of a file of trainings: after the last epoch, without the fresh seeds."""
    space = NASBench101(VERTICES)
    ids = {space.key(id): id for id in range(space.size)}
    runs = len(EVERY_CELL) + len(TOP_SEEDS)
    validation, test, seconds = (np.full((space.size, runs), np.nan) for _ in range(3))
    parameters = np.full(space.size, np.nan)
    for group, training in read_trainings(io.BytesIO(content)).items():
        if group.first_seed >= runs:
            continue
        row, columns = ids[group.cell], slice(group.first_seed, group.first_seed + group.seeds)
        validation[row, columns] = training.validation[:, -1]
        test[row, columns] = training.test[:, -1]
        seconds[row, columns] = training.seconds
        parameters[row] = training.parameters
    return Table(
        source_sha256,
        validation=validation,
        test=np.nanmean(test, axis=1),
        training_seconds=np.nanmean(seconds, axis=1),
        parameters=parameters,
    )
