"""Spaces of which only a part was measured: what was not is no architecture of them."""

from abc import abstractmethod
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces.categorical import CategoricalSpace
from nasarena.suite.spaces.graphs import Graphs

DRAWS = 10
"""How often a mutation is drawn until it is measured."""

NEAREST_OF = 32
"""Of how many random architectures the nearest is taken where no mutation was measured."""


class MeasuredPart(CategoricalSpace):
    """The measured architectures of a larger space: ids count them alone.

    So sampling, mutation and neighbours yield measured architectures only.
    """

    def mutate(self, id: int, rng: np.random.Generator) -> int:
        """The larger space's mutation, drawn again until another measured architecture comes.

        After 10 draws in vain: of 32 measured ones drawn uniformly (a quarter, of fewer than
        128), the one that differs from the parent in the fewest decisions. So a child is near
        where anything near was measured, every architecture can be reached from every other, and
        none is without children. The parent itself is a child only where nothing else was
        measured.
        """
        if self.size == 1:
            return id
        for _ in range(DRAWS):
            child = self._drawn_child(id, rng)
            if child >= 0 and child != id:
                return child
        others = rng.integers(self.size - 1, size=min(NEAREST_OF, 1 + self.size // 4))
        others += others >= id
        different = (self.decisions(others) != self.decisions(id)).sum(axis=1)
        return int(others[different.argmin()])

    @abstractmethod
    def _drawn_child(self, id: int, rng: np.random.Generator) -> int:
        """One draw of the larger space's mutation, -1 if it was not measured."""


class MeasuredCells(MeasuredPart):
    """The measured cells of an enumerated space, in its order; described as it describes them.

    Args:
        space: the whole space.
        members: shape (architectures,), the ids of the measured ones there, ascending.
    """

    def __init__(self, space: CategoricalSpace, members: Ids) -> None:
        if members.size == 0 or (np.diff(members) <= 0).any():
            raise ValueError("members must be different ids in ascending order, at least one")
        self.space = space
        self.members = members
        self.name = space.name
        self.choices = space.choices
        self.size = members.size

    def _found(self, members: Ids) -> Ids:
        """Which of the measured ones ids of the whole space are, -1 for none."""
        place = np.minimum(np.searchsorted(self.members, members), self.size - 1)
        return np.where(self.members[place] == members, place, -1)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """As in the whole space: shape of `ids` plus one axis."""
        return self.space.decisions(self.members[np.asarray(ids)])

    def ids(self, decisions: ArrayLike) -> Ids:
        """The inverse of `decisions`, -1 for what was not measured too."""
        return self._found(self.space.ids(decisions))

    def key(self, id: int) -> str:
        """As in the whole space."""
        return self.space.key(int(self.members[id]))

    def classes(self, ids: ArrayLike) -> Ids:
        """The isomorphism class of each: the smallest measured id in it (shape of `ids`)."""
        rows: Ids = self._classes[np.asarray(ids)]
        return rows

    @cached_property
    def _classes(self) -> Ids:
        _, first, of = np.unique(
            self.space.classes(self.members), return_index=True, return_inverse=True
        )
        return first[of.ravel()]

    def one_hot(self, ids: ArrayLike) -> Features:
        """As in the whole space: shape of `ids` plus one axis."""
        return self.space.one_hot(self.members[np.asarray(ids)])

    def released_encoding(self, ids: ArrayLike) -> Features:
        """As in the whole space: shape of `ids` plus one axis."""
        return self.space.released_encoding(self.members[np.asarray(ids)])

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """As in the whole space."""
        return self.space.vocabulary

    def tokens(self, ids: ArrayLike) -> NDArray[np.int64]:
        """As in the whole space: shape of `ids` plus one axis."""
        return self.space.tokens(self.members[np.asarray(ids)])

    def from_tokens(self, tokens: ArrayLike) -> Ids:
        """The inverse of `tokens`, -1 for what was not measured too."""
        return self._found(self.space.from_tokens(tokens))

    def graphs(self, ids: ArrayLike) -> Graphs:
        """As in the whole space, `ids` of shape (count,)."""
        return self.space.graphs(self.members[np.asarray(ids)])

    def neighbours(self, ids: ArrayLike) -> Ids:
        """As in the whole space, -1 for what was not measured: shape of `ids` plus one axis."""
        return self._found(self.space.neighbours(self.members[np.asarray(ids)]))

    def _drawn_child(self, id: int, rng: np.random.Generator) -> int:
        return int(self._found(np.asarray(self.space.mutate(int(self.members[id]), rng))))
