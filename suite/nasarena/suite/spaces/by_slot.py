"""A value for each architecture of a space: an array, or where that is too large, a dictionary."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

MOST_IN_ARRAYS = 1 << 28
"""Architectures up to which an array has a place for each; listed spaces are far below."""


class SparseArray:
    """Behaves as an array of so many equal values of which a few were set.

    As much as a ledger asks of an array: `item`, and reading and writing at an id or at an array of
    ids, where of equal ids the last one's value stays.
    """

    def __init__(self, value: float) -> None:
        self._value = value
        self._kind = np.asarray(value).dtype
        self._set: dict[int, Any] = {}

    def item(self, id: int) -> Any:
        """The value at one id."""
        return self._set.get(id, self._value)

    def __getitem__(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """The values at ids, shape (ids,)."""
        get, value = self._set.get, self._value
        return np.array([get(id, value) for id in ids.tolist()], dtype=self._kind)

    def __setitem__(self, ids: int | NDArray[np.int64], values: Any) -> None:
        """Set one value, or a value for each of `ids`, or one for them all."""
        if isinstance(ids, int):
            self._set[ids] = values
            return
        each = np.broadcast_to(values, ids.shape).tolist()
        self._set.update(zip(ids.tolist(), each, strict=True))


BySlot: TypeAlias = NDArray[Any] | SparseArray


def by_slot(size: int, value: float) -> BySlot:
    """`value` for each of so many slots; of an open space it is kept for those that are set."""
    return np.full(size, value) if size <= MOST_IN_ARRAYS else SparseArray(value)
