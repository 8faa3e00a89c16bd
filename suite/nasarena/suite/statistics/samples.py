"""Samples to a goal under a budget: censored times to an event, and what is said of them.

`samples` are charged queries until the goal, infinity for runs that never reached it, however
they ended; more than the budget counts as not found. `budget` is in the same unit: with training
seconds for samples, it is in seconds. Values are not rounded here.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.intervals import (
    MANY_RESAMPLES,
    mean_interval,
    mean_intervals,
    rounded,
    share_interval,
    wilson,
)


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; None for the ends where one run says nothing of them."""

    value: float
    low: float | None = None
    high: float | None = None

    def rounded(self) -> "Estimate":
        """With 6 significant digits, as everything that is shown."""
        ends = (None if end is None else rounded(end) for end in (self.low, self.high))
        return Estimate(rounded(self.value), *ends)

    def map(self, function: Callable[[float], float]) -> "Estimate":
        """The same of a function of the number that only rises or only falls."""
        value = float(function(self.value))
        if self.low is None or self.high is None:
            return Estimate(value)
        return Estimate(value, *sorted((float(function(self.low)), float(function(self.high)))))


def mean_of(values: NDArray[np.float64]) -> Estimate:
    """The mean of values (runs,), with its bootstrap interval (BCa)."""
    return Estimate(float(values.mean()), *(mean_interval(values) or ()))


def means_of(values: NDArray[np.float64], resamples: int = MANY_RESAMPLES) -> list[Estimate | None]:
    """The mean of each row of shape (samples, runs), with its bootstrap interval (BCa).

    None for a row with NaN.
    """
    estimates: list[Estimate | None] = [None] * len(values)
    known = np.flatnonzero(~np.isnan(values).any(axis=1))
    means = values[known].mean(axis=1)
    low, high = mean_intervals(values[known], resamples)
    for index, mean, *ends in zip(
        known.tolist(), means.tolist(), low.tolist(), high.tolist(), strict=True
    ):
        estimates[index] = Estimate(mean, *ends) if values.shape[1] > 1 else Estimate(mean)
    return estimates


def found_share(samples: NDArray[np.float64], budget: float) -> Estimate:
    """The share of runs that reached the goal within the budget; the interval is Wilson's."""
    found = int((samples <= budget).sum())
    return Estimate(found / samples.size, *share_interval(found, samples.size))


def restricted_mean(samples: NDArray[np.float64], budget: float) -> Estimate:
    """The mean of min(samples, budget), with its bootstrap interval (BCa).

    Where no run reached the goal there is no spread to resample: at best, a share of runs as high
    as the interval of the share allows would reach it with one query.
    """
    mean = mean_of(np.minimum(samples, budget))
    return mean if (samples <= budget).any() else never_found(samples.size, mean.value)


def never_found(runs: int, budget: float) -> Estimate:
    """The restricted mean where none of the runs reached the goal within the budget."""
    if runs == 1:
        return Estimate(budget)
    _, high = share_interval(0, runs)
    return Estimate(budget, high + (1 - high) * budget, budget)


def median(samples: NDArray[np.float64], budget: float) -> float | None:
    """The median, runs without the goal counting as later than all others; None if it is one."""
    middle = float(np.median(np.where(samples <= budget, samples, np.inf)))
    return middle if np.isfinite(middle) else None


def ert(samples: NDArray[np.float64], budget: float) -> float | None:
    """Expected samples with restarts: all that runs spent, over the number that found the goal.

    A run without it spent the whole budget. None where no run found it.

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

    A run whose budget ends without the goal leaves the count there, undecided. Where budgets
    agree this is the plain share of runs, and the interval Wilson's. Where not, it is Wilson's
    with the number of runs that would give the share as small an error as Greenwood's: unlike
    Greenwood's own, it is there before the first run has found the goal, and after the last.

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
