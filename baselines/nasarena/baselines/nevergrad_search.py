"""Nevergrad's optimisers."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from nasarena.suite.methods.ask_and_tell import AskAndTell
from nasarena.suite.spaces import CategoricalSpace


class Nevergrad(AskAndTell):
    """One of Nevergrad's optimisers, by default the one that it chooses itself.

    Every decision is a `Choice`, whose value Nevergrad draws from a softmax, so that proposals
    repeat; the ledger answers repeats free of charge.

    Source: the nevergrad package (Meta), version 1.0, defaults.

    Args:
        optimiser: a name in `nevergrad.optimizers.registry`, such as `NGOpt` or
            `DiscreteOnePlusOne`.
    """

    version = "1"
    kind = "baseline"
    paper = "Rapin & Teytaud, Nevergrad, 2018"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ("nevergrad",)
    seconds_per_query: float | None = 0.03

    def __init__(self, optimiser: str = "NGOpt") -> None:
        self.optimiser = optimiser

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> "_Minimiser":
        """An optimiser that knows the budget. Raises ValueError for an unknown name."""
        return _Minimiser(space, budget, int(rng.integers(2**31)), self.optimiser)


class _Minimiser:
    def __init__(self, space: CategoricalSpace, budget: int, seed: int, name: str) -> None:
        import nevergrad as ng

        if name not in ng.optimizers.registry:
            raise ValueError(f"nevergrad has no optimiser {name!r}")
        choices = ng.p.Tuple(*(ng.p.Choice(range(len(values))) for values in space.choices))
        choices.random_state = np.random.RandomState(seed)  # what it takes
        self._optimiser = ng.optimizers.registry[name](choices, budget=budget)

    def ask(self) -> Sequence[int]:
        self._candidate = self._optimiser.ask()
        return list(self._candidate.value)

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        self._optimiser.tell(self._candidate, -accuracy)
