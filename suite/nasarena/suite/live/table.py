"""A table of what was trained so far: it grows, and its optimum is not known."""

from dataclasses import dataclass
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
