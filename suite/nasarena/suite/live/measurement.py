"""What one architecture's training measured."""

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids


@dataclass(frozen=True)
class Measurement:
    """Accuracies in percent, the validation loss in nats (NaN where the training diverged).

    `seconds` is processor time, which no result depends on.
    """

    validation: float
    test: float
    validation_loss: float
    seconds: float
    parameters: int

    def complaint(self, trained: bool = True) -> str | None:
        """What is wrong with the values; None when nothing is. Files are untrusted input.

        What was predicted, not `trained`, has a validation accuracy only.
        """
        for name in ("validation", "test", "validation_loss", "seconds"):
            if type(getattr(self, name)) not in (int, float):
                return f"its {name} is not a number"
        if not trained and not math.isnan(self.test):
            return "it has a test accuracy, and was not trained"
        for name in ("validation", "test") if trained else ("validation",):
            if not 0.0 <= getattr(self, name) <= 100.0:
                return f"its {name} accuracy is not between 0 and 100"
        if not 0.0 <= self.seconds < math.inf:
            return "its seconds are negative or not finite"
        if type(self.parameters) is not int or not 0 <= self.parameters < 2**53:
            return "its number of parameters is not a whole number from 0"
        return None

    def same_as(self, other: "Measurement") -> bool:
        """Whether both say the same of the architecture; how long it took may differ."""
        # As texts: a loss that is NaN equals itself.
        return repr(asdict(self) | {"seconds": 0}) == repr(asdict(other) | {"seconds": 0})


Measurements = dict[int, Measurement]
"""By the architectures' ids."""


def column(measured: Measurements, name: str, size: int) -> NDArray[np.float64]:
    """One metric of all architectures, shape (size,), NaN for those that nobody trained."""
    values = np.full(size, np.nan)
    ids: Ids = np.fromiter(measured, dtype=np.int64, count=len(measured))
    values[ids] = [float(getattr(one, name)) for one in measured.values()]
    return values
