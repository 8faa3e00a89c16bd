"""Any optimiser that is asked and told, as a method."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace

NEAREST_OF = 32
"""Of how many random architectures the nearest stands for decisions that denote none."""

REPEATS = 1_000
"""Repeats in a row after which an optimiser is taken to have come to an end."""


class Optimiser(Protocol):
    """Proposes architectures by their decisions, and learns from what they reach.

    Decisions are one number for each of the space's decisions: the place of its value in
    `space.choices`, counted from 0. Anything else is an error.
    """

    def ask(self) -> Sequence[int]:
        """The decisions to look at next; they may repeat earlier ones."""

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        """What the decisions last asked for reach: higher is better."""


class AskAndTell(ABC):
    """A method that lets an optimiser choose, one architecture at a time.

    The ledger answers repeats free of charge, and the optimiser is told their accuracy again. For
    decisions that denote no architecture, the one that differs in the fewest decisions is queried,
    of 32 that are drawn uniformly, and the optimiser is told its accuracy: so a search goes on
    where most decisions denote none. After 1,000 repeats in a row, or as many as the protocol's
    patience allows, the search has ended without the optimum: some libraries take 30 ms to repeat
    themselves.

    Example:
        >>> class Cyclic:
        ...     def __init__(self, space):
        ...         self.ids = iter(space.decisions(range(space.size)).tolist())
        ...     def ask(self):
        ...         return next(self.ids)
        ...     def tell(self, decisions, accuracy):
        ...         pass
        >>> class InOrder(AskAndTell):
        ...     def make_optimiser(self, space, budget, rng):
        ...         return Cyclic(space)
    """

    @abstractmethod
    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> Optimiser:
        """A new optimiser for a run of `budget` queries, with randomness drawn from `rng` alone."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        """Ask and tell until the harness ends the search."""
        space = problem.space
        optimiser = self.make_optimiser(space, problem.budget, rng)
        charged = repeats = 0
        while repeats < REPEATS:
            decisions = optimiser.ask()
            architecture = int(space.ids(_whole_numbers(space, decisions)))
            if architecture < 0:
                architecture = near(space, decisions, rng)
            optimiser.tell(decisions, problem.query(architecture))
            repeats = repeats + 1 if problem.trace.size == charged else 0
            charged = problem.trace.size
        problem.give_up()


def _whole_numbers(space: CategoricalSpace, decisions: Sequence[int]) -> NDArray[np.int64]:
    """The decisions, shape (decisions,). Raises ValueError where they name no value."""
    counts = [len(values) for values in space.choices]
    try:
        given = np.asarray(decisions, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.shape == (len(counts),) and (given >= 0).all() and (given < counts).all():
        whole: NDArray[np.int64] = given.astype(np.int64)
        if (whole == given).all():
            return whole
    raise ValueError(
        f"ask() returned {repr(decisions)[:200]}; it must return {len(counts)} whole numbers, one "
        f"for each decision, from 0 to {', '.join(str(count - 1) for count in counts)} at most"
    )


def near(space: CategoricalSpace, decisions: Sequence[int], rng: np.random.Generator) -> int:
    """Of a few random architectures the one that differs in the fewest decisions."""
    drawn = rng.integers(space.size, size=NEAREST_OF)
    different = (space.decisions(drawn) != np.asarray(decisions)).sum(axis=1)
    return int(drawn[different.argmin()])
