"""Steps in a history: from which commit on a method needs more samples, or fewer.

Runs before and after a commit are compared by `change_points`, over all benchmarks together. In a
history without any change a step is found with probability `level` at most
(docs/simulations/steps.py measures it); after a true step, each part is tested again.

Consecutive commits with identical traces are one point. A run that several points have in common is
one run, with all the places where it stands: otherwise a change that few runs notice would make
the others count many times.

CPU times differ more between sessions than within one. So for them whole commits are exchanged,
and only among those of one environment (versions of libraries, and machine).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.gate.effect import LogRatio, Pair, ratio_over, times_worse
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.gate.series import Moment, Series, distinct, same_code
from nasarena.suite.statistics.change_points import Placed, change_points
from nasarena.suite.statistics.samples import Estimate

ALPHA = 0.01
"""The chance of a wrong step, over all methods of a history together."""


@dataclass(frozen=True)
class Step:
    """A change from the moment before `at` (a place in the series) to that moment.

    `ratio` is how many times worse the runs up to the next step are than those back to the last;
    above 1 is worse. Of CPU times, how many times slower. None where the two have no benchmark (or
    environment) in common.
    """

    at: int
    z: float
    p: float
    ratio: Estimate | None


def steps(series: Series, level: float) -> list[Step]:
    """The steps in a method's samples (regret where most runs do not find the optimum)."""
    groups = same_code(series.moments)
    strata = []
    for benchmark in series.benchmarks:
        cells = [_cells(series, benchmark, group) for group in groups]
        strata.append(_placed(benchmark, cells))
    found = change_points(strata, level)
    bounds = [0, *(one.at for one in found), len(groups)]
    return [
        Step(
            at=groups[one.at][0],
            z=one.z,
            p=one.p,
            ratio=_ratio(series, groups[start : one.at], groups[one.at : end]),
        )
        for one, start, end in zip(found, bounds[:-2], bounds[2:], strict=True)
    ]


def _cells(series: Series, benchmark: str, group: Sequence[int]) -> list[Outcomes]:
    """The runs on a benchmark of some moments."""
    cells = (series.moments[place].cells.get(benchmark) for place in group)
    return [one for one in cells if one is not None]


def _placed(benchmark: str, points: Sequence[Sequence[Outcomes]]) -> Placed:
    every = [one for cells in points for one in cells]
    point_of = [point for point, cells in enumerate(points) for _ in cells]
    runs, places = distinct(every)
    at = np.zeros((runs.count, len(points)), dtype=bool)
    for row, stands in enumerate(places):
        at[row, [point_of[place] for place in stands]] = True
    return Placed(benchmark, Pair(runs, runs).stratum.base, at)


def by_regret(series: Series) -> list[str]:
    """The benchmarks where regret is compared, as most runs do not find the optimum."""
    runs = {
        name: distinct(_cells(series, name, range(len(series.moments))))[0]
        for name in series.benchmarks
    }
    return [name for name, one in runs.items() if Pair(one, one).measure == "regret"]


def _ratio(
    series: Series, before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]
) -> Estimate | None:
    """How many times worse the runs of some points are than those of others."""
    pairs = []
    for benchmark in series.benchmarks:
        base, head = (
            [one for group in groups for one in _cells(series, benchmark, group)]
            for groups in (before, after)
        )
        if base and head:
            pairs.append(Pair(distinct(base)[0], distinct(head)[0]))
    return times_worse(pairs) if pairs else None


def time_steps(series: Series, level: float) -> list[Step]:
    """The steps in a method's CPU time per charged query, on the benchmarks of its last runs."""
    timed = [
        (place, next(iter(moment.environments)), value)
        for place, moment in enumerate(series.moments)
        if len(moment.environments) == 1
        and (value := _log_seconds(moment, series.latest)) is not None
    ]
    values = np.array([value for _, _, value in timed])
    environment = np.array([name for _, name, _ in timed])
    strata = [
        Placed(
            name, values[environment == name], np.eye(len(timed), dtype=bool)[environment == name]
        )
        for name in sorted(set(environment.tolist()))
    ]
    found = change_points(strata, level)
    bounds = [0, *(one.at for one in found), len(timed)]
    return [
        Step(
            at=timed[one.at][0],
            z=one.z,
            p=one.p,
            ratio=_slower(values, environment, slice(start, one.at), slice(one.at, end)),
        )
        for one, start, end in zip(found, bounds[:-2], bounds[2:], strict=True)
    ]


def _log_seconds(moment: Moment, benchmarks: Sequence[str]) -> float | None:
    """The mean over benchmarks of the logarithm of CPU seconds per query; None if not known."""
    if not moment.cells.keys() >= set(benchmarks):
        return None
    seconds = np.array([moment.cells[name].seconds_per_query for name in benchmarks])
    if not (seconds > 0).all():
        return None
    return float(np.log(seconds).mean())


def _slower(
    values: NDArray[np.float64], environment: NDArray[np.str_], before: slice, after: slice
) -> Estimate | None:
    """How many times slower some moments are than others, in the environments that are in both."""
    parts: list[LogRatio] = []
    for name in sorted(set(environment[before]) & set(environment[after])):
        groups = [values[part][environment[part] == name] for part in (before, after)]
        squares = [
            (float(group.var(ddof=1)) / group.size if group.size > 1 else 0.0, group.size)
            for group in groups
        ]
        parts.append((float(groups[1].mean() - groups[0].mean()), squares))
    return ratio_over(parts) if parts else None
