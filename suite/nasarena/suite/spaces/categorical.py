"""Spaces whose architectures are a list of categorical decisions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Features, Ids, keep_read_only
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.spaces.graphs import INPUT, OUTPUT, Graphs, adjacency_matrix, with_ends


def _of_the_space(key: Callable[[Any, int], str]) -> Callable[[Any, int], str]:
    """A space's `key`, for its own architectures only."""

    @wraps(key)
    def checked(self: "CategoricalSpace", id: int) -> str:
        try:
            number = index(id)
        except TypeError:
            number = -1
        if not 0 <= number < self.size:
            raise UserError(
                f"{id!r} is no architecture of {self.name}: ids are whole numbers from 0 to "
                f"{self.size - 1:,}"
            )
        return key(self, number)

    return checked


def _or_keys(ids: Callable[[Any, ArrayLike], Ids]) -> Callable[[Any, ArrayLike], Ids]:
    """A space's `ids`, which takes keys as well as decisions, and has -1 for unknown values."""

    @wraps(ids)
    def found(self: "CategoricalSpace", decisions: ArrayLike) -> Ids:
        given = decisions if isinstance(decisions, np.ndarray) else np.asarray(decisions)
        texts = given.dtype.kind == "U" or (
            given.dtype.kind == "O" and all(isinstance(one, str) for one in given.flat)
        )
        if not texts or not given.size:
            return _within(self, ids, given)
        keys = given.ravel().tolist()
        known = self.from_keys(keys)
        if (known < 0).any():
            unknown = one_line(keys[int((known < 0).argmax())], 100)
            raise UserError(
                f"'{unknown}' is no architecture of {self.name}; its keys are written as "
                f"'{self.key(0)}'"
            )
        return known.reshape(given.shape)

    return found


def _within(
    space: "CategoricalSpace", ids: Callable[[Any, ArrayLike], Ids], decisions: NDArray[Any]
) -> Ids:
    """The ids of decisions: -1 where a decision has no such value, which only sums would hide."""
    counts = [len(values) for values in space.choices]
    if decisions.shape[-1:] != (len(counts),):
        return ids(space, decisions)
    named = (decisions >= 0) & (decisions < counts)
    if decisions.dtype.kind == "f":
        named &= decisions == np.floor(decisions)
    known = np.asarray(named.all(axis=-1))
    if not known.all():
        decisions = np.where(known[..., None], decisions, 0)
    if decisions.dtype.kind == "f":
        decisions = decisions.astype(np.int64)
    found = ids(space, decisions)
    return found if known.all() else np.where(known, found, -1)


AT_A_TIME = 1 << 16
"""Architectures whose decisions are in memory while neighbours are listed: there may be millions,
and many decisions."""


