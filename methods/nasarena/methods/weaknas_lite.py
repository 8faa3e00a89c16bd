"""WeakNAS made fast: the same loop around a small network."""

from typing import ClassVar

import numpy as np

from nasarena.methods.predictors.small_mlp import SmallMLP
from nasarena.methods.weaknas import WeakNAS
from nasarena.suite.predictors import Predictor
from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS


class WeakNASLite(WeakNAS):
    """WeakNAS's loop with a two-layer network, rank-Gaussian labels and a shorter top list.

    A round takes milliseconds instead of seconds, and the search needs fewer samples: with labels
    by rank, the many bad architectures of a space do not dominate the fit.

    Source: as `weaknas`; the network, the labels and the numbers are nasarena's own, chosen on
    `nasbench201/cifar10` alone.

    Args:
        initial: architectures queried before the first predictor.
        batch: architectures queried in every round.
        top_n: how many of the best predicted architectures a round draws from.
        targets: what the network is fitted to: `rank-gaussian`, `z-score`, `percent` or `fraction`.
        width: units in each of the two hidden layers.
        steps: training steps in every round.
        learning_rate: the learning rate of the first step.
        weight_decay: the weight decay of the network.
    """

    version = "1"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10",)
    requires: ClassVar[tuple[str, ...]] = ()
    seconds_per_query: float | None = 2e-3

    def __init__(
        self,
        initial: int = 10,
        batch: int = 5,
        top_n: int = 30,
        targets: str = "rank-gaussian",
        width: int = 32,
        steps: int = 100,
        learning_rate: float = 0.03,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(initial, batch, top_n, predictor="small-mlp")
        if targets not in TARGETS:
            raise ValueError(f"targets must be {' or '.join(TARGETS)}, not {targets!r}")
        for name, value in {"width": width, "steps": steps}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if not 0 < learning_rate < np.inf or not 0 <= weight_decay < np.inf:
            raise ValueError(
                "learning_rate must be above 0 and weight_decay at least 0, not "
                f"{learning_rate} and {weight_decay}"
            )
        self.targets = targets
        self.width = width
        self.steps = steps
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Predictor:
        """The small network, with this method's settings."""
        return SmallMLP(
            problem.space,
            rng,
            width=self.width,
            steps=self.steps,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )
