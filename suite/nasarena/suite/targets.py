"""What predictors are fitted to: accuracies on a scale of their own."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies


def percent(accuracies: Accuracies) -> Accuracies:
    """Accuracies as they are."""
    return accuracies


def fractions(accuracies: Accuracies) -> Accuracies:
    """Accuracies between 0 and 1."""
    scaled: Accuracies = accuracies / 100
    return scaled


def z_scores(accuracies: Accuracies) -> NDArray[np.float64]:
    """Accuracies minus their mean, over their standard deviation; 0 where they are all equal.

    Mean and deviation are those of the queried architectures. The released WeakNAS takes those of
    the whole space, which no search knows; its network then trains otherwise (see `WeakNAS`).
    """
    if np.ptp(accuracies) == 0:
        return np.zeros(accuracies.shape)
    scores: NDArray[np.float64] = (accuracies - accuracies.mean()) / accuracies.std()
    return scores


def rank_gaussian(accuracies: Accuracies) -> NDArray[np.float64]:
    """The normal quantiles of the ranks, (rank - 1/2) / n; equal accuracies share a mean rank.

    Bad architectures, which lie far below the others, then weigh no more than others do.
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    quantiles: NDArray[np.float64] = ndtri((rankdata(accuracies) - 0.5) / accuracies.size)
    return quantiles


TARGETS = {
    "percent": percent,
    "fraction": fractions,
    "z-score": z_scores,
    "rank-gaussian": rank_gaussian,
}