class CategoricalSpace(ABC):
    """A search space of categorical decisions.

    A space states its `name`, its `choices` (for every decision, the names of its values), its
    `size`, and two functions between architectures and decisions: `decisions` and `ids`.
    Everything else a method needs is written here once, on these.

    An architecture is an integer in `range(size)`: its position in the space's enumeration.

    `enumerable` spaces can be listed: `np.arange(size)` are their ids. Others are open spaces
    (`OpenSpace`).
    """

    name: str
    choices: tuple[tuple[str, ...], ...]
    size: int
    enumerable: bool = True

    @abstractmethod
    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The decisions of architectures: shape of `ids` plus one axis of `len(choices)`."""

    @abstractmethod
    def ids(self, decisions: ArrayLike) -> Ids:
        """The inverse of `decisions`: architectures, -1 where there is none.

        Several decision vectors may denote one architecture. In place of decisions it takes keys,
        in every space: a text or several, in whose shape the ids are. Raises UserError for a key
        that no architecture has.
        """

    @_of_the_space
    def key(self, id: int) -> str:
        """The architecture in the notation of its source: here one digit a decision.

        Raises UserError for an id outside the space.
        """
        return "".join(str(value) for value in self.decisions(id))

    def __init_subclass__(cls, **options: Any) -> None:
        """What every space does alike, whoever wrote its `key` and `ids`."""
        super().__init_subclass__(**options)
        for name, alike in (("key", _of_the_space), ("ids", _or_keys)):
            if name in vars(cls):
                setattr(cls, name, alike(vars(cls)[name]))
        keep_read_only(cls)

    def from_keys(self, keys: Sequence[str]) -> Ids:
        """The inverse of `key`: the architectures with these keys, shape (keys,), -1 for none.

        The first call makes the keys of the whole space.
        """
        return np.array([self._by_key.get(key, -1) for key in keys], dtype=np.int64)

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {self.key(id): id for id in range(self.size)}

    def classes(self, ids: ArrayLike) -> Ids:
        """The isomorphism class of each architecture: the smallest id in it (shape of `ids`)."""
        return np.asarray(ids, dtype=np.int64)

    @cached_property
    def class_count(self) -> int:
        """How many isomorphism classes the space has."""
        return int(np.unique(self.classes(np.arange(self.size))).size)

    def sample(self, count: int, rng: np.random.Generator) -> Ids:
        """`count` different architectures drawn uniformly, shape (count,)."""
        return rng.choice(self.size, size=count, replace=False)

    @property
    def pool_size(self) -> int:
        """How many architectures `pool` gives, at most."""
        return self.size

    def pool(self, rng: np.random.Generator, best: Ids) -> Ids:
        """The architectures that a method ranks when it would rank them all, shape (ranked,).

        Here the whole space in the order of its ids; nothing is drawn, and the `best` ids so far,
        highest first, are not looked at.
        """
        return self._everything

    @cached_property
    def _everything(self) -> Ids:
        return np.arange(self.size)

    def one_hot(self, ids: ArrayLike) -> Features:
        """One-hot encoding: shape of `ids` plus one axis of the number of values."""
        rows: Features = self._one_hot[np.asarray(ids)]
        return rows

    def released_encoding(self, ids: ArrayLike) -> Features:
        """What the predictors of the released WeakNAS read: shape of `ids` plus one axis.

        Here the one-hot encoding, as for NAS-Bench-201.
        """
        return self.one_hot(ids)

    @cached_property
    def _one_hot(self) -> Features:
        return self._one_hot_of(self.decisions(np.arange(self.size)))

    def _one_hot_of(self, decisions: NDArray[np.int64]) -> Features:
        lengths = [len(values) for values in self.choices]
        hot: Features = np.zeros((*decisions.shape[:-1], sum(lengths)), dtype=np.float32)
        first = np.cumsum([0, *lengths[:-1]])
        np.put_along_axis(hot, decisions + first, 1, axis=-1)
        return hot

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens that sequences are made of: a token is a position in it.

        Here the values of the decisions. Decisions with the same values share their tokens (the
        operations on different edges, say); others have tokens of their own, in the order of
        decisions.
        """
        return tuple(value for values in dict.fromkeys(self.choices) for value in values)

    @cached_property
    def _first_tokens(self) -> NDArray[np.int64]:
        """The token of each decision's first value; its other values follow."""
        first, start = {}, 0
        for values in dict.fromkeys(self.choices):
            first[values] = start
            start += len(values)
        return np.array([first[values] for values in self.choices])

    def tokens(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Architectures as token sequences: shape of `ids` plus one axis of the length.

        All sequences of a space have one length; here a token is a decision.
        """
        return self.decisions(ids) + self._first_tokens

    def from_tokens(self, tokens: ArrayLike) -> Ids:
        """The inverse of `tokens`: architectures, -1 for a sequence that is none.

        Several sequences may denote one architecture.
        """
        decisions: NDArray[np.int64] = np.asarray(tokens, dtype=np.int64) - self._first_tokens
        counts = np.array([len(values) for values in self.choices])
        valid = np.asarray(((decisions >= 0) & (decisions < counts)).all(axis=-1))
        found = self.ids(np.where(valid[..., None], decisions, 0))
        return np.where(valid, found, -1)

    def graphs(self, ids: ArrayLike) -> Graphs:
        """Architectures, `ids` of shape (count,), as graphs.

        Here, where only the decisions are known: a chain of them from the input to the output,
        each value of each decision a node type of its own. Spaces of cells know better.
        """
        decisions = self.decisions(np.asarray(ids, dtype=np.int64))
        nodes = len(self.choices) + 2
        chain = adjacency_matrix(nodes, [(node, node + 1) for node in range(nodes - 1)])
        first_type = np.cumsum([0, *(len(values) for values in self.choices[:-1])])
        labels = (
            f"{position}:{value}"
            for position, values in enumerate(self.choices)
            for value in values
        )
        return Graphs(
            adjacency=np.broadcast_to(chain, (len(decisions), *chain.shape)),
            nodes=with_ends(decisions + first_type),
            labels=(INPUT, OUTPUT, *labels),
        )

    def neighbours(self, ids: ArrayLike) -> Ids:
        """What changing one decision leads to: shape of `ids` plus one axis of the changes.

        The changes are in the order of decisions; of each decision's values, from the one after
        its present value around to the one before it. -1 where a change leads to no architecture.
        Where several decision vectors denote one architecture, repeats (and the architecture
        itself) can occur.
        """
        rows: Ids = self._neighbours[np.asarray(ids)]
        return rows

    @cached_property
    def _neighbours(self) -> Ids:
        steps = [
            (position, step, len(values))
            for position, values in enumerate(self.choices)
            for step in range(1, len(values))
        ]
        found: Ids = np.empty((self.size, len(steps)), dtype=np.int64)
        for start in range(0, self.size, AT_A_TIME):
            rows = slice(start, min(start + AT_A_TIME, self.size))
            decisions = self.decisions(np.arange(rows.start, rows.stop))
            for change, (position, step, count) in enumerate(steps):
                changed = decisions.copy()
                changed[:, position] = (changed[:, position] + step) % count
                found[rows, change] = self.ids(changed)
        return found

    def mutate(self, id: int, rng: np.random.Generator) -> int:
        """One decision, drawn uniformly, changed to another of its values, drawn uniformly.

        Drawn again until the change leads to an architecture of the space.
        """
        neighbours, first_change = self._mutation
        while True:
            # rng.random() costs a tenth of rng.integers() for a single number.
            position = int(rng.random() * len(self.choices))
            start, stop = first_change[position], first_change[position + 1]
            child = neighbours.item(id, start + int(rng.random() * (stop - start)))
            if child >= 0:
                return child

    @cached_property
    def _mutation(self) -> tuple[Ids, list[int]]:
        changes = [len(values) - 1 for values in self.choices]
        return self._neighbours, [0, *np.cumsum(changes).tolist()]


keep_read_only(CategoricalSpace)
