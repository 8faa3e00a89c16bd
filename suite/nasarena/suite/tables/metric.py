"""What a column of a benchmark's table measures: accuracy is one metric of several."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.tables.objective import Direction


@dataclass(frozen=True)
class Metric:
    """A measured quantity.

    `unit` is "" for a plain number; `direction` says whether more or less of it is better, None
    where neither is. `epochs` are those of the training that was measured, `device` what it was
    measured on; None where that means nothing or is not stated.

    Example:
        >>> Metric("latency_ms.edgegpu", unit="ms", direction="min", device="edgegpu").unit
        'ms'
    """

    name: str
    unit: str = ""
    direction: Direction | None = None
    epochs: int | None = None
    device: str | None = None

    @property
    def needs_training(self) -> bool:
        """Whether an architecture has to be trained before this can be measured of it."""
        return self.device is None and self.name not in UNTRAINED


UNTRAINED = ("parameters", "multiply_adds", "latency_seconds")
"""Metrics without a device that are measured without training."""


@dataclass(frozen=True)
class Column:
    """The values of a metric in the order of the space, as they were measured.

    `values` has shape (architectures,), float64, NaN where an architecture was not measured.
    `source` is the catalogue's entry that they were fetched with, "" for the table's own; `sha256`
    is of the metrics of this entry, or of the table.
    """

    metric: Metric
    values: NDArray[np.float64]
    source: str
    sha256: str

    @property
    def measured(self) -> int:
        """How many architectures were measured."""
        return int((~np.isnan(self.values)).sum())


Values = Mapping[Metric, NDArray[np.float64]]
"""What a reader finds in fetched files: for each metric a value an architecture, NaN for none."""
