"""The array types that signatures speak of."""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, Protocol, TypeAlias

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


def read_only(value: Any) -> Any:
    """The value, in which no array can be written to any more; also in tuples, lists and dicts."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, (tuple, list)):
        for one in value:
            read_only(one)
    elif isinstance(value, dict):
        read_only([*value.values()])
    return value


def keep_read_only(cls: type) -> None:
    """What the cached properties of a class keep is then read-only: others read it, too."""

    def kept(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return wraps(function)(lambda self: read_only(function(self)))

    for attribute in vars(cls).values():
        if isinstance(attribute, cached_property):
            attribute.func = kept(attribute.func)
