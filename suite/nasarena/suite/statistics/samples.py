"""Samples to a goal under a budget: censored times to an event, and their statistics.

`samples` are charged queries until the goal, infinity for runs that never reached it, however
they ended; more than the budget counts as not found. `budget` is in the same unit: with training
seconds for samples, it is in seconds. Values are not rounded here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.intervals import (
    FEWEST_RUNS,
    MANY_RESAMPLES,
    RESAMPLES,
    mean_intervals,
    restricted_mean_intervals,
    rounded,
    share_interval,
    wilson,
)


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; the ends are None where the runs do not give them.

    `agreeing` is the number of runs where all have this one value: they have no spread, and so no
    interval. It is 0 elsewhere, and below 6 runs. `heavy_tail` says that a few runs dominate the
    mean, so that its interval misses the true mean in more than 5 % of cases.
    """

    value: float
    low: float | None = None
    high: float | None = None
    agreeing: int = 0
    heavy_tail: bool = False

    def rounded(self) -> "Estimate":
        """With 6 significant digits, as everything that is shown."""
        low, high = (None if end is None else rounded(end) for end in (self.low, self.high))
        return replace(self, value=rounded(self.value), low=low, high=high)

    def map(self, function: Callable[[float], float]) -> "Estimate":
        """The same of a function of the number that only rises or only falls."""
        value = float(function(self.value))
        if self.low is None or self.high is None:
            return replace(self, value=value)
        low, high = sorted((float(function(self.low)), float(function(self.high))))
        return replace(self, value=value, low=low, high=high)

    @property
    def others(self) -> float | None:
        """Where all runs agree, the largest share of runs (95 %, Wilson) that could differ."""
        return 1 - share_interval(self.agreeing, self.agreeing)[0] if self.agreeing else None


def mean_of(values: NDArray[np.float64]) -> Estimate:
    """The mean of values (runs,), with its bootstrap interval."""
    (estimate,) = means_of(values[None], RESAMPLES)
    return estimate or Estimate(float(values.mean()))


def means_of(values: NDArray[np.float64], resamples: int = MANY_RESAMPLES) -> list[Estimate | None]:
    """The mean of each row of shape (samples, runs), with its bootstrap interval.

    None for a row with NaN.
    """
    return [
        None if math.isnan(estimate.value) else replace(estimate, heavy_tail=heavy)
        for estimate, heavy in zip(
            _with_ends(values, *mean_intervals(values, resamples)),
            (_skewness(values) > HEAVY).tolist(),
            strict=True,
        )
    ]


HEAVY = 3.5
"""The skewness from which on a tail is heavy: docs/simulations/coverage.py finds that from 30 runs
on only intervals of such cells cover their mean in less than 85 % of samples.
"""


