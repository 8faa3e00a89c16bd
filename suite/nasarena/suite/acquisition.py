"""How promising an architecture is, by what a predictor says of its accuracy."""

import numpy as np
from numpy.typing import NDArray


def expected_improvement(
    mean: NDArray[np.floating], deviation: NDArray[np.floating], best: float
) -> NDArray[np.floating]:
    """E[max(x - best, 0)] for normal x, elementwise; the plain difference without deviation."""
    from scipy.special import ndtr

    gain = mean - best
    with np.errstate(over="ignore"):  # next to no deviation: as far away as numbers go
        z = np.divide(gain, deviation, out=np.zeros_like(gain), where=deviation > 0).clip(-40, 40)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    improvement: NDArray[np.floating] = np.where(
        deviation > 0, gain * ndtr(z) + deviation * density, np.maximum(gain, 0)
    )
    return improvement
