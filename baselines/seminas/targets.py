"""Accuracies on the scale of a sigmoid, made from nothing but what was queried."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from suite.arrays import Accuracies


def unit_ranks(accuracies: Accuracies) -> NDArray[np.float64]:
    """Ranks among the queried, as (rank - 1/2) / n in (0, 1); equal ones share a mean rank.

    A few architectures that did not learn at all then leave the others their differences.
    """
    _, inverse, counts = np.unique(accuracies, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    ranks: NDArray[np.float64] = (mean_rank[inverse] - 0.5) / accuracies.size
    return ranks


def logistic(values: NDArray[np.floating]) -> NDArray[Any]:
    """1 / (1 + exp(-value)), by way of tanh, which does not overflow."""
    shares: NDArray[Any] = 0.5 * (1 + np.tanh(0.5 * values))
    return shares