def _skewness(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The size of the skewness of each row, 0 where all values are equal. (samples,)"""
    deviations = values - values.mean(axis=1, keepdims=True)
    scale = np.where(np.ptp(values, axis=1) == 0, 1, deviations.std(axis=1))
    skewness: NDArray[np.float64] = np.abs((deviations**3).mean(axis=1)) / scale**3
    return skewness


def _with_ends(
    values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> list[Estimate]:
    """The means of rows with the ends of their intervals, NaN for none."""
    runs = values.shape[1]
    return [
        Estimate(mean, *ends)
        if not math.isnan(ends[0])
        else Estimate(mean, agreeing=runs if width == 0 and runs >= FEWEST_RUNS else 0)
        for mean, width, *ends in zip(
            values.mean(axis=1).tolist(),
            np.ptp(values, axis=1).tolist(),
            low.tolist(),
            high.tolist(),
            strict=True,
        )
    ]


def found_share(samples: NDArray[np.float64], budget: float) -> Estimate:
    """The share of runs that reached the goal within the budget; the interval is Wilson's."""
    found = int((samples <= budget).sum())
    return Estimate(found / samples.size, *share_interval(found, samples.size))


def restricted_mean(samples: NDArray[np.float64], budget: float) -> Estimate:
    """The mean of min(samples, budget) over runs (runs,), with its interval."""
    (mean,) = restricted_means(samples[None], budget)
    return mean


def restricted_means(samples: NDArray[np.float64], budget: float) -> list[Estimate]:
    """The mean of min(samples, budget) of each row of shape (goals, runs), with its interval.

    The interval is that of `restricted_mean_intervals`: where few or no runs reached the goal it
    is as wide as the interval of their share.
    """
    found, values = samples <= budget, np.minimum(samples, budget)
    whole = np.full(len(samples), float(budget))
    return _with_ends(values, *restricted_mean_intervals(values, found, whole, 1, RESAMPLES))


def restricted_costs(
    spent: NDArray[np.float64], found: NDArray[np.bool_], whole: NDArray[np.float64]
) -> list[Estimate | None]:
    """The mean cost of each row of shape (goals, runs), with its interval; None with NaN.

    `spent` is until the goal or the end of the budget, `found` whether the goal was reached, and
    `whole`, shape (runs,), what the whole budget costs.
    """
    mean = np.full(len(spent), float(whole.mean()))
    ends = restricted_mean_intervals(spent, found, mean, 0, RESAMPLES)
    return [None if math.isnan(one.value) else one for one in _with_ends(spent, *ends)]


def median(samples: NDArray[np.float64], budget: float) -> float | None:
    """The median; runs without the goal count as later than all others.

    None where the median is such a run.
    """
    middle = float(np.median(np.where(samples <= budget, samples, np.inf)))
    return middle if np.isfinite(middle) else None


def ert(samples: NDArray[np.float64], budget: float) -> float | None:
    """Expected samples with restarts: all that runs spent, over the number that found the goal.

    A run without it spent the whole budget, however early it ended; COCO counts only the
    evaluations that such a run made. None where no run found it.

    Source: Hansen et al., "COCO: performance assessment", 2016.
    """
    found = int((samples <= budget).sum())
    return float(np.minimum(samples, budget).sum()) / found if found else None


@dataclass(frozen=True)
class FoundCurve:
    """The share of runs that have reached a goal after so many queries, with its 95 % interval.

    A step function: each of `share`, `low`, `high` holds from its one of `queries` on (the first
    is 0) to the next, the last to `end`, the largest budget. All have shape (steps,).
    """

    queries: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    end: float


def kaplan_meier(samples: NDArray[np.float64], budgets: NDArray[np.float64] | float) -> FoundCurve:
    """The share found (Kaplan-Meier) of runs with budgets of their own, or one for all.

    A run whose budget ends without the goal leaves the count there, undecided. Where budgets agree
    this is the plain share of runs, and the interval Wilson's. Where not, it is Wilson's with the
    number of runs that would give the share as small an error as Greenwood's: unlike Greenwood's
    own interval, it also exists before the first run has found the goal and after the last.

    Source: Kaplan & Meier, 1958; Rothman, "Estimation of confidence limits for the cumulative
    probability of survival", 1978.
    """
    budgets = np.broadcast_to(np.asarray(budgets, dtype=np.float64), samples.shape)
    times = np.minimum(samples, budgets)
    events, inverse = np.unique(times, return_inverse=True)
    found = np.bincount(inverse, weights=samples <= budgets, minlength=events.size)
    # At risk: neither found nor at the end of the budget before; of equal times, founds go first.
    at_risk = samples.size - np.searchsorted(np.sort(times), events)
    events, found, at_risk = events[found > 0], found[found > 0], at_risk[found > 0]
    missing = np.cumprod(1 - found / at_risk)
    left = at_risk - found
    with np.errstate(divide="ignore"):
        error = np.cumsum(found / (at_risk * left))  # Greenwood: variance / missing squared
    share = (1 - missing).astype(np.float64)
    with np.errstate(invalid="ignore"):
        count = share / (missing * error)
    # Where the last at risk have found it, the error is not known: as of the step before.
    if count.size and left[-1] == 0:
        count[-1] = count[-2] if count.size > 1 else samples.size
    share, count = np.append(0.0, share), np.append(float(samples.size), count)
    low, high = wilson(share, count)
    return FoundCurve(np.append(0.0, events), share, low, high, float(budgets.max()))


def flat(row: Any) -> dict[str, Any]:
    """All fields of a dataclass; an estimate as its value and, as `..._low` and `..._high`, its
    interval.
    """
    estimates = _estimates(type(row))
    record: dict[str, Any] = {}
    for field in fields(row):
        name, value = field.name, getattr(row, field.name)
        record[name] = value.value if isinstance(value, Estimate) else value
        if name in estimates:
            record[f"{name}_low"] = value and value.low
            record[f"{name}_high"] = value and value.high
    return record


def _estimates(kind: type) -> set[str]:
    """The fields that are estimates, or can be."""
    hints = get_type_hints(kind)
    return {name for name, hint in hints.items() if Estimate in (hint, *get_args(hint))}
