"""WeakNAS around Neural Predictor's graph network."""

from typing import Any, ClassVar

import numpy as np

from nasarena.methods.weaknas import WeakNAS
from nasarena.suite.predictors import Predictor, load_predictor
from nasarena.suite.problem import Problem


class WeakNASGCN(WeakNAS):
    """WeakNAS's loop with the graph network of Neural Predictor instead of the released ones.

    WeakNAS's paper says that any predictor can be used in its loop. This one is trained anew every
    round, for as many epochs as in `predictor-gcn`, which trains it once. Labels are ranked, as in
    `weaknas-lite`.

    Source: as `weaknas`; the network is Wen et al.'s, ECCV 2020.

    Args:
        initial: architectures queried before the first predictor.
        batch: architectures queried in every round.
        top_n: how many of the best predicted architectures a round draws from.
        epochs: epochs of the training in every round.
        learning_rate: the learning rate of the first step of a training.
    """

    version = "1"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10", "nasbenchgraph/citeseer")
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query: float | None = 0.15
    targets = "rank-gaussian"

    def __init__(
        self,
        initial: int = 10,
        batch: int = 10,
        top_n: int = 50,
        epochs: int = 40,
        learning_rate: float = 3e-3,
    ) -> None:
        super().__init__(initial, batch, top_n, predictor="gcn")
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1, not {epochs}")
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {learning_rate}")
        self.epochs = epochs
        self.learning_rate = learning_rate

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Predictor:
        """The graph network, with this method's settings."""
        settings: dict[str, Any] = {"epochs": self.epochs, "learning_rate": self.learning_rate}
        return load_predictor("gcn")(problem.space, rng, **settings)
