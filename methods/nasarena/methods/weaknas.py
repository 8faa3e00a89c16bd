"""WeakNAS: a predictor that is only good near the top, refitted as the top is approached."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.predictors import (
    Estimator,
    Predictor,
    predictor_factory,
    predictor_sources,
)
from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS

PAPER = "Wu et al., NeurIPS 2021, arXiv:2102.10490"


class WeakNAS:
    """The released WeakNAS, with its settings for NAS-Bench-201.

    Query `initial` random architectures. Then, until the budget ends: fit a new predictor on
    everything queried, rank the whole space, and query `batch` architectures drawn uniformly
    from the not yet queried ones of the `top_n` best predicted (where fewer than `batch` are
    left there, the best predicted unqueried ones). The best predicted of all is recommended in
    every round.

    Source: Wu et al., NeurIPS 2021, section 3, and the released code: 10 initial, 10 a round from
    the top 100; scikit-learn's MLPRegressor with four layers of 1,000.
    Departure: labels are z-scored with the mean and deviation of what was queried; the release
    takes those of the whole space, which a search cannot know.

    Args:
        initial: architectures queried before the first predictor.
        batch: architectures queried a round.
        top_n: how far down the predicted ranking a round draws from.
        predictor: its registered name, as `nasarena predictors` has them, or a scikit-learn
            estimator, which reads the one-hot encoding.
    """

    version = "1"
    kind = "method"
    paper = PAPER
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/*",)
    requires: ClassVar[tuple[str, ...]] = ()
    seconds_per_query: float | None = 1.0
    targets = "z-score"

    def __init__(
        self,
        initial: int = 10,
        batch: int = 10,
        top_n: int = 100,
        predictor: str | Estimator = "mlp",
    ) -> None:
        for name, value in {"initial": initial, "batch": batch, "top_n": top_n}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.initial = initial
        self.batch = batch
        self.top_n = top_n
        self.predictor = predictor
        self.sources = predictor_sources(predictor)

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Predictor:
        """The predictor that every round fits afresh."""
        return predictor_factory(self.predictor)(problem.space, rng)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        everything = np.arange(space.size)
        queried = np.zeros(space.size, dtype=bool)
        predictor = self.make_predictor(problem, rng)
        ids = space.sample(min(self.initial, space.size), rng)
        accuracies = problem.query(ids)
        queried[ids] = True
        while not queried.all():
            predictor.fit(ids, TARGETS[self.targets](accuracies))
            predicted = predictor.predict(everything)
            problem.show_predictor(predictor.predict)
            problem.recommend(int(predicted.argmax()))
            chosen = self.choose(predicted, queried, rng)
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
            queried[chosen] = True

    def choose(
        self, predicted: NDArray[np.floating], queried: NDArray[np.bool_], rng: np.random.Generator
    ) -> Ids:
        """The next round: at most `batch` unqueried ids.

        `predicted` and `queried` have shape (architectures,).
        """
        top = _highest(predicted, self.top_n)
        unqueried = top[~queried[top]]
        if unqueried.size >= self.batch:
            return rng.choice(unqueried, size=self.batch, replace=False)
        left = np.flatnonzero(~queried)
        return left[_highest(predicted[left], self.batch)]


def _highest(values: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Positions of the `count` highest values (or all), highest first."""
    count = min(count, values.size)
    top = np.argpartition(values, values.size - count)[values.size - count :]
    return top[np.argsort(-values[top], kind="stable")]


class WeakNASGBRT(WeakNAS):
    """WeakNAS with the release's gradient-boosted trees: XGBoost, 1,000 rounds, depth 20."""

    requires: ClassVar[tuple[str, ...]] = ("xgboost",)
    seconds_per_query: float | None = 0.3

    def __init__(self, initial: int = 10, batch: int = 10, top_n: int = 100) -> None:
        super().__init__(initial, batch, top_n, predictor="gbrt")


class WeakNASForest(WeakNAS):
    """WeakNAS with the release's random forest: 1,000 trees, depth 10."""

    seconds_per_query: float | None = 0.3

    def __init__(self, initial: int = 10, batch: int = 10, top_n: int = 100) -> None:
        super().__init__(initial, batch, top_n, predictor="forest")
