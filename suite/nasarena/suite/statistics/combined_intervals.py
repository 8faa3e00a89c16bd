"""Intervals of means over benchmarks and of ratios, made of the intervals of their parts.

Each part's variance is recovered from its own interval; for geometric means and ratios, the
interval of the logarithm. For one benchmark the result is that benchmark's interval, so that what
is said across benchmarks never contradicts what is said on one. The parts are treated as
independent, as runs on different benchmarks are.

Source: Zou & Donner, "Construction of confidence limits about effect measures", 2008.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.blocks import Block
from nasarena.suite.statistics.samples import Estimate, restricted_mean


def geometric_mean(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """The weighted geometric mean of positive numbers, with its interval.

    No interval where a part has none, unless all of that part's runs agree: it then adds nothing
    to the width. `weights` sum to 1.
    """
    value = math.exp(
        sum(weight * math.log(one.value) for one, weight in zip(estimates, weights, strict=True))
    )
    if len(estimates) == 1:
        return estimates[0]
    widths = [_widths(one) for one in estimates]
    parts = [
        (weight * width[0], weight * width[1])
        for width, weight in zip(widths, weights, strict=True)
        if width is not None
    ]
    if len(parts) < len(widths):
        return Estimate(value)
    below, above = (math.hypot(*ends) for ends in zip(*parts, strict=True))
    return Estimate(value, value * math.exp(-below), value * math.exp(above))


def weighted_mean(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """The weighted mean of numbers, with its interval; none where a part has none.

    `weights` sum to 1.
    """
    if len(estimates) == 1:
        return estimates[0]
    value = sum(weight * one.value for one, weight in zip(estimates, weights, strict=True))
    below = above = 0.0
    for one, weight in zip(estimates, weights, strict=True):
        if one.agreeing:
            continue
        if one.low is None or one.high is None:
            return Estimate(value)
        below = math.hypot(below, weight * (one.value - one.low))
        above = math.hypot(above, weight * (one.high - one.value))
    return Estimate(value, value - below, value + above)


def ratio(numerator: Estimate, denominator: Estimate) -> Estimate:
    """A ratio of positive numbers, with its interval; none where one of them has none.

    A number that is known exactly has ends that are the number itself. The ratio of an estimate to
    itself is exactly 1.
    """
    if numerator is denominator:
        return Estimate(1.0, 1.0, 1.0)
    value = numerator.value / denominator.value
    top, bottom = _widths(numerator), _widths(denominator)
    if top is None or bottom is None:
        return Estimate(value)
    below, above = math.hypot(top[0], bottom[1]), math.hypot(top[1], bottom[0])
    return Estimate(value, value * math.exp(-below), value * math.exp(above))


def _widths(one: Estimate) -> tuple[float, float] | None:
    """How far the ends lie from a number, below and above, on its logarithm; None without ends."""
    if one.agreeing:
        return 0.0, 0.0
    if one.low is None or one.high is None:
        return None
    return math.log(one.value / one.low), math.log(one.high / one.value)


def samples_across(block: Block) -> list[Estimate]:
    """Each method's geometric mean over a block's benchmarks of its restricted mean samples."""
    return [
        geometric_mean(
            [
                restricted_mean(_samples(row, runs.have, runs.samples, runs.found), budget)
                for runs, budget in zip(block.runs, block.budgets.values(), strict=True)
            ],
            block.weights.tolist(),
        )
        for row in range(len(block.methods))
    ]


def _samples(
    row: int, have: NDArray[np.bool_], samples: NDArray[np.float64], found: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The samples to the optimum of one method's runs, infinity where it was not found. (runs,)"""
    every: NDArray[np.float64] = np.where(found[row], samples[row], np.inf)
    kept: NDArray[np.float64] = every[have[row]]
    return kept
