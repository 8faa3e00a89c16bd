"""Intervals, all at 95 %, and the rounding of everything shown."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 9_999


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The bootstrap interval (BCa) of a mean; None for a single value, which has none.

    Resampled with a fixed seed: the same values give the same interval.
    """
    from scipy.stats import bootstrap

    if values.size < 2:
        return None
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    result = bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, method="BCa", rng=np.random.default_rng(0)
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def share_interval(successes: int, count: int) -> tuple[float, float]:
    """The Wilson score interval of a share."""
    from scipy.stats import binomtest

    interval = binomtest(successes, count).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def mean_band(
    curves: NDArray[np.float64], resample: Callable[[int], NDArray[np.int64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pointwise percentile bootstrap of the mean of curves of shape (runs, positions).

    `resample(runs)` gives the drawn runs, shape (resamples, runs).
    """
    weights = np.stack(
        [np.bincount(drawn, minlength=len(curves)) for drawn in resample(len(curves))]
    )
    means = weights @ curves / len(curves)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return low, high


def rounded(value: float) -> float:
    """6 significant digits, before ties, tests and drawing: beyond lies the library's noise."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, 5 - math.floor(math.log10(abs(value))))
