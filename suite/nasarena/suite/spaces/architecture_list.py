"""Lists of architectures of which nothing is known that a search could decide."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.categorical import CategoricalSpace


class ArchitectureList(CategoricalSpace):
    """Architectures that have names and no decisions, in the order of the list.

    They can be drawn and queried. What needs decisions (encodings, mutation, neighbours, graphs)
    raises UserError.

    Args:
        name: what the list is called.
        keys: the architectures' names, different ones.

    Example:
        >>> ArchitectureList("mine", ["a", "b"]).key(1)
        'b'
    """

    choices = ()

    def __init__(self, name: str, keys: Sequence[str]) -> None:
        self.name = name
        self.keys = tuple(keys)
        self.size = len(self.keys)
        if len(set(self.keys)) < self.size or not self.keys:
            raise ValueError("keys must be different names, at least one")

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Raises UserError: there are none."""
        self._refuse()

    def ids(self, decisions: ArrayLike) -> Ids:
        """The architectures with these keys. Raises UserError for decisions: there are none."""
        self._refuse()

    def key(self, id: int) -> str:
        """The architecture's name."""
        return self.keys[id]

    def _refuse(self) -> NoReturn:
        raise UserError(
            f"{self.name} is a list without decisions: its architectures can be drawn and queried, "
            "not encoded or changed; use random-search, or a method that looks at no structure"
        )
