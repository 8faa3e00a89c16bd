"""Spaces of one's own: a list of categorical decisions, and the combinations that were measured."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces.measured_part import MeasuredPart

MOST_VALUES = 1 << 16


class Choices(MeasuredPart):
    """The measured combinations of declared decisions, in the order of the declaration.

    All combinations that can be declared are never listed: there may be more of them than any
    memory or integer holds.

    Args:
        declared: the decisions by name, each with the names of its values, at least two.
        measured: shape (architectures, decisions), different combinations in any order, each
            value as its position in its decision's list.

    Raises:
        ValueError: these are no decisions, or no different combinations of them.

    Example:
        >>> space = Choices({"depth": ("2", "4"), "width": ("16", "32")}, [[0, 0], [1, 0], [1, 1]])
        >>> space.key(2), space.neighbours(0).tolist()
        ('depth=4,width=32', [1, -1])
    """

    name = "choices"

    def __init__(
        self, declared: Mapping[str, Sequence[str]], measured: Sequence[Sequence[int]] | ArrayLike
    ) -> None:
        if not declared:
            raise ValueError("a space needs at least one decision")
        for decision, values in declared.items():
            if not 2 <= len(values) <= MOST_VALUES or len(set(values)) < len(values):
                raise ValueError(f"decision '{decision}' needs from 2 to 65,536 different values")
        self.names = tuple(declared)
        self.choices = tuple(tuple(values) for values in declared.values())
        self._counts = np.array([len(values) for values in self.choices])
        rows = np.asarray(measured, dtype=np.int64).reshape(-1, len(self.choices))
        if len(rows) == 0 or (rows < 0).any() or (rows >= self._counts).any():
            raise ValueError("measured must be combinations of the decisions' values, at least one")
        codes = self._codes(rows)
        order = np.argsort(codes)
        self._sorted_codes = codes[order]
        if (self._sorted_codes[1:] == self._sorted_codes[:-1]).any():
            raise ValueError("measured names a combination twice")
        self._measured = rows[order].astype(np.uint16)
        self.size = len(rows)

    @staticmethod
    def _codes(decisions: NDArray[np.int64]) -> NDArray[np.bytes_]:
        """Decisions, shape (count, decisions), as texts of bytes in the same order."""
        wide = np.ascontiguousarray(decisions, dtype=">u2")
        return wide.view(f"S{wide.dtype.itemsize * wide.shape[1]}")[:, 0]

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The values, as positions in their lists: shape of `ids` plus one axis."""
        rows: NDArray[np.int64] = self._measured[np.asarray(ids)].astype(np.int64)
        return rows

    def ids(self, decisions: ArrayLike) -> Ids:
        """The inverse of `decisions`: -1 for combinations that were not measured."""
        wanted = np.asarray(decisions, dtype=np.int64)
        codes = self._codes(wanted.reshape(-1, len(self.choices)))
        place = np.minimum(np.searchsorted(self._sorted_codes, codes), self.size - 1)
        found = np.where(self._sorted_codes[place] == codes, place, -1)
        return found.reshape(wanted.shape[:-1])

    def key(self, id: int) -> str:
        """The decisions by name: `depth=4,width=32`."""
        values = zip(self.names, self.choices, self.decisions(id).tolist(), strict=True)
        return ",".join(f"{name}={choices[value]}" for name, choices, value in values)

    def _drawn_child(self, id: int, rng: np.random.Generator) -> int:
        neighbours, first_change = self._mutation
        position = int(rng.random() * len(self.choices))
        start, stop = first_change[position], first_change[position + 1]
        return int(neighbours.item(id, start + int(rng.random() * (stop - start))))
