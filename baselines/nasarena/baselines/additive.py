"""An additive model: how much accuracy each value of each decision costs."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import TARGETS


class Additive:
    """A table of what each value of each decision adds to accuracy, fitted anew in every round.

    After `initial` random architectures, ridge regression on the one-hot encoding gives the table;
    the prediction for an architecture is a sum over its decisions. In every round the `batch` best
    predicted architectures that were not queried are queried. The best predicted of all is
    recommended.

    Source: Huang & Chu, "PONAS: Progressive One-shot Neural Architecture Search", 2020, whose
    table of accuracy drops for every layer and operation this is, from memory; no released code
    was found.
    Departures: the paper measures each drop by itself with shared weights, and spreads the work
    over layers; here the table is fitted to random and predicted-best architectures together.
    Labels are replaced by the normal quantiles of their ranks. In spaces too large to list, a pool
    (`space.pool`) is ranked. It looks at decisions only, so it needs no graph.

    Args:
        initial: random architectures queried before the first fit.
        batch: architectures queried in every round.
        penalty: of ridge regression; the constant is free.
        targets: what the table is fitted to: `rank-gaussian`, `z-score`, `percent` or `fraction`.
    """

    version = "1"
    kind = "baseline"
    paper = "Huang & Chu, 2020, arXiv:2003.05112"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 1e-3

    def __init__(
        self,
        initial: int = 10,
        batch: int = 5,
        penalty: float = 1.0,
        targets: str = "rank-gaussian",
    ) -> None:
        for name, value in {"initial": initial, "batch": batch}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if not 0 < penalty < np.inf:
            raise ValueError(f"penalty must be above 0 and finite, not {penalty}")
        if targets not in TARGETS:
            raise ValueError(f"targets must be {' or '.join(TARGETS)}, not {targets!r}")
        self.initial = initial
        self.batch = batch
        self.penalty = penalty
        self.targets = targets

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        everything = space.one_hot(np.arange(space.size)) if space.enumerable else None
        ids = space.sample(min(self.initial, space.size), rng)
        accuracies = problem.query(ids)
        while ids.size < space.size:
            labels = TARGETS[self.targets](accuracies)
            table, constant = additive_table(space.one_hot(ids), labels, self.penalty)
            pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
            features = space.one_hot(pool) if everything is None else everything
            predicted = features @ table + constant
            problem.show_predictor(partial(_predicted, space, table, constant))
            problem.recommend(int(pool[predicted.argmax()]))
            predicted[np.isin(pool, ids)] = -np.inf
            count = min(self.batch, space.size - ids.size)
            best = np.argsort(-predicted, kind="stable")[:count]
            chosen = pool[best[predicted[best] > -np.inf]]
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])


def _predicted(space: CategoricalSpace, table: Features, constant: float, ids: Ids) -> Features:
    sums: Features = space.one_hot(ids) @ table + np.float32(constant)
    return sums


def additive_table(
    features: Features, labels: NDArray[np.float64], penalty: float
) -> tuple[Features, float]:
    """What each value of each decision adds, shape (values,), and a constant: ridge regression.

    `features` are one-hot encodings, shape (labelled, values), `labels` have shape (labelled,).
    """
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean
    squares = centred.T @ centred + penalty * np.eye(centred.shape[1])
    values = np.linalg.solve(squares, centred.T @ (labels - labels.mean()))
    return values.astype(np.float32), float(labels.mean() - mean @ values)
