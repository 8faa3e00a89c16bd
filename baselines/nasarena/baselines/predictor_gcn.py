"""Neural Predictor: one strong predictor that is fitted once, unlike WeakNAS's many weak ones."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS

if TYPE_CHECKING:
    from nasarena.baselines.gcn_regressor import GCNRegressor


class PredictorGCN:
    """Neural Predictor: label random architectures, fit a graph network once, query its best.

    `initial` architectures drawn uniformly (at most a third of the budget) are labelled; a graph
    network is fitted to them by regression, once; then the best predicted unseen ones are queried
    in their order until the budget ends. The best predicted of all is recommended.

    Source: Wen et al., ECCV 2020, section 3. The network is described at `GCNRegressor`.
    Departures: those of `GCNRegressor`; the paper's first stage, a classifier that filters out
    NAS-Bench-101's failed trainings, is left out; the whole space is
    predicted instead of a sample of it; targets are ranked instead of raw accuracies.
    For a budget of 300 that is 100 labelled architectures, for 1,000 it is 333.

    Args:
        initial: architectures labelled before the fit; None for a third of the budget.
        epochs: epochs of the fit.
        learning_rate: the learning rate of the first step.
        targets: what the network is fitted to: `rank-gaussian`, `z-score`, `percent` or
            `fraction`.
    """

    version = "1"
    kind = "baseline"
    paper = "Wen et al., ECCV 2020, arXiv:1912.00848"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10", "nasbenchgraph/citeseer")
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.02

    def __init__(
        self,
        initial: int | None = None,
        epochs: int = 40,
        learning_rate: float = 3e-3,
        targets: str = "rank-gaussian",
    ) -> None:
        for name, value in {"initial": 1 if initial is None else initial, "epochs": epochs}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if targets not in TARGETS:
            raise ValueError(f"targets must be {' or '.join(TARGETS)}, not {targets!r}")
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {learning_rate}")
        self.initial = initial
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.targets = targets

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> "GCNRegressor":
        """The network that a run fits."""
        from nasarena.baselines.gcn_regressor import GCNRegressor

        return GCNRegressor(
            problem.space, rng, epochs=self.epochs, learning_rate=self.learning_rate
        )

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        most = max(1, problem.budget // 3)
        ids = space.sample(min(self.initial or most, most, space.size), rng)
        accuracies = problem.query(ids)
        predictor = self.make_predictor(problem, rng)
        predictor.fit(ids, TARGETS[self.targets](accuracies))
        problem.show_predictor(predictor.predict)
        pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
        order = pool[np.argsort(-predictor.predict(pool), kind="stable")]
        problem.recommend(int(order[0]))
        problem.query(order[~np.isin(order, ids)])


class PredictorGCNReleased(PredictorGCN):
    """Neural Predictor with the network and the training of its public reproduction.

    300 epochs with a learning rate of 1e-4, no ReLU and no bias after the graph convolutions, but
    dropout (`ReproducedGCNRegressor`); labels are z-scored. The loop is `predictor-gcn`'s.

    Source: Wen et al., ECCV 2020, of which no code was released; its public reproduction
    (ultmaster/neuralpredictor.pytorch 3dda3bf), which predicts and does not search.
    Departures: those of `ReproducedGCNRegressor`; labels are z-scored by those queried, where the
    reproduction has constants of NAS-Bench-101; a third of the budget is labelled, where it has
    splits of 172 and 334 labels.

    Args:
        initial: architectures labelled before the fit; None for a third of the budget.
        epochs: epochs of the fit.
        learning_rate: the learning rate of the first step.
        targets: what the network is fitted to: `rank-gaussian`, `z-score`, `percent` or
            `fraction`.
    """

    version = "1"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 0.05

    def __init__(
        self,
        initial: int | None = None,
        epochs: int = 300,
        learning_rate: float = 1e-4,
        targets: str = "z-score",
    ) -> None:
        super().__init__(initial, epochs, learning_rate, targets)

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> "GCNRegressor":
        """The network that a run fits."""
        from nasarena.baselines.gcn_regressor import ReproducedGCNRegressor

        return ReproducedGCNRegressor(
            problem.space, rng, epochs=self.epochs, learning_rate=self.learning_rate
        )
