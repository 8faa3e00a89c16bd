"""Optuna's tree-structured Parzen estimator."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from nasarena.baselines.ask_and_tell import AskAndTell
from nasarena.suite.spaces import CategoricalSpace


class OptunaTPE(AskAndTell):
    """Optuna's TPE sampler with its default settings.

    Every decision is a categorical parameter. Optuna may propose what it has seen before; the
    ledger answers that free of charge.

    Source: Bergstra et al., NeurIPS 2011; optuna 5, `TPESampler`, whose defaults these are: 10
    random architectures first, 24 candidates, and since version 5 one joint distribution of all
    parameters. Earlier versions have one for each: `optuna-tpe[multivariate=false]`.

    Args:
        multivariate: whether parameters have one joint distribution.
    """

    version = "1"
    kind = "baseline"
    paper = "Bergstra et al., NeurIPS 2011; Akiba et al., KDD 2019, arXiv:1907.10902"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ("optuna",)
    seconds_per_query: float | None = 0.02

    def __init__(self, multivariate: bool = True) -> None:
        self.multivariate = multivariate

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> "_Study":
        """A study of its own, in memory."""
        return _Study(space, int(rng.integers(2**31)), self.multivariate)


class _Study:
    def __init__(self, space: CategoricalSpace, seed: int, multivariate: bool) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=multivariate)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._parameters: dict[str, Any] = {
            f"decision {place}": optuna.distributions.CategoricalDistribution(range(len(values)))
            for place, values in enumerate(space.choices)
        }

    def ask(self) -> Sequence[int]:
        self._trial = self._study.ask(self._parameters)
        return [self._trial.params[name] for name in self._parameters]

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        self._study.tell(self._trial, accuracy)
