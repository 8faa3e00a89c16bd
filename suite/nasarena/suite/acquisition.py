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


def log_expected_improvement(
    mean: NDArray[np.floating], deviation: NDArray[np.floating], best: float
) -> NDArray[np.floating]:
    """The logarithm of `expected_improvement`, also where that is too small for a number.

    It orders architectures that are many deviations below the best label, all of whose expected
    improvements would be 0. Shapes as there; minus infinity where there is no improvement at all.
    """
    from scipy.special import erfcx, ndtr

    gain, deviation = np.asarray(mean, np.float64) - best, np.asarray(deviation, np.float64)
    with np.errstate(all="ignore"):  # each line holds for some z, and is taken for these alone
        z = gain / deviation
        log_density = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
        near = np.log(np.exp(log_density) + z * ndtr(z))
        # The share of z Phi(z) / phi(z) cancels the 1 up to about z**-2.
        below = log_density + np.log1p(z * np.sqrt(np.pi / 2) * erfcx(-z / np.sqrt(2)))
        far = log_density - 2 * np.log(-z)
        normal = np.log(deviation) + np.select([z > -1, z > -1e4], [near, below], far)
        improvement: NDArray[np.floating] = np.where(
            deviation > 0, normal, np.log(np.maximum(gain, 0))
        )
    return improvement
