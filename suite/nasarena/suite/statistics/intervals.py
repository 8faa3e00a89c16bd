"""Intervals, all at 95 %, and the rounding of everything shown."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 9_999
"""Of the interval of a single mean."""

MANY_RESAMPLES = 1_999
"""Of the intervals of many means at once: their ends vary by about 3 % of the half width."""

FEWEST_RESAMPLES, MOST_DRAWN = 999, 10**8
"""Above 10,000 runs there are fewer resamples, so that these draw at most so many runs in all."""

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

_BLOCK = 2_000_000
"""Numbers held at once while resampling."""


FEWEST_RUNS = 6
"""Fewer give no interval of a mean: resamples of so few runs say too little of other runs."""


def resamples_for(runs: int, most: int = RESAMPLES) -> int:
    """How many resamples of so many runs: `most`, or fewer where there are very many runs.

    Intervals of many runs are narrow, and their ends vary in proportion to their width: with 999
    resamples by about 5 % of the half width.
    """
    return min(most, max(FEWEST_RESAMPLES, MOST_DRAWN // max(runs, 1)))


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The bootstrap interval (expanded BCa) of a mean, as `mean_intervals`; None where it has none.

    Resampled with a fixed seed: the same values give the same interval.
    """
    low, high = mean_intervals(values[None], RESAMPLES)
    return None if np.isnan(low[0]) else (low.item(), high.item())


