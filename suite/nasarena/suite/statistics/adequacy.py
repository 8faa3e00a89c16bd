"""Whether there are enough seeds: which difference they could show, and how many are needed.

For a mean difference with standard error e, a two-sided t-test at 5 % finds a true difference in
80 % of repetitions if it is at least (t(0.975) + t(0.8)) e, with quantiles of Student's t. With n
paired differences of standard deviation s, e is s / sqrt(n); of n and m unpaired runs it is
sqrt(s^2 / n + t^2 / m). Degrees of freedom: the smaller number of runs less one, which is
conservative for unpaired runs. Source: the usual sample-size formulas (e.g. Chow, Shao & Wang,
"Sample size calculations in clinical research"); the test by exchanges has about the same power.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.pairwise import Difference

ALPHA, POWER = 0.05, 0.8

FEWEST = 6
"""Of fewer paired seeds no p is below 5 %: two in 2^seeds are as extreme as can be."""

_TRIED = 12
"""Numbers of seeds tried from the normal distribution's answer on: Student's is close above."""


@dataclass(frozen=True)
class Adequacy:
    """What the seeds can show about a pair of methods on a benchmark.

    * `difference`: the observed mean of samples of `a` minus samples of `b`.
    * `smallest`: the smallest true difference (samples) that these seeds would have shown in 80 %
      of repetitions, at 5 % two-sided and uncorrected. None with fewer than six seeds of either
      method, and where the differences have no spread.
    * `seeds_needed`: how many seeds of each method, in all, would show the observed difference in
      80 % of repetitions; None where the difference is 0 or not known.
    """

    benchmark: str
    a: str
    b: str
    seeds_a: int
    seeds_b: int
    difference: float | None
    smallest: float | None
    seeds_needed: int | None


def adequacies(differences: Sequence[Difference]) -> list[Adequacy]:
    """The `Adequacy` of each pair, in their order."""
    deviations = np.array([_number(difference.deviation) for difference in differences])
    errors = np.array([_number(difference.error) for difference in differences])
    means = np.array([_number(d.mean.value if d.mean else None) for d in differences])
    seeds = np.array([difference.seeds for difference in differences])
    smallest = smallest_differences(errors * np.sqrt(seeds), seeds)
    needed = seeds_to_show(deviations, means)
    return [
        Adequacy(
            benchmark=difference.benchmark,
            a=difference.a,
            b=difference.b,
            seeds_a=difference.seeds_a,
            seeds_b=difference.seeds_b,
            difference=difference.mean.value if difference.mean else None,
            smallest=rounded(float(low)) if np.isfinite(low) and low > 0 else None,
            seeds_needed=int(count) if np.isfinite(count) else None,
        )
        for difference, low, count in zip(differences, smallest, needed, strict=True)
    ]


def smallest_differences(deviations: ArrayLike, seeds: ArrayLike) -> NDArray[np.float64]:
    """(t(0.975) + t(0.8)) s / sqrt(n), of each pair; NaN below six seeds."""
    from scipy.special import stdtrit

    count = np.asarray(seeds, dtype=np.float64)
    count = np.where(count >= FEWEST, count, np.nan)
    quantiles = stdtrit(count - 1, 1 - ALPHA / 2) + stdtrit(count - 1, POWER)
    smallest: NDArray[np.float64] = quantiles * np.asarray(deviations) / np.sqrt(count)
    return smallest


def seeds_to_show(deviations: ArrayLike, differences: ArrayLike) -> NDArray[np.float64]:
    """The smallest number of seeds, at least six, that shows each difference; NaN for 0 and NaN."""
    from scipy.special import ndtri

    deviation = np.asarray(deviations, dtype=np.float64)
    difference = np.abs(np.asarray(differences, dtype=np.float64))
    difference = np.where(difference > 0, difference, np.nan)
    normal = ((ndtri(1 - ALPHA / 2) + ndtri(POWER)) * deviation / difference) ** 2
    tried = np.maximum(np.floor(normal), FEWEST)[..., None] + np.arange(_TRIED)
    enough = smallest_differences(deviation[..., None], tried) <= difference[..., None]
    needed: NDArray[np.float64] = np.where(
        enough.any(axis=-1),
        np.take_along_axis(tried, enough.argmax(axis=-1)[..., None], -1)[..., 0],
        np.nan,
    )
    return needed


def _number(value: float | None) -> float:
    return np.nan if value is None else value
