"""How well predictions order architectures: over a whole space, and at its top."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies
from nasarena.suite.statistics.intervals import rounded

DECIMALS = 9
"""Accuracies that are equal to so many decimals are ties: 1e-9, as everywhere."""


@dataclass(frozen=True)
class RankQuality:
    """Kendall's tau-b over all architectures and over the true top, and precision at the top.

    Tau is 0 where predictions (or accuracies) are all equal: they say nothing about the order.
    Where some accuracies tie, predictions without ties reach no more than the root of the share of
    untied pairs: 0.997 on nasbenchgraph/citeseer, 0.955 at its top.
    """

    tau: float
    tau_top: float
    precision: float


def top_count(size: int) -> int:
    """How many architectures are the top of a space: 1 %, rounded up, and at least two."""
    return max(2, -(-size // 100))


def with_ties(accuracies: Accuracies) -> Accuracies:
    """Accuracies with ties made equal: means of equal runs can differ in their last bits."""
    return np.round(accuracies, DECIMALS)


def rank_quality(predicted: NDArray[np.floating], accuracies: Accuracies, top: int) -> RankQuality:
    """The quality of predictions of `accuracies`; both of shape (architectures,).

    The true top are the `top` best, and what ties with the last of them. Precision is the share
    of the `top` best predicted that are in it: its expectation, where equal predictions are
    ordered at random.
    """
    true = with_ties(accuracies)
    best = true >= _highest(true, top)
    return RankQuality(
        tau=kendall_tau(predicted, true),
        tau_top=kendall_tau(predicted[best], true[best]),
        precision=_precision(predicted, best, top),
    )


def space_quality(predicted: NDArray[np.floating], accuracies: Accuracies) -> RankQuality:
    """`rank_quality` with the top 1 % of the space as its top, to 6 significant digits."""
    quality = rank_quality(predicted, accuracies, top_count(accuracies.size))
    return RankQuality(rounded(quality.tau), rounded(quality.tau_top), rounded(quality.precision))


def kendall_tau(predicted: NDArray[np.floating], accuracies: Accuracies) -> float:
    """Kendall's tau-b; 0 where either has a single value only."""
    from scipy.stats import kendalltau

    if np.ptp(predicted) == 0 or np.ptp(accuracies) == 0:
        return 0.0
    return float(kendalltau(predicted, accuracies, variant="b").statistic)


def _precision(predicted: NDArray[np.floating], best: NDArray[np.bool_], top: int) -> float:
    last = _highest(predicted, top)
    above, tied = predicted > last, predicted == last
    drawn = top - int(above.sum())
    return float(best[above].sum() + drawn * best[tied].mean()) / top


def _highest(values: NDArray[np.floating], count: int) -> np.floating:
    """The `count`-th highest value."""
    highest: np.floating = np.partition(values, values.size - count)[values.size - count]
    return highest