def mean_intervals(
    values: NDArray[np.float64], resamples: int = MANY_RESAMPLES
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The bootstrap intervals of the means of many samples: lower and upper ends, (samples,).

    `values` has shape (samples, runs). The samples share the resamples, drawn with a fixed seed:
    the interval of one does not depend on those beside it. NaN for a sample with NaN, for one
    whose values are all equal (there is no spread to resample), and below 6 runs.

    Source: BCa of Efron, "Better bootstrap confidence intervals", 1987, expanded as Hesterberg,
    "What teachers should know about the bootstrap", 2015, does for percentiles: see `expanded_z`.
    The resamples and numbers are those of `scipy.stats.bootstrap` at the level that belongs to
    `expanded_z`; it does one column at a time.
    """
    ends = np.where((np.ptp(values, axis=1) == 0)[:, None], np.nan, _ends(values, resamples))
    return ends[:, 0], ends[:, 1]


def restricted_mean_intervals(
    values: NDArray[np.float64],
    found: NDArray[np.bool_],
    whole: NDArray[np.float64],
    least: float,
    resamples: int = MANY_RESAMPLES,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Intervals of means of costs that end with the budget: lower and upper ends, (samples,).

    `values` are what each run spent until it found something or its budget ended, `found` whether
    it did; both have shape (samples, runs). `whole`, shape (samples,), is what the budget costs on
    average, `least` what the quickest find could cost.

    Two intervals are averaged, weighted by the share of runs that found it and that did not. The
    first is that of `mean_intervals`. The second is of the share: Wilson's interval times what a
    find saves on average, with one more find counted, which costs `least` for the lower end and
    saves nothing for the upper. Where no run found it, it stands alone; where all did, the first.
    NaN below 6 runs, and where all found it at one cost.
    """
    runs = values.shape[1]
    count = found.sum(axis=1)
    share = count / max(runs, 1)
    saved = np.where(found, whole[:, None] - values, 0).sum(axis=1)
    low, high = wilson(share, np.full(share.shape, float(max(runs, 1))))
    of_share = np.stack(
        [
            whole - high * (saved + whole - least) / (count + 1),
            whole - low * saved / (count + 1),
        ],
        axis=1,
    )
    weight = share[:, None]
    # Zero times NaN is NaN: below 6 runs there is none of either.
    ends = weight * _ends(values, resamples) + (1 - weight) * of_share
    certain = (np.ptp(values, axis=1) == 0) & (share == 1)
    ends = np.where(certain[:, None], np.nan, ends)
    return ends[:, 0], ends[:, 1]


def expanded_z(runs: int) -> float:
    """The number that replaces the normal quantile 1.96 in an interval over so many runs.

    Student's quantile for one degree of freedom less than there are runs, times sqrt(runs / (runs -
    1)): resamples vary less than they should by this factor. The quantile by the series of Fisher &
    Cornish, "The percentile points of distributions having known cumulants", 1960, right to 0.002
    from 6 runs on.
    """
    free = runs - 1
    quantile = (
        Z
        + (Z**3 + Z) / (4 * free)
        + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * free**2)
        + (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / (384 * free**3)
    )
    return quantile * math.sqrt(runs / free)


def _ends(values: NDArray[np.float64], resamples: int) -> NDArray[np.float64]:
    """Expanded BCa intervals, the value itself where all are equal. Shape (samples, 2)."""
    samples, runs = values.shape
    if runs < FEWEST_RUNS:
        return np.full((samples, 2), np.nan)
    resamples = resamples_for(runs, resamples)
    step = max(1, _BLOCK // resamples)
    parts = [_bca(values[start : start + step], resamples) for start in range(0, samples, step)]
    return np.concatenate([*parts, np.empty((0, 2))])


def _bca(values: NDArray[np.float64], resamples: int) -> NDArray[np.float64]:
    """BCa intervals of the means of rows, shape (samples, runs). Shape (samples, 2)."""
    from scipy.special import ndtr, ndtri

    runs = values.shape[1]
    mean = values.mean(axis=1, keepdims=True)
    means = np.sort(_resampled_sums(values, resamples) / runs, axis=1)
    # Sums of the same numbers in another order differ in their last bits.
    tie = 1e-12 * np.abs(values).max(axis=1, keepdims=True)
    below = (means < mean - tie).sum(axis=1) + (means <= mean + tie).sum(axis=1)
    bias = ndtri(below / (2 * resamples))
    flat = np.ptp(values, axis=1) == 0
    deviations = values - mean
    squares = np.where(flat, 1, (deviations**2).sum(axis=1))
    lean = (deviations**3).sum(axis=1) / (6 * squares**1.5)
    shifted = bias[:, None] + np.array([-1, 1]) * expanded_z(runs)
    levels = ndtr(bias[:, None] + shifted / (1 - lean[:, None] * shifted))
    return np.where(flat[:, None], values[:, :1], _quantiles(means, levels))


def _quantiles(ordered: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles (linear between neighbours) of sorted rows, at levels of their own; NaN for NaN."""
    where = np.nan_to_num(levels) * (ordered.shape[1] - 1)
    left = where.astype(np.int64)
    right = np.minimum(left + 1, ordered.shape[1] - 1)
    low = np.take_along_axis(ordered, left, axis=1)
    high = np.take_along_axis(ordered, right, axis=1)
    found: NDArray[np.float64] = np.where(
        np.isnan(ordered[:, -1:]), np.nan, low + (high - low) * (where - left)
    )
    return found


def _resampled_sums(values: NDArray[np.float64], resamples: int) -> NDArray[np.float64]:
    """The sum of each resample of each row, shape (samples, runs). (samples, resamples)."""
    counts = _resample_counts(values.shape[1], resamples)
    step = max(1, _BLOCK // values.shape[1])
    return np.concatenate(
        [
            values @ counts[start : start + step].T.astype(np.float64)
            for start in range(0, resamples, step)
        ],
        axis=1,
    )


@lru_cache(maxsize=8)
def _resample_counts(runs: int, resamples: int) -> NDArray[np.uint8]:
    """How often each run is drawn in each resample, with a fixed seed. (resamples, runs)."""
    rng = np.random.default_rng(0)
    counts = np.empty((resamples, runs), dtype=np.uint8)
    step = max(1, _BLOCK // runs)
    for start in range(0, resamples, step):
        block = counts[start : start + step]
        drawn = rng.integers(runs, size=block.shape) + runs * np.arange(len(block))[:, None]
        block[:] = np.bincount(drawn.ravel(), minlength=block.size).reshape(block.shape)
    return counts


def share_interval(successes: int, count: int) -> tuple[float, float]:
    """The Wilson score interval of a share."""
    low, high = wilson(np.array(successes / count), np.array(float(count)))
    return low.item(), high.item()


def wilson(
    share: NDArray[np.float64], count: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The Wilson score interval of shares of `count` runs each: lower and upper ends.

    Source: Wilson, "Probable inference", 1927.
    """
    scale = 1 + Z**2 / count
    centre = (share + Z**2 / (2 * count)) / scale
    half = Z * np.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2)) / scale
    # Exact at the ends, where rounding would leave the share outside.
    low = np.where(share == 0, 0.0, np.maximum(centre - half, 0))
    high = np.where(share == 1, 1.0, np.minimum(centre + half, 1))
    return low, high


def rounded(value: float) -> float:
    """A number with 6 significant digits, for ties, tests and drawing: later digits are noise."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, 5 - math.floor(math.log10(abs(value))))
