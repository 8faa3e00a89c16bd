"""Nevergrad's optimisers."""

import warnings
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from nasarena.baselines.ask_and_tell import AskAndTell
from nasarena.suite.spaces import CategoricalSpace


class Nevergrad(AskAndTell):
    """One of Nevergrad's optimisers; by default `NGOpt`, which chooses among them itself.

    Every decision is a `Choice`. With `deterministic` its value is the one of the highest weight.
    Nevergrad's default draws the value from a softmax of the weights, so that the optimiser rates
    the weights that it proposed by the accuracy of one random draw. Proposals repeat, on
    nasbenchgraph/arxiv often; the ledger answers repeats free of charge, and after 1,000 in a row
    the search ends.

    Source: the nevergrad package (Meta), version 1.0. Departure from its defaults:
    `deterministic`; with draws, every optimiser tried here did badly even on an objective that is
    a plain sum over decisions.

    Args:
        optimiser: a name in `nevergrad.optimizers.registry`.
        deterministic: whether a decision has the value of the highest weight, or a drawn one.
    """

    version = "1"
    kind = "baseline"
    paper = "Rapin & Teytaud, Nevergrad, 2018"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ("nevergrad",)
    seconds_per_query: float | None = 0.15

    def __init__(self, optimiser: str = "NGOpt", deterministic: bool = True) -> None:
        self.optimiser = optimiser
        self.deterministic = deterministic

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> "_Minimiser":
        """An optimiser that knows the budget. Raises ValueError for an unknown name."""
        seed = int(rng.integers(2**31))
        return _Minimiser(space, budget, seed, self.optimiser, self.deterministic)


class _Minimiser:
    def __init__(
        self, space: CategoricalSpace, budget: int, seed: int, name: str, deterministic: bool
    ) -> None:
        with warnings.catch_warnings():  # it adds filters when it is loaded
            import nevergrad as ng

        if name not in ng.optimizers.registry:
            raise ValueError(f"nevergrad has no optimiser {name!r}")
        choices = ng.p.Tuple(
            *(
                ng.p.Choice(range(len(values)), deterministic=deterministic)
                for values in space.choices
            )
        )
        choices.random_state = np.random.RandomState(seed)  # what it takes
        self._optimiser = ng.optimizers.registry[name](choices, budget=budget)

    def ask(self) -> Sequence[int]:
        self._candidate = self._optimiser.ask()
        return list(self._candidate.value)

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        self._optimiser.tell(self._candidate, -accuracy)
