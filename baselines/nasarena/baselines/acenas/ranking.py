"""AceNAS's relevance of labels, and how good an order of them is."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies

SCALE, LOW = 20.0, 0.2


def relevance(accuracies: Accuracies) -> NDArray[np.float64]:
    """20 times the place between the 20 % quantile (0) and the maximum (1), shape (labelled,)."""
    low, high = np.quantile(accuracies, LOW), accuracies.max()
    if high == low:
        return np.zeros(accuracies.shape)
    places: NDArray[np.float64] = np.clip((accuracies - low) / (high - low), 0, 1)
    return places * SCALE


def ndcg(predicted: NDArray[np.floating], wanted: NDArray[np.floating]) -> float:
    """The normalised discounted cumulative gain of an order by `predicted`; 1 is the best."""
    discount = np.log2(np.arange(2, wanted.size + 2))
    gain = 2.0**wanted - 1
    ideal = (np.sort(gain)[::-1] / discount).sum()
    if ideal == 0:
        return 1.0
    return float((gain[np.argsort(-predicted, kind="stable")] / discount).sum() / ideal)
