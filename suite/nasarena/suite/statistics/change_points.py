"""From which point on are values higher or lower than before? Over several strata together.

The points are split in two, and the ranks of the values before and after are compared as in
`stratified_ranks`. The split with the largest standardised statistic is a change if hardly any
exchange of values between points (within each stratum) gives as large a statistic at its own best
split: that the split was chosen is in the test, and without any change it is exact, whatever the
ties. Then both parts are split again. Sources: Pettitt, "A non-parametric approach to the
change-point problem", 1979; Scott & Knott, "A cluster analysis method for grouping means in the
analysis of variance", 1974.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.resampling import stream

FEWEST_DRAWS, MOST_DRAWS = 999, 49_999
"""Exchanges drawn for a test: 10 / level, within these."""

_CELLS = 1_000_000
"""Numbers exchanged at a time."""


@dataclass(frozen=True)
class Placed:
    """The values of one stratum, shape (values,), and at which points each stands.

    `at` has shape (values, points). A value that stands at several points is exchanged as one.
    """

    name: str
    values: NDArray[np.float64]
    at: NDArray[np.bool_]


@dataclass(frozen=True)
class ChangePoint:
    """A change: `at` is the first point after it. `z` is above 0 where values became higher.

    `p` is the chance of as large a statistic at any split of the tested part if nothing changed.
    """

    at: int
    z: float
    p: float


def change_points(strata: Sequence[Placed], level: float) -> list[ChangePoint]:
    """All changes of values over points, in order.

    Without any change, the chance that one is found is `level` at most. After a true one, each
    part is tested again at `level`. The same values give the same result.
    """
    points = {one.at.shape[1] for one in strata}
    return list(_changes(strata, 0, max(points, default=0), level))


def _changes(strata: Sequence[Placed], first: int, end: int, level: float) -> Iterator[ChangePoint]:
    found = _largest(strata, first, end, level) if end - first > 1 else None
    if found is None or found.p > level:
        return
    yield from _changes(strata, first, found.at, level)
    yield found
    yield from _changes(strata, found.at, end, level)


@dataclass(frozen=True)
class _Part:
    """What stands in a part: scores (values,) with mean 0, their weights in its splits.

    Weights (values, splits) add up to 0 in each split.
    """

    name: str
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]


def _largest(strata: Sequence[Placed], first: int, end: int, level: float) -> ChangePoint | None:
    """The best split of the points from `first` on and before `end`; None where nothing varies."""
    parts = [_part(one, first, end) for one in strata]
    observed, variance = np.zeros((2, end - first - 1))
    for one in parts:
        observed += one.scores @ one.weights
        if one.scores.size > 1:
            variance += one.scores.var(ddof=1) * (one.weights**2).sum(axis=0)
    usable = variance > 1e-20
    if not usable.any():
        return None
    deviation = np.sqrt(variance[usable])
    z = observed[usable] / deviation
    best = int(np.argmax(np.abs(z)))
    draws = min(max(FEWEST_DRAWS, ceil(10 / level) - 1), MOST_DRAWS)
    sums = np.zeros((draws, z.size))
    for one in parts:
        sums += _exchanged(one.name, one.scores, one.weights[:, usable], draws)
    largest = np.abs(sums / deviation).max(axis=1)
    exceeding = int((largest >= abs(z[best]) - 1e-9).sum())
    return ChangePoint(
        at=first + 1 + int(np.flatnonzero(usable)[best]),
        z=float(z[best]),
        p=(1 + exceeding) / (1 + draws),
    )


def _part(one: Placed, first: int, end: int) -> _Part:
    from scipy.stats import rankdata

    at = one.at[:, first:end]
    inside = at.any(axis=1)
    at = at[inside].astype(np.float64)
    scores = rankdata(one.values[inside]) / (len(at) + 1) - 0.5
    before = np.cumsum(at, axis=1)[:, :-1]
    after = at.sum(axis=1, keepdims=True) - before
    total_before, total_after = before.sum(axis=0), after.sum(axis=0)
    # A value that stands before and after in equal shares has no weight: it says nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = (after * total_before - before * total_after) / (total_before + total_after)
    return _Part(one.name, scores, np.nan_to_num(weights))


def _exchanged(
    name: str, scores: NDArray[np.float64], weights: NDArray[np.float64], draws: int
) -> NDArray[np.float64]:
    """The statistic of each split after each exchange. (draws, splits)

    Other scores are exchanged in other ways: with the same few for all, all would share the error
    of a p from so few.
    """
    rng = stream("change points", f"{name} {sha256(scores.tobytes()).hexdigest()}")
    step = max(1, _CELLS // max(scores.size, 1))
    sums = [
        rng.permuted(np.tile(scores, (min(step, draws - start), 1)), axis=1) @ weights
        for start in range(0, draws, step)
    ]
    return np.concatenate(sums)
