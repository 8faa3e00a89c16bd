"""The suite's own table: small cells of NAS-Bench-101, trained on rotated digits."""

import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from nasarena.suite.arrays import Accuracies
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.tables.arrow_columns import map_columns
from nasarena.suite.tables.cache import open_table
from nasarena.suite.tables.fidelities import Fidelities
from nasarena.suite.tables.metric import Column, Metric
from nasarena.suite.tables.proxies import SCORE, SECONDS
from nasarena.suite.tables.table import Table
from nasarena.suite.training.plan import EVERY_CELL, FRESH_SEEDS, TOP_SEEDS, VERTICES
from nasarena.suite.training.recipe import EPOCHS
from nasarena.suite.training.resolution import resolution
from nasarena.suite.training.stored_trainings import read_trainings

TRAINED = Path(__file__).parents[1] / "tables" / "trained"
SHIPPED = TRAINED / "nasbench101-5-rotated-mnist.parquet"
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

    def installed(self) -> Path:
        """Where the file is."""
        return self.path

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


RUNS = len(EVERY_CELL) + len(TOP_SEEDS)
"""Training runs in the table; those of the fresh seeds are not among them."""


def read(content: bytes, source_sha256: str) -> Table:
    """The table of a file of trainings: after the last epoch, without the fresh seeds."""
    space = NASBench101(VERTICES)
    ids = {space.key(id): id for id in range(space.size)}
    runs = RUNS
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


def read_each_epoch(content: bytes, source_sha256: str) -> Table:
    """All but the last epoch as one table, so that it is kept as tables are.

    Its validation has shape (cells, epochs - 1, training runs) with the last two axes in one.
    """
    space = NASBench101(VERTICES)
    ids = {space.key(id): id for id in range(space.size)}
    validation = np.full((space.size, EPOCHS - 1, RUNS), np.nan)
    for group, training in read_trainings(io.BytesIO(content)).items():
        if group.first_seed < RUNS:
            columns = slice(group.first_seed, group.first_seed + group.seeds)
            validation[ids[group.cell], :, columns] = training.validation[:, :-1].T
    return Table(source_sha256, validation.reshape(space.size, -1))


def accuracies_after_each_epoch(benchmark: Benchmark) -> list[Accuracies]:
    """Validation accuracies after each epoch but the last, percent: (cells, training runs) each."""
    table = open_table(f"{benchmark.name}-each-epoch", benchmark.file, read_each_epoch)
    return [*np.hsplit(table.validation, EPOCHS - 1)]


def _resolution() -> dict[str, str]:
    """How well the table tells its cells apart, also by seeds that are not of the table."""
    found = resolution(read_trainings(io.BytesIO(FILE.read())))
    if found.margin is None:
        raise ValueError("the file has no fresh seeds of the best cells")
    return {
        "two training runs of the best quarter": f"{found.seed_correlation_top_quarter:.3f} rank "
        "correlation",
        "the best two cells": f"{found.margin:.2f} points apart (standard error "
        f"{found.margin_error:.2f}) by {len(FRESH_SEEDS)} further training runs each, which had no "
        "part in choosing them",
    }


FILE = ShippedFile(
    SHIPPED, sha256="dcd241e9ed5b535f4873bcfb265d069f9f98f22c64cd7d030eb3eb782181868a"
)

SCORES = ShippedFile(
    TRAINED / "nasbench101-5-rotated-mnist-scores.arrow",
    sha256="820def2ffacfc4bc6447c05e3ab347cdd22da244c695ac69bde81d8a1cf4b2a4",
)


def scores() -> dict[str, Column]:
    """What is known of the cells before training, from a file of its own.

    Multiply-adds, and zero-cost scores that the suite computed (`training/score_cells.py`).
    """
    SCORES.read()
    columns, _ = map_columns(SCORES.path)
    found = {}
    for name, values in columns.items():
        if name.startswith(SCORE):
            metric = Metric(name, direction="max")
        else:
            metric = Metric(name, "s" if name.startswith(SECONDS) else "", "min")
        found[name] = Column(metric, values, "", SCORES.sha256)
    return found


nasbench101_5_rotated_mnist = Benchmark(
    name="nasbench101-5/rotated-mnist",
    make_space=lambda: NASBench101(VERTICES),
    file=FILE,
    read=read,
    licence="Apache-2.0",
    citation="nasarena; cells: Ying et al., NAS-Bench-101, ICML 2019, arXiv:1902.09635; digits: "
    "LeCun et al., 1998",
    further_facts=_resolution,
    beside=scores,
    fidelities=Fidelities.proportional(range(1, EPOCHS + 1), continues=True),
    read_shorter=accuracies_after_each_epoch,
)
