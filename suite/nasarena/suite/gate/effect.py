"""How many times worse new runs are than stored ones, and what so many runs could have shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.stratified_ranks import (
    Stratum,
    permutation_variance,
    scores,
)

Measure: TypeAlias = Literal["samples", "regret"]

LogRatio: TypeAlias = tuple[float, list[tuple[float, int]]]
"""The logarithm of a ratio of two means, and of each mean its logarithm's squared standard error
with its number of values.
"""

CONFIDENCE, POWER = 0.95, 0.8

LARGEST = 20.0
"""Times slower: the most that is tried."""

SLACK = 0.001
"""As a share: how closely slow-downs are found."""


@dataclass(frozen=True)
class Pair:
    """The stored runs of a method on a benchmark (`base`) and new ones (`head`)."""

    base: Outcomes
    head: Outcomes

    @property
    def benchmark(self) -> str:
        """Its name."""
        return self.base.identity.benchmark

    @cached_property
    def measure(self) -> Measure:
        """What is compared: samples to the optimum, or regret where most runs do not find it.

        Decided from both groups together, so that exchanging runs changes nothing.
        """
        found = np.concatenate([np.isfinite(one.samples) for one in (self.base, self.head)])
        return "samples" if found.mean() >= 0.5 else "regret"

    @cached_property
    def stratum(self) -> Stratum:
        """The values to rank: higher is worse."""
        if self.measure == "samples":
            return Stratum(self.benchmark, self.base.censored, self.head.censored)
        return Stratum(self.benchmark, self.base.areas, self.head.areas)

    @cached_property
    def log_ratio(self) -> LogRatio:
        """The logarithm of how many times worse the new runs are; above 0: worse.

        Of samples: the ratio of the means of min(samples, budget). Of regret: that of its geometric
        means over runs and queries. With it the squared standard errors of the two means'
        logarithms (delta method), each with its number of runs.
        """
        parts = []
        centres = []
        for one in (self.base, self.head):
            values = one.censored if self.measure == "samples" else one.areas
            centre, count = float(values.mean()), int(values.size)
            square = float(values.var(ddof=1)) / count if count > 1 else 0.0
            if self.measure == "samples":
                centre, square = float(np.log(centre)), square / centre**2
            centres.append(centre)
            parts.append((square, count))
        return centres[1] - centres[0], parts


def times_worse(pairs: Sequence[Pair]) -> Estimate:
    """The geometric mean over benchmarks of how many times worse; its 95 % interval."""
    return ratio_over([pair.log_ratio for pair in pairs])


def ratio_over(ratios: Sequence[LogRatio]) -> Estimate:
    """The geometric mean of independent ratios, with its 95 % interval.

    Student's interval of the mean log ratio, with Welch's degrees of freedom. No interval where
    nothing varies or a group has one value. Sources: Oehlert, "A note on the delta method", 1992;
    Welch, "The generalization of Student's problem", 1947.
    """
    from scipy.special import stdtrit

    squares = [part for _, both in ratios for part in both]
    centre = float(np.mean([ratio for ratio, _ in ratios]))
    value = float(np.exp(centre))
    square = sum(square for square, _ in squares)
    if square == 0 or min(count for _, count in squares) < 2:
        return Estimate(value)
    freedom = square**2 / sum(one**2 / (count - 1) for one, count in squares)
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * square**0.5 / len(ratios)
    return Estimate(value, value * float(np.exp(-half)), value * float(np.exp(half)))


def slow_down(pairs: Sequence[Pair]) -> Estimate:
    """The slow-down that the ranks point to: above 1 is worse; with its 95 % interval.

    If the stored runs were so many times slower, on all benchmarks alike, the rank test would see
    no difference from the new ones. The interval holds the slow-downs that the test would not
    reject, with the spread that it has at the estimate. The smallest effect that counts is held
    against this one, not against `times_worse`: it varies less, as single long runs count little,
    so that what the test finds is not lost again (of slow-downs of weaknas-lite by 1.2, 99 %
    instead of 97 % are found; docs/statistics.md). Source: Hodges & Lehmann, "Estimates of
    location based on rank tests", 1963.
    """
    from scipy.special import ndtri

    if _spread(pairs, 1.0) == 0:  # all runs need the same: no slow-down fits better than none
        return Estimate(1.0, 1.0, 1.0)
    value = _slow_down_where(pairs, 0.0)
    reach = float(ndtri((1 + CONFIDENCE) / 2)) * _spread(pairs, value)
    return Estimate(value, _slow_down_where(pairs, reach), _slow_down_where(pairs, -reach))


def smallest_shown(pairs: Sequence[Pair], level: float, min_effect: float = 0.0) -> float | None:
    """The smallest slow-down that so many new runs show with a power of 80 % at this level.

    Shown: the rank test rejects, and `slow_down` is above 1 + `min_effect`. A slow-down multiplies
    samples (or regret) by one number on all benchmarks. The stored runs stand for both groups; the
    test's mean under the slow-down is exact for them, its spread is that under no change. None
    where not even 20 times would be shown. Source: Noether, "Sample size determination for some
    common nonparametric tests", JASA, 1987.
    """
    from scipy.special import ndtri

    power = float(ndtri(POWER))
    rejected = float(ndtri(1 - level)) + power
    spread = _spread_unchanged(pairs)

    def shown(slower: float) -> bool:
        return (
            _expected_excess(pairs, slower, 1.0) >= rejected * spread
            and _expected_excess(pairs, slower, 1 + min_effect) >= power * spread
        )

    if spread == 0:
        # All stored runs need the same: what is slower at all is apart from them.
        apart = _spread_apart(pairs)
        is_shown = apart > 0 and _expected_excess(pairs, LARGEST, 1.0) >= rejected * apart
        return 1 + min_effect if is_shown else None
    if not shown(LARGEST):
        return None
    low, high = 0.0, float(np.log(LARGEST))
    while high - low > 0.002:
        middle = (low + high) / 2
        low, high = (low, middle) if shown(float(np.exp(middle))) else (middle, high)
    return float(np.exp(high))


def _slow_down_where(pairs: Sequence[Pair], wanted: float) -> float:
    """The slow-down of the stored runs at which the rank statistic falls to `wanted`."""
    low, high = -float(np.log(LARGEST)), float(np.log(LARGEST))
    while high - low > SLACK / 2:
        middle = (low + high) / 2
        slower = float(np.exp(middle))
        excess = sum(_excess(*_if_slowed(pair, slower)) for pair in pairs)
        low, high = (middle, high) if excess > wanted + 1e-9 else (low, middle)
    return float(np.exp((low + high) / 2))


def _spread(pairs: Sequence[Pair], slower: float) -> float:
    """The standard deviation of the rank statistic if stored runs were so many times slower."""
    variance = 0.0
    for pair in pairs:
        base, head = _if_slowed(pair, slower)
        variance += permutation_variance(scores(Stratum(pair.benchmark, base, head)), head.size)
    return sqrt(variance)


def _if_slowed(pair: Pair, slower: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The values of stored and new runs if the stored ones were so many times slower."""
    base, head = pair.stratum.base, pair.stratum.head
    if slower >= 1:
        return _slowed(pair, base, slower), head
    # What a stored run would have found beyond the budget is not known: slow the new ones instead.
    return base, _slowed(pair, head, 1 / slower)


