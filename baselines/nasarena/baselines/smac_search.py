"""SMAC3's Bayesian optimisation with a random forest."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np

from nasarena.baselines.ask_and_tell import AskAndTell
from nasarena.suite.spaces import CategoricalSpace


class SMAC(AskAndTell):
    """SMAC3's facade for hyperparameters, with its defaults: a random forest, log costs, Sobol.

    Every decision is a categorical hyperparameter. The forest is scikit-learn's, which reads
    categories as ordered numbers: a trap of the package, not a choice made here.

    Source: Lindauer et al., JMLR 2022; the smac package, version 2.4,
    `HyperparameterOptimizationFacade`. Told deterministic, so that no architecture is evaluated
    twice; the cost is 100 minus the accuracy, above 0 as log costs need it.

    Args:
        challengers: random architectures that expected improvement is computed for in every round;
            fewer take less time.
    """

    version = "1"
    kind = "baseline"
    paper = "Lindauer et al., JMLR 2022, arXiv:2109.09831"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ("smac",)
    seconds_per_query: float | None = 0.25

    def __init__(self, challengers: int = 10_000) -> None:
        if challengers < 1:
            raise ValueError(f"challengers must be at least 1, not {challengers}")
        self.challengers = challengers

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> "_Facade":
        """A facade whose files lie in a temporary folder."""
        return _Facade(space, budget, int(rng.integers(2**31)), self.challengers)


class _Facade:
    def __init__(self, space: CategoricalSpace, budget: int, seed: int, challengers: int) -> None:
        with warnings.catch_warnings():  # it adds filters when it is loaded
            import ConfigSpace
            import smac

        # It says on the terminal when a round finds fewer new configurations than it wants.
        logging.getLogger("smac").setLevel(logging.CRITICAL)

        parameters = {
            f"decision{place}": list(range(len(values)))
            for place, values in enumerate(space.choices)
        }
        self._names = list(parameters)
        self._folder = TemporaryDirectory(prefix="nasarena-smac-")
        scenario = smac.Scenario(
            ConfigSpace.ConfigurationSpace(parameters, seed=seed),
            deterministic=True,
            n_trials=max(budget, 2),
            seed=seed,
            output_directory=Path(self._folder.name),
        )
        kind = smac.HyperparameterOptimizationFacade
        maximizer = kind.get_acquisition_maximizer(scenario, challengers=challengers)
        self._facade: Any = kind(
            scenario,
            lambda config, seed: 0.0,
            acquisition_maximizer=maximizer,
            logging_level=False,
            overwrite=True,
        )

    def ask(self) -> Sequence[int]:
        with warnings.catch_warnings():  # so does what it loads later
            self._trial = self._facade.ask()
        return [int(self._trial.config[name]) for name in self._names]

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        from smac.runhistory.dataclasses import TrialValue

        self._facade.tell(self._trial, TrialValue(cost=max(100.0 - accuracy, 1e-6)))
