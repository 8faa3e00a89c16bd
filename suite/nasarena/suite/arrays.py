"""The array types that signatures speak of."""

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int64]
"""Architectures, as positions in the enumeration of their space."""

Accuracies: TypeAlias = NDArray[np.float64]
"""Percent, as everywhere in nasarena."""

Features: TypeAlias = NDArray[np.float32]
"""A numeric encoding, one row an architecture."""


class Labels(Protocol):
    """What queries answer: an array, or something that measures an architecture when asked."""

    @property
    def size(self) -> int:
        """How many architectures there are."""

    def item(self, id: int, /) -> float:
        """The validation accuracy of one architecture, percent."""

    def __getitem__(self, ids: Ids, /) -> Accuracies:
        """The validation accuracies of architectures, percent, in the shape of `ids`."""
