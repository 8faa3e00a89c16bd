"""WeakNAS: every round fits a weak predictor and queries the best predicted architectures."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.predictors import (
    Estimator,
    Predictor,
    predictor_factory,
    predictor_sources,
)
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import TARGETS

PAPER = "Wu et al., NeurIPS 2021, arXiv:2102.10490"


def released_initial(space: CategoricalSpace) -> int:
    """How many random architectures the release starts with: 100 on NAS-Bench-101, else 10."""
    return 100 if space.name.startswith("nasbench101") else 10


class WeakNAS:
    """The released WeakNAS, with its settings.

    Other predictors, such as those of GATES and FLAN, take the network's place as in
    `weaknas[predictor=gates]`; `nasarena predictors` lists them.

    Query `initial` random architectures. Then, until the budget ends: fit a new predictor on
    everything queried, rank the whole space (`space.pool`), and query `batch` architectures drawn
    uniformly from the not yet queried ones of the `top_n` best predicted (where fewer than `batch`
    are left there, the best predicted unqueried ones). The best predicted of all is recommended in
    every round.

    Source: Wu et al., NeurIPS 2021, section 3, and the released code: 100 initial on
    NAS-Bench-101 and 10 on NAS-Bench-201, then 10 a round from the top 100; scikit-learn's
    MLPRegressor with four layers of 1,000 (`ReleasedMLP`), on the release's encodings.
    Departure: labels are z-scored with the mean and deviation of what was queried; the release
    takes those of the whole space, which a search cannot know. This changes results: scikit-learn's
    stopping tolerance, penalty and Adam depend on the scale of the labels. On
    `nasbench201/cifar100` with the release's scale a fit runs 51 epochs instead of 66, and 22 [6,
    40] more samples are needed (119 instead of 97.0, 100 seeds, p = .015). To reproduce the
    release, give both numbers: `weaknas[label_mean=61.29972,label_deviation=12.14164]` there. They
    are then part of the method's name in the results, so readers see what it was told.

    Args:
        initial: architectures queried before the first predictor; None for the release's number
            (`released_initial`).
        batch: architectures queried in every round.
        top_n: how many of the best predicted architectures a round draws from.
        predictor: its registered name, as `nasarena predictors` has them, or a scikit-learn
            estimator, which reads the one-hot encoding.
        label_mean: subtracted from the labels, percent; None for the mean of those queried.
        label_deviation: divides them, percentage points; given with `label_mean` or not at all.
    """

    version = "2"
    kind = "method"
    paper = PAPER
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/*",)
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query: float | None = 0.25
    targets = "z-score"

    def __init__(
        self,
        initial: int | None = None,
        batch: int = 10,
        top_n: int = 100,
        predictor: str | Estimator = "mlp",
        label_mean: float | None = None,
        label_deviation: float | None = None,
    ) -> None:
        for name, value in {"initial": initial, "batch": batch, "top_n": top_n}.items():
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if (label_mean is None) != (label_deviation is None):
            raise ValueError("label_mean and label_deviation must be given together")
        if label_mean is not None and not np.isfinite(label_mean):
            raise ValueError(f"label_mean must be a finite number, not {label_mean}")
        if label_deviation is not None and not 0 < label_deviation < np.inf:
            raise ValueError(f"label_deviation must be above 0 and finite, not {label_deviation}")
        self.initial = initial
        self.batch = batch
        self.top_n = top_n
        self.predictor = predictor
        self.label_mean = label_mean
        self.label_deviation = label_deviation
        self.sources = predictor_sources(predictor)

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Predictor:
        """The predictor that every round fits afresh."""
        return predictor_factory(self.predictor)(problem.space, rng)

    def scaled(self, accuracies: Accuracies) -> Accuracies:
        """The labels as the predictor is given them, shape (queried,)."""
        if self.label_mean is None or self.label_deviation is None:
            return TARGETS[self.targets](accuracies)
        by_constants: Accuracies = (accuracies - self.label_mean) / self.label_deviation
        return by_constants

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        predictor = self.make_predictor(problem, rng)
        initial = released_initial(space) if self.initial is None else self.initial
        ids = space.sample(min(initial, space.size), rng)
        accuracies = problem.query(ids)
        while ids.size < space.size:
            predictor.fit(ids, self.scaled(accuracies))
            pool = space.pool(rng, best=ids[_highest(accuracies, self.top_n)])
            predicted = predictor.predict(pool)
            problem.show_predictor(predictor.predict)
            problem.recommend(int(pool[predicted.argmax()]))
            chosen = self.choose(pool, predicted, ids, rng)
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])

    def choose(
        self, pool: Ids, predicted: NDArray[np.floating], queried: Ids, rng: np.random.Generator
    ) -> Ids:
        """The next round: at most `batch` ids of the pool that are not among `queried`.

        `pool` and `predicted` have shape (ranked,), `queried` has shape (queried,).
        """
        top = pool[_highest(predicted, self.top_n)]
        unqueried = top[~np.isin(top, queried)]
        if unqueried.size >= self.batch:
            return rng.choice(unqueried, size=self.batch, replace=False)
        left = np.flatnonzero(~np.isin(pool, queried))
        return pool[left[_highest(predicted[left], self.batch)]]


def _highest(values: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Positions of the `count` highest values (or all), highest first."""
    count = min(count, values.size)
    top = np.argpartition(values, values.size - count)[values.size - count :]
    return top[np.argsort(-values[top], kind="stable")]


class WeakNASGBRT(WeakNAS):
    """WeakNAS with the release's gradient-boosted trees: XGBoost, 1,000 rounds, depth 20.

    Trees do not depend on the scale of the labels (up to rounding), so there is none to give.
    """

    requires: ClassVar[tuple[str, ...]] = ("xgboost",)
    seconds_per_query: float | None = 0.013

    def __init__(self, initial: int | None = None, batch: int = 10, top_n: int = 100) -> None:
        super().__init__(initial, batch, top_n, predictor="gbrt")


class WeakNASForest(WeakNAS):
    """WeakNAS with the release's random forest: 1,000 trees, depth 10.

    Trees do not depend on the scale of the labels (up to rounding), so there is none to give.
    """

    requires: ClassVar[tuple[str, ...]] = ()
    seconds_per_query: float | None = 0.1

    def __init__(self, initial: int | None = None, batch: int = 10, top_n: int = 100) -> None:
        super().__init__(initial, batch, top_n, predictor="forest")
