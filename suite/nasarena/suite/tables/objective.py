"""What architectures are compared by: accuracy in percent, or any other number."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Direction: TypeAlias = Literal["max", "min"]
Values = TypeVar("Values", float, NDArray[np.float64])


@dataclass(frozen=True)
class Objective:
    """The measured quantity that a benchmark's table holds, for validation and test.

    Tables, methods and statistics meet it so that higher is better: what is to be minimised is
    negated once, when it is read, and `measured` gives it back. `unit` is "" where none is known.

    Example:
        >>> Objective("val_loss", "", "min").measured(-0.25)
        0.25
    """

    name: str = "accuracy"
    unit: str = "%"
    direction: Direction = "max"

    @property
    def is_accuracy(self) -> bool:
        """Whether it is accuracy in percent, as in every table that is installed."""
        return self == ACCURACY

    @property
    def validation(self) -> str:
        """What the labels are called: "validation accuracy", or the objective's own name."""
        return "validation accuracy" if self.is_accuracy else self.name

    @property
    def gap(self) -> str:
        """The unit of regrets and leads: points of percent, or the objective's unit or name."""
        return "points" if self.unit == ACCURACY.unit else self.unit or self.name

    @property
    def regret(self) -> str:
        """What the distance to the best is called, with its unit."""
        return "validation regret (points)" if self.is_accuracy else f"regret ({self.gap})"

    @property
    def units(self) -> str:
        """The units of tables, as the end of a caption says them."""
        if self.is_accuracy:
            return "Regret in points, tests in percent."
        better = "higher" if self.direction == "max" else "lower"
        unit = f" in {self.unit}" if self.unit else ""
        return f"The objective is {self.name}{unit}; {better} is better. Regret in {self.gap}."

    def measured(self, values: Values) -> Values:
        """Values of a table as they were measured: of what is minimised, negated."""
        return values if self.direction == "max" else 0.0 - values

    def text(self, value: float, decimals: int) -> str:
        """A value of a table as it was measured, with its unit: `91.61 %`, `0.25`."""
        return f"{self.measured(value):.{decimals}f} {self.unit}".rstrip()


ACCURACY = Objective()
TEST_ACCURACY = Objective("test accuracy")
"""Of labels that were measured on the test images, where a source has no validation set."""
