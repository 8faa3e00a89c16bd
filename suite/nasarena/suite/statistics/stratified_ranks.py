"""Are the values of one group higher than those of another, over several benchmarks together?

Ranks are taken within each benchmark, so that benchmarks of any difficulty count, and outliers
count little. Runs that never found the optimum share the highest rank. Benchmarks are weighted by
1 / (runs + 1), which is the best choice for a shift that is the same on all. Source: van Elteren,
"On the combination of independent two-sample tests of Wilcoxon", 1960.

p comes from exchanging runs between the two groups within each benchmark: it is exact whatever the
ties, up to the number of exchanges drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.resampling import FLIPS, exchanges

MOST_ROUNDS = 20
"""Of 10,000 exchanges each."""


@dataclass(frozen=True)
class Stratum:
    """The values of two groups on one benchmark, higher is worse: `base` (n,) and `head` (m,)."""

    name: str
    base: NDArray[np.float64]
    head: NDArray[np.float64]


@dataclass(frozen=True)
class RankTest:
    """The standardised rank sum of the heads, and how likely one as high (low) is by chance.

    `z` is above 0 where the heads' values are higher. `p_higher` and `p_lower` are one-sided.
    """

    z: float
    p_higher: float
    p_lower: float


def stratified_rank_test(strata: Sequence[Stratum], level: float) -> RankTest:
    """Tests the heads against the bases.

    At least 10 / `level` exchanges are drawn (at most 200,000), so that p can be told from the
    level at which it will be judged.
    """
    scored = [(one, scores(one)) for one in strata]
    statistic = expected = variance = 0.0
    for one, score in scored:
        statistic += float(score[one.base.size :].sum())
        expected += one.head.size * float(score.mean())
        variance += permutation_variance(score, one.head.size)
    if variance < 1e-20:
        return RankTest(0.0, 1.0, 1.0)
    rounds = min(max(1, round(10 / level / (FLIPS + 1))), MOST_ROUNDS)
    higher = lower = drawn = 0
    for number in range(rounds):
        sums = np.zeros(1)
        for one, score in scored:
            sums = sums + _exchanged(one, score, number)
        higher += int((sums >= statistic - 1e-9).sum())
        lower += int((sums <= statistic + 1e-9).sum())
        drawn += sums.size
    return RankTest(
        z=(statistic - expected) / sqrt(variance),
        p_higher=(1 + higher) / (1 + drawn),
        p_lower=(1 + lower) / (1 + drawn),
    )


def scores(one: Stratum) -> NDArray[np.float64]:
    """The ranks of all values, bases first, over their number plus 1; ties share the mean rank."""
    from scipy.stats import rankdata

    pooled = np.concatenate([one.base, one.head])
    ranks: NDArray[np.float64] = rankdata(pooled) / (pooled.size + 1)
    return ranks


def permutation_variance(score: NDArray[np.float64], chosen: int) -> float:
    """Of the sum of `chosen` scores that are drawn without replacement."""
    count = score.size
    return float(score.var(ddof=1)) * chosen * (count - chosen) / count if count > 1 else 0.0


def upper_tail(z: float) -> float:
    """The probability that a standard normal number is above z."""
    return 0.5 * erfc(z / sqrt(2))


def _exchanged(one: Stratum, score: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """The sum of the heads' scores in each exchange of a round. (exchanges,)"""
    fewer = min(one.base.size, one.head.size)
    chosen = score @ exchanges(one.name, fewer, score.size, number).astype(np.float64)
    sums: NDArray[np.float64] = chosen if one.head.size == fewer else score.sum() - chosen
    return sums
