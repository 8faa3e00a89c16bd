"""Numbers in the cells of a user's table."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_ORDERED = 8
"""Lines whose order says more than chance: training runs order none of them alike."""

MUCH = 0.5


def number(cell: str) -> float | None:
    """The finite number in a cell; None when it is none. `1_0` is a number to Python alone."""
    try:
        value = float("" if "_" in cell else cell)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def lenient_numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    """The numbers in cells, NaN for what is none. Shape (cells,)."""
    return np.array([np.nan if (n := number(cell)) is None else n for cell in cells])


def same_order(values: NDArray[np.float64]) -> bool:
    """Whether at least eight complete rows order their values alike, and by much.

    By much is half of how much rows differ from one another (a standard deviation of their means)
    or more. `values` have shape (rows, columns), NaN where there is none. Training runs differ by
    noise, and do not; stages of a training, and decisions, can.
    """
    complete = values[~np.isnan(values).any(axis=1)]
    if len(complete) < FEWEST_ORDERED or complete.shape[1] < 2:
        return False
    order = np.argsort(complete, axis=1)
    if (order != order[0]).any():
        return False
    return bool(np.ptp(complete, axis=1).mean() >= MUCH * complete.mean(axis=1).std())
