"""Spaces that are too large to list: ids are numbers that stand for their decisions."""

from collections.abc import Sequence
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.categorical import CategoricalSpace

POOL = 10_000
"""Architectures that a method ranks: as many as the released WeakNAS ranks of MobileNet's space."""

PARENTS = 100
"""Of the best architectures that a pool is made with so many are mutated: WeakNAS's top 100."""

MOST_DIGITS = 10
"""Values of a decision up to which one digit says which it is."""


class TooMany(int):
    """The size of an open space: a number, but one that no list can have as its length.

    `np.arange` takes the difference of its ends and divides it by its step; both are refused here,
    so that it says what to do instead, in whatever way it is called. Python's own `range` asks for
    nothing that could be refused, and `list(range(size))` ends in a MemoryError.
    """

    def __sub__(self, other: int) -> "TooMany":
        rest = int.__sub__(self, other)
        return rest if rest is NotImplemented else TooMany(rest)

    def __truediv__(self, other: float) -> float:
        if type(other) is int and other == 1:
            raise too_many(self)
        return int(self) / other


def too_many(size: int) -> UserError:
    """What is raised wherever an open space would be listed."""
    return UserError(
        f"an open space cannot be listed ({size:,} architectures were asked for); use its sample, "
        "neighbours, mutate, or pool (which gives a part of it to rank)"
    )


class OpenSpace(CategoricalSpace):
    """A space that is too large to list: every combination of its decisions' values is one.

    A subclass states `name` and `choices`; everything else follows. An id is the number whose
    digits are the decisions, the first one the most significant, each to the base of how many
    values its decision has. Nothing is kept for the whole space: what methods ask for is computed
    from the ids, and what would list it all raises UserError.

    Example:
        >>> class Wide(OpenSpace):
        ...     name = "wide"
        ...     choices = (("relu", "tanh", "gelu"),) * 30
        >>> space = Wide()
        >>> space.size, space.enumerable, space.neighbours(0)[:2].tolist()
        (205891132094649, False, [68630377364883, 137260754729766])
    """

    enumerable = False

    def __init__(self) -> None:
        counts = [len(values) for values in self.choices]
        if not counts or min(counts) < 2:
            raise ValueError("an open space needs decisions, each of at least two values")
        size = prod(counts)
        if size >= 2**63:
            raise ValueError(f"ids have 63 bits; {size:,} architectures need more")
        self.size = TooMany(size)
        self._counts = np.array(counts)
        self._weights = np.array([prod(counts[place + 1 :]) for place in range(len(counts))])

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The digits of the ids: shape of `ids` plus one axis."""
        digits: NDArray[np.int64] = (
            np.asarray(ids, dtype=np.int64)[..., None] // self._weights % self._counts
        )
        return digits

    def ids(self, decisions: ArrayLike) -> Ids:
        """The inverse of `decisions`."""
        digits = np.asarray(decisions, dtype=np.int64)
        found: Ids = digits @ self._weights
        return found

    def key(self, id: int) -> str:
        """One digit a decision; with dashes between them where a decision has over ten values."""
        separator = "" if self._counts.max() <= MOST_DIGITS else "-"
        return separator.join(map(str, self.decisions(id).tolist()))

    def from_keys(self, keys: Sequence[str]) -> Ids:
        """The inverse of `key`: the architectures with these keys, shape (keys,), -1 for none."""
        return np.array([self._from_key(key) for key in keys], dtype=np.int64)

    def _from_key(self, key: str) -> int:
        digits = key if self._counts.max() <= MOST_DIGITS else key.split("-")
        if len(digits) != self._counts.size or not all(digit.isdecimal() for digit in digits):
            return -1
        id = int(self.ids([int(digit) for digit in digits]))
        return id if id >= 0 and self.key(id) == key else -1

    @property
    def class_count(self) -> int:
        """Raises UserError: which architectures are isomorphic is not known."""
        raise UserError(
            f"{self.name} is an open space, whose isomorphism classes are not known; choose a "
            "protocol with duplicates = by_id"
        )

    @property
    def pool_size(self) -> int:
        """How many architectures `pool` gives: 10,000, as the released search of MobileNet's."""
        return min(POOL, self.size)

    def pool(self, rng: np.random.Generator, best: Ids) -> Ids:
        """What a method ranks: at most half of it mutations of `best`, the rest drawn uniformly.

        Each mutation changes one decision of one of `best` (of the first 100), in turn. All are in
        ascending order, each once (so that there may be a few less than `pool_size`).
        """
        parents = np.resize(best[:PARENTS], self.pool_size // 2 if best.size else 0)
        changed = rng.integers(self._counts.size, size=parents.size)
        counts, weights = self._counts[changed], self._weights[changed]
        values = parents // weights % counts
        new = (values + 1 + rng.integers(counts - 1)) % counts
        mutants = np.unique(parents + (new - values) * weights)
        uniform = self.sample(self.pool_size - mutants.size, rng)
        pool: Ids = np.unique(np.concatenate([mutants, uniform]))
        return pool

    @property
    def _everything(self) -> Ids:
        raise too_many(self.size)

    def one_hot(self, ids: ArrayLike) -> Features:
        """One-hot encoding: shape of `ids` plus one axis of the number of values."""
        return self._one_hot_of(self.decisions(ids))

    def neighbours(self, ids: ArrayLike) -> Ids:
        """What changing one decision leads to, in the order of enumerable spaces, never -1."""
        places, steps = self._changes
        values = self.decisions(ids)[..., places]
        new = (values + steps) % self._counts[places]
        found: Ids = (
            np.asarray(ids, dtype=np.int64)[..., None] + (new - values) * self._weights[places]
        )
        return found

    @cached_property
    def _changes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each change the decision, and by how many values it moves."""
        counts = self._counts.tolist()
        changes = [(place, step) for place, count in enumerate(counts) for step in range(1, count)]
        places, steps = np.array(changes).T
        return places, steps

    def mutate(self, id: int, rng: np.random.Generator) -> int:
        """One decision, drawn uniformly, changed to another of its values, drawn uniformly."""
        numbers = self._numbers
        count, weight = numbers[int(rng.random() * len(numbers))]
        value = id // weight % count
        new = (value + 1 + int(rng.random() * (count - 1))) % count
        return int(id + (new - value) * weight)

    @cached_property
    def _numbers(self) -> list[tuple[int, int]]:
        """Of each decision how many values it has, and what one of them weighs."""
        return list(zip(self._counts.tolist(), self._weights.tolist(), strict=True))
