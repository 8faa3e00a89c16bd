"""How well a trained table tells its cells apart: all of them, the better ones, and the best."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies
from nasarena.suite.training.plan import EVERY_CELL, FRESH_SEEDS, TOP_SEEDS
from nasarena.suite.training.stored_trainings import Group
from nasarena.suite.training.train_cell import Trainings


@dataclass(frozen=True)
class Resolution:
    """Of final validation accuracies; None where what it needs is not trained yet.

    * `seed_correlation`, `seed_correlation_top_quarter`: Spearman's rank correlation between two
      seeds, the mean over the pairs of the seeds that all cells have; over all cells, and over the
      quarter that is best by the mean of these seeds.
    * `test_correlation`: Spearman's, between the mean validation and the mean test accuracy.
    * `margin`: how far the best cell of the table is ahead of the best of the others by fresh
      seeds, that had no part in choosing either; `margin_error` is its standard error (points).
    """

    cells: int
    seed_correlation: float
    seed_correlation_top_quarter: float
    test_correlation: float
    margin: float | None
    margin_error: float | None


def resolution(trainings: Mapping[Group, Trainings]) -> Resolution:
    """The resolution of what is trained so far (three cells or more)."""
    every = [training for group, training in trainings.items() if _is(group, EVERY_CELL)]
    validation = np.array([training.validation[:, -1] for training in every])
    test = np.array([training.test[:, -1].mean() for training in every])
    mean = validation.mean(axis=1)
    top = mean >= np.quantile(mean, 0.75)
    margin, error = _margin(trainings)
    return Resolution(
        cells=len(every),
        seed_correlation=_between_seeds(validation),
        seed_correlation_top_quarter=_between_seeds(validation[top]),
        test_correlation=_spearman(mean, test),
        margin=margin,
        margin_error=error,
    )


def _margin(trainings: Mapping[Group, Trainings]) -> tuple[float | None, float | None]:
    """The best two cells by the seeds of the table, compared by fresh ones."""
    fresh = {
        group.cell: training.validation[:, -1]
        for group, training in trainings.items()
        if _is(group, FRESH_SEEDS)
    }
    if len(fresh) < 2:
        return None, None
    first, second = sorted(fresh, key=lambda cell: -_of_table(trainings, cell))[:2]
    one, other = fresh[first], fresh[second]
    error = np.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size)
    return float(one.mean() - other.mean()), float(error)


def _of_table(trainings: Mapping[Group, Trainings], cell: str) -> float:
    """Mean final validation accuracy over the seeds of the table."""
    parts = [
        trainings[Group(cell, seeds.start, len(seeds))].validation[:, -1]
        for seeds in (EVERY_CELL, TOP_SEEDS)
    ]
    return float(np.concatenate(parts).mean())


def _is(group: Group, seeds: range) -> bool:
    return group.range == seeds


def _between_seeds(values: Accuracies) -> float:
    pairs = combinations(values.T, 2)
    return float(np.mean([_spearman(one, other) for one, other in pairs]))


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)
