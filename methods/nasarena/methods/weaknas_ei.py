"""WeakNAS by expected improvement."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.methods.weaknas import PAPER, WeakNAS, released_initial
from nasarena.suite.acquisition import log_expected_improvement
from nasarena.suite.arrays import Ids
from nasarena.suite.predictors import load_predictor, predictor_source
from nasarena.suite.problem import Problem
from nasarena.suite.targets import z_scores


class WeakNASEI:
    """WeakNAS's loop with expected improvement; only its first round is drawn at random.

    Every round fits `ensemble` predictors on everything queried. Their mean, and their standard
    deviation divided by `shrink`, give the expected improvement on the best label for every
    unqueried architecture; the `batch` highest are queried. The best mean is recommended.

    Source: the released code, for the loop, the 5 predictors and the deviation over 5.
    Departure: this is another method than the released variant, and cannot be compared with any
    published curve. The release negates the predictions but not the labels. In terms of
    maximisation its incumbent is therefore minus the worst label, 1.2 to 5 deviations above the
    mean after 10 labels; expected improvement underflows to 0 for the whole space, and it queries
    ties in the order of their ids (0 to 9 first). Here the incumbent is the best label, and
    architectures are ordered by the logarithm of expected improvement. Labels are z-scored as in
    `weaknas`.

    Args:
        initial: architectures queried before the first predictors; None for the release's number
            (`released_initial`).
        batch: architectures queried in every round.
        ensemble: predictors fitted a round, each with weights of its own.
        shrink: what the ensemble's standard deviation is divided by.
        predictor: its registered name, as `nasarena.predictors` has them.
    """

    version = "3"
    kind = "method"
    paper = PAPER
    tuned_on = WeakNAS.tuned_on
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query: float | None = 1.25

    def __init__(
        self,
        initial: int | None = None,
        batch: int = 10,
        ensemble: int = 5,
        shrink: float = 5.0,
        predictor: str = "mlp",
    ) -> None:
        for name, value in {"initial": initial, "batch": batch, "ensemble": ensemble}.items():
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if not shrink > 0:
            raise ValueError(f"shrink must be above 0, not {shrink}")
        self.initial = initial
        self.batch = batch
        self.ensemble = ensemble
        self.shrink = shrink
        self.predictor = predictor
        self.sources = (predictor_source(predictor),)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        predictor = load_predictor(self.predictor)(space, rng)
        initial = released_initial(space) if self.initial is None else self.initial
        ids = space.sample(min(initial, space.size), rng)
        accuracies = problem.query(ids)
        while ids.size < space.size:
            targets = z_scores(accuracies)
            best = ids[np.argsort(-accuracies, kind="stable")[: self.batch]]
            pool = space.pool(rng, best)
            predicted = []
            for _ in range(self.ensemble):
                predictor.fit(ids, targets)
                predicted.append(predictor.predict(pool))
            mean = np.mean(predicted, axis=0)
            problem.show_predictor(mean.__getitem__)
            problem.recommend(int(pool[mean.argmax()]))
            deviation = np.std(predicted, axis=0) / self.shrink
            # A fifth of a deviation soon makes all expected improvements 0, as numbers.
            improvement = log_expected_improvement(mean, deviation, targets.max())
            chosen = self.choose(pool, improvement, ids)
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])

    def choose(self, pool: Ids, improvement: NDArray[np.floating], queried: Ids) -> Ids:
        """The ids of highest improvement outside `queried`, at most `batch`, highest first.

        `pool` and `improvement`, or its logarithm, have shape (ranked,), `queried` has shape
        (queried,).
        """
        left = np.flatnonzero(~np.isin(pool, queried))
        order = np.argsort(-improvement[left], kind="stable")
        return pool[left[order[: self.batch]]]
