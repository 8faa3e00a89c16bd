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
from math import fsum, sqrt

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.resampling import FLIPS, exchanged_places

MOST_ROUNDS = 20
"""Of 10,000 exchanges each."""

_TIE = 1e-9
"""Sums that differ by less are equal."""


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


def rank_tests(strata: Sequence[Stratum], level: float) -> tuple[RankTest, list[RankTest]]:
    """Tests the heads against the bases: over all strata together, and in each alone.

    At least 10 / `level` exchanges are drawn (at most 200,000), so that p can be told from the
    level at which it will be judged. The order of strata and of their values changes nothing.
    """
    ranked = [_Ranked.of(one) for one in strata]
    higher, lower = np.zeros(1 + len(ranked)), np.zeros(1 + len(ranked))
    statistics = np.array([fsum(one.sum for one in ranked), *(one.sum for one in ranked)])
    drawn = 0
    for number in range(min(max(1, round(10 / level / (FLIPS + 1))), MOST_ROUNDS)):
        sums = np.stack([one.exchanged(number) for one in ranked])
        for place, row in enumerate((sums.sum(axis=0), *sums)):
            higher[place] += np.count_nonzero(row >= statistics[place] - _TIE)
            lower[place] += np.count_nonzero(row <= statistics[place] + _TIE)
        drawn += sums.shape[1]
    together, *each = (
        _test(some, above, below, drawn)
        for some, above, below in zip(
            (ranked, *([one] for one in ranked)), higher.tolist(), lower.tolist(), strict=True
        )
    )
    return together, each


@dataclass(frozen=True)
class _Ranked:
    """A stratum's scores, bases first, and the sum of the heads'."""

    stratum: Stratum
    scores: NDArray[np.float64]
    sum: float

    @classmethod
    def of(cls, one: Stratum) -> "_Ranked":
        score = scores(one)
        return cls(one, score, float(score[one.base.size :].sum()))

    @property
    def excess(self) -> float:
        """By how much the heads' sum is above its mean over exchanges."""
        return self.sum - self.stratum.head.size * float(self.scores.mean())

    @property
    def variance(self) -> float:
        """Of the heads' sum over exchanges."""
        return permutation_variance(self.scores, self.stratum.head.size)

    def exchanged(self, number: int) -> NDArray[np.float64]:
        """The sum of the heads' scores in each exchange of a round. (exchanges,)"""
        bases, heads = self.stratum.base.size, self.stratum.head.size
        # Sorted, so that exchanges do not depend on the order of values.
        score = np.sort(self.scores)
        places = exchanged_places(self.stratum.name, min(bases, heads), score.size, number)
        chosen: NDArray[np.float64] = score[places].sum(axis=0)
        return chosen if heads <= bases else score.sum() - chosen


def _test(ranked: Sequence[_Ranked], higher: float, lower: float, drawn: int) -> RankTest:
    variance = fsum(one.variance for one in ranked)
    if variance < 1e-20:
        return RankTest(0.0, 1.0, 1.0)
    z = fsum(one.excess for one in ranked) / sqrt(variance)
    return RankTest(z, (1 + higher) / (1 + drawn), (1 + lower) / (1 + drawn))


def scores(one: Stratum) -> NDArray[np.float64]:
    """The ranks of all values, bases first, over their number plus 1; ties share the mean rank."""
    # Not scipy.stats.rankdata: loading it takes a second, longer than all else here.
    pooled = np.concatenate([one.base, one.head])
    _, place, counts = np.unique(pooled, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks / (pooled.size + 1)


def permutation_variance(score: NDArray[np.float64], chosen: int) -> float:
    """Of the sum of `chosen` scores that are drawn without replacement."""
    count = score.size
    return float(score.var(ddof=1)) * chosen * (count - chosen) / count if count > 1 else 0.0
