"""Two methods whose runs are not paired: the difference of their means, and which needs fewer."""

import math

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.intervals import wilson
from nasarena.suite.statistics.samples import Estimate


def difference_of_means(a: Estimate, b: Estimate) -> Estimate:
    """The mean `a` minus the mean `b`, of independent runs, with its 95 % interval.

    The interval is made of the intervals of the two means; there is none where one of them has
    none. Each end is as far from the difference as the root of the summed squares of the two means'
    errors towards that side. Source: Zou & Donner, "Construction of confidence limits about effect
    measures: a general approach", Statistics in Medicine, 2008.
    """
    value = a.value - b.value
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Estimate(value)
    low = value - math.hypot(a.value - a.low, b.high - b.value)
    return Estimate(value, low, value + math.hypot(a.high - a.value, b.value - b.low))


def share_fewer(a: NDArray[np.float64], b: NDArray[np.float64]) -> Estimate:
    """The probability that a run of `a` needs fewer samples than one of `b`; ties count half.

    The interval is Wilson's, with the number of runs that gives a share as small an error as this
    one has (DeLong et al., "Comparing the areas under two or more correlated receiver operating
    characteristic curves", Biometrics, 1988), and the smaller of the two numbers where all agree.
    None for a single run.
    """
    ordered_a, ordered_b = np.sort(a), np.sort(b)
    # Of each run of a, the share of those of b that need more; of each of b, of those of a fewer.
    over = 1 - _placements(ordered_b, a)
    under = _placements(ordered_a, b)
    share = float(over.mean())
    if min(a.size, b.size) < 2:
        return Estimate(share)
    variance = over.var(ddof=1) / a.size + under.var(ddof=1) / b.size
    count = share * (1 - share) / variance if variance > 0 else float(min(a.size, b.size))
    low, high = wilson(np.array(share), np.array(count))
    return Estimate(share, low.item(), high.item())


def _placements(ordered: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each value the share of the ordered ones below it, ties counting half."""
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    shares: NDArray[np.float64] = below / (2 * ordered.size)
    return shares
