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
    """SMAC3's hyperparameter optimiser with its defaults: a random forest on logarithms of costs.

    Every decision is a categorical hyperparameter. The first architectures are a Sobol design. The
    forest is scikit-learn's, which reads categories as ordered numbers: the package does so, it is
    no choice made here.

    Source: Lindauer et al., JMLR 2022; the smac package, version 2.4,
    `HyperparameterOptimizationFacade`. It is told that results are deterministic, so that it
    evaluates no architecture twice. The cost is 100 minus the accuracy, and 1e-6 at least, as its
    logarithm is taken: where an objective is above 100, SMAC cannot tell its values apart.

    Args:
        retrain_after: queries between two fits of the forest; after each fit it is chosen what to
            query until the next. Nearly all time goes there: with 32, 300 queries take a third of
            it, and find less on `nasbench201/cifar100` (docs/results.md).
    """

    version = "2"
    kind = "baseline"
    paper = "Lindauer et al., JMLR 2022, arXiv:2109.09831"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ("smac",)
    seconds_per_query: float | None = 0.5

    def __init__(self, retrain_after: int = 8) -> None:
        if retrain_after < 1:
            raise ValueError(f"retrain_after must be at least 1, not {retrain_after}")
        self.retrain_after = retrain_after

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> "_Facade":
        """A facade whose files lie in a temporary folder."""
        return _Facade(space, budget, int(rng.integers(2**31)), self.retrain_after)


class _Facade:
    def __init__(self, space: CategoricalSpace, budget: int, seed: int, retrain_after: int) -> None:
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
        selector = kind.get_config_selector(scenario, retrain_after=retrain_after)
        self._facade: Any = kind(
            scenario,
            lambda config, seed: 0.0,
            config_selector=selector,
            logging_level=False,
            overwrite=True,
        )

    def ask(self) -> Sequence[int]:
        from joblib import parallel_config

        # Its forest would start threads for every prediction, which takes longer than predicting.
        with parallel_config("sequential"), warnings.catch_warnings():  # it loads more, later
            self._trial = self._facade.ask()
        return [int(self._trial.config[name]) for name in self._names]

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        from smac.runhistory.dataclasses import TrialValue

        self._facade.tell(self._trial, TrialValue(cost=max(100.0 - accuracy, 1e-6)))
