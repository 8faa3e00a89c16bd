"""How sure one must be at each of several looks at growing data, for one alpha in all.

With `n` new runs against a fixed number of stored ones the information on their difference is
1 / (1 / n + 1 / stored). Looks at growing `n` have independent increments in it, so that their
standardised statistics behave as a Brownian motion's. The error is spent in proportion to the
information gathered. Sources: Lan & DeMets, "Discrete sequential boundaries for clinical trials",
Biometrika, 1983; Kim & DeMets, "Design and analysis of group sequential tests based on the type I
error spending rate function", Biometrika, 1987 (the power family with exponent 1); the numerical
integration is that of Armitage, McPherson & Rowe, 1969.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

_PLACES = 1_201
"""Where the density is known: levels are then right to three digits."""

_LOWEST = -8.0
"""Where the grid begins, in standard deviations."""


def information(new: int, stored: int) -> float:
    """The information on the difference of `new` runs and `stored` ones, in runs."""
    return 1 / (1 / new + 1 / stored)


@cache
def nominal_levels(looks: tuple[int, ...], stored: int, alpha: float) -> tuple[float, ...]:
    """The one-sided level of each look at so many new runs (ascending).

    The chance that p is at most its level at any look is alpha where nothing differs.
    """
    if len(looks) == 1:
        return (alpha,)
    from scipy.optimize import brentq
    from scipy.special import ndtr

    gathered = [information(new, stored) for new in looks]
    times = [one / gathered[-1] for one in gathered]
    # Where the motion may be before a look, and how much weight is there: first, 0 for sure.
    places, weights = np.zeros(1), np.ones(1)
    levels, before = [], 0.0
    for time in times:
        step = (time - before) ** 0.5

        def crossing(bound: float) -> float:
            """The chance to be above the bound now, and at no look before, less what is spent."""
            above = ndtr((places - bound) / step)  # noqa: B023  # used within this turn only
            return float(weights @ above) - alpha * (time - before)  # noqa: B023  # as above

        highest = -_LOWEST * time**0.5
        bound = float(brentq(crossing, -highest, highest, xtol=1e-10))
        levels.append(float(ndtr(-bound / time**0.5)))
        grid = np.linspace(-highest, bound, _PLACES)
        steps = (grid[:, None] - places) / step
        density = np.exp(-(steps**2) / 2) @ weights / (np.sqrt(2 * np.pi) * step)
        places, weights, before = grid, density * _trapezoid(grid), time
    return tuple(levels)


def _trapezoid(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of the trapezoidal rule on an even grid."""
    weights = np.full(grid.size, grid[1] - grid[0])
    weights[[0, -1]] /= 2
    return weights
