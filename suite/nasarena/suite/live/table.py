"""A table of what was trained so far: it grows, and its optimum is not known."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies
from nasarena.suite.live.measurement import Measurements, column
from nasarena.suite.tables.table import Table


@dataclass(frozen=True)
class LiveTable(Table):
    """NaN for what nobody trained; `best_validation` is the best known, NaN when there is none."""

    @property
    def optimum_known(self) -> bool:
        """False: not all architectures were trained."""
        return False

    @cached_property
    def mean_validation(self) -> Accuracies:
        """The one measured value of each architecture."""
        return self.validation[:, 0]

    @cached_property
    def optimum(self) -> NDArray[np.int64]:
        """Empty: the optimum is not known."""
        return np.zeros(0, dtype=np.int64)

    @cached_property
    def best_validation(self) -> float:
        """The best known validation accuracy, percent."""
        known = self.mean_validation[~np.isnan(self.mean_validation)]
        return float(known.max()) if known.size else float("nan")


@dataclass(frozen=True)
class OpenTable(LiveTable):
    """The table of an open space of which nothing is known yet: no rows, but its size."""

    whole: int = field(default=0, kw_only=True)

    @property
    def size(self) -> int:
        """Number of architectures."""
        return self.whole


def open_table(size: int, identity: str) -> OpenTable:
    """The table of an open space of so many architectures, none of which was measured."""
    return OpenTable(identity, np.empty((0, 1)), sha256=identity, whole=size)


def live_table(measured: Measurements, size: int, identity: str) -> LiveTable:
    """The table of measurements in a space of so many architectures."""
    return LiveTable(
        identity,
        validation=column(measured, "validation", size)[:, None],
        test=column(measured, "test", size),
        training_seconds=column(measured, "seconds", size),
        parameters=column(measured, "parameters", size),
        sha256=identity,
    )
