"""Any optimiser that is asked and told, as a method."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from nasarena.suite.arrays import Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace

_NOTHING: Ids = np.empty(0, dtype=np.int64)


class Optimiser(Protocol):
    """Proposes architectures by their decisions, and learns from what they reach.

    Decisions are one number for each of the space's decisions: the place of its value in
    `space.choices`.
    """

    def ask(self) -> Sequence[int]:
        """The decisions to look at next; they may repeat earlier ones."""

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        """What the decisions last asked for reach: higher is better."""


class AskAndTell(ABC):
    """A method that lets an optimiser choose, one architecture at a time.

    The ledger answers repeats free of charge, and the optimiser is told their accuracy again.
    Decisions that denote no architecture count as proposals that charge nothing, and the optimiser
    is told the lowest accuracy so far (0 before there is one). A run of so many proposals without
    a charge as the protocol's patience allows ends the search.

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
        lowest: float | None = None
        while True:
            decisions = optimiser.ask()
            architecture = int(space.ids(np.asarray(decisions, dtype=np.int64)))
            if architecture < 0:
                problem.query(_NOTHING)
                optimiser.tell(decisions, 0.0 if lowest is None else lowest)
                continue
            accuracy = problem.query(architecture)
            lowest = accuracy if lowest is None else min(lowest, accuracy)
            optimiser.tell(decisions, accuracy)