def _excess(base: NDArray[np.float64], head: NDArray[np.float64]) -> float:
    """By how much the heads' scores are above their mean over exchanges."""
    surplus = _above(base, head) - base.size * head.size / 2
    return surplus / (base.size + head.size + 1)


def _expected_excess(pairs: Sequence[Pair], slower: float, stored: float) -> float:
    """The mean of the rank statistic, not divided by its spread, under a slow-down.

    New runs are as the stored ones, so many times `slower`; stored ones `stored` times.
    """
    excess = 0.0
    for pair in pairs:
        base, new = pair.stratum.base, pair.head.count
        share = _worse_share(_slowed(pair, base, stored), _slowed(pair, base, slower))
        excess += new * base.size * (share - 0.5) / (base.size + new + 1)
    return excess


def _spread_unchanged(pairs: Sequence[Pair]) -> float:
    """The standard deviation of the rank statistic where new runs are as the stored ones."""
    variance = 0.0
    for pair in pairs:
        base, new = pair.stratum.base, pair.head.count
        pooled = Stratum(pair.benchmark, base, np.resize(base, new))
        variance += permutation_variance(scores(pooled), new)
    return sqrt(variance)


def _spread_apart(pairs: Sequence[Pair]) -> float:
    """The rank statistic's standard deviation where each new run is slower than all stored."""
    variance = 0.0
    for pair in pairs:
        base, new = pair.stratum.base, pair.head.count
        slower = _slowed(pair, np.resize(base, new), LARGEST)
        variance += permutation_variance(scores(Stratum(pair.benchmark, base, slower)), new)
    return sqrt(variance)


def _slowed(pair: Pair, values: NDArray[np.float64], slower: float) -> NDArray[np.float64]:
    """Values of the pair's measure if every run were so many times slower."""
    if pair.measure == "regret":
        return values + float(np.log(slower))
    return np.minimum(values * slower, pair.base.identity.budget)


def _worse_share(base: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How often a run of `other` is above one of `base`; ties count half.

    Both are of the same runs: a run is not held against itself, as all of them would seem worse by
    the smallest slow-down. 0.5 where there is one run.
    """
    count = base.size
    if count == 1:
        return 0.5
    itself = float(((other > base) + 0.5 * (other == base)).sum())
    return (_above(base, other) - itself) / (count * (count - 1))


def _above(base: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The number of pairs in which the one of `other` is above the one of `base`; ties: half."""
    ordered = np.sort(base)
    below = np.searchsorted(ordered, other, side="left")
    up_to = np.searchsorted(ordered, other, side="right")
    return float((below + up_to).sum()) / 2
