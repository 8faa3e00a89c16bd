"""What is shown of one method over the commits of a history."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasarena.suite.gate.history import Entry
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.gate.series import Moment, Series, same_code, series_of
from nasarena.suite.gate.steps import ALPHA, Step, by_regret, steps, time_steps
from nasarena.suite.statistics.combined_intervals import geometric_mean
from nasarena.suite.statistics.samples import Estimate, mean_of, restricted_mean


@dataclass(frozen=True)
class Trend:
    """A method over commits; lists have one item a moment of the series, in order of time.

    * `samples`: by benchmark, means of min(samples, budget); None where there are no runs.
    * `mean_samples`, `milliseconds`: geometric means over the benchmarks of the last runs, of
      samples and of CPU milliseconds per charged query; None where one of these is missing.
    * `environments`: where the runs were made; None where in several environments.
    * `repeated`: whether all traces are those of the moment before.
    * `steps`, `time_steps`: where samples and times changed, at `level`; `methods` is the number
      of methods that the history has.
    * `by_regret`: the benchmarks where steps are of regret.
    """

    series: Series
    samples: dict[str, list[Estimate | None]]
    mean_samples: list[Estimate | None]
    milliseconds: list[Estimate | None]
    environments: list[str | None]
    repeated: list[bool]
    steps: list[Step]
    time_steps: list[Step]
    level: float
    methods: int
    by_regret: list[str]

    @property
    def method(self) -> str:
        """Its name."""
        return self.series.method


def trends_of(history: Sequence[Entry], alpha: float = ALPHA) -> list[Trend]:
    """The trends of all methods of a history, by their names.

    `alpha` is the chance that any of them shows a step where nothing changed.
    """
    every = series_of(history)
    return [_trend(series, alpha, len(every)) for series in every]


def _trend(series: Series, alpha: float, methods: int) -> Trend:
    moments, level = series.moments, alpha / methods
    samples = {
        name: [_samples(moment.cells[name]) if name in moment.cells else None for moment in moments]
        for name in series.benchmarks
    }
    first_of_code = {group[0] for group in same_code(moments)}
    return Trend(
        series=series,
        samples=samples,
        mean_samples=[
            _mean([samples[name][place] for name in series.latest]) for place in range(len(moments))
        ],
        milliseconds=[
            _mean([_milliseconds(moment, name) for name in series.latest]) for moment in moments
        ],
        environments=[
            next(iter(moment.environments)) if len(moment.environments) == 1 else None
            for moment in moments
        ],
        repeated=[place not in first_of_code for place in range(len(moments))],
        steps=steps(series, level),
        time_steps=time_steps(series, level),
        level=level,
        methods=methods,
        by_regret=by_regret(series),
    )


def _samples(one: Outcomes) -> Estimate:
    return restricted_mean(one.samples, one.identity.budget).rounded()


def _milliseconds(moment: Moment, benchmark: str) -> Estimate | None:
    """The mean over runs of CPU milliseconds per charged query; None where that is not known."""
    if benchmark not in moment.cells:
        return None
    one = moment.cells[benchmark]
    made = one.queries > 0
    values = 1000 * one.cpu_seconds[made] / one.queries[made]
    if not values.size or not np.isfinite(values).all() or not values.mean() > 0:
        return None
    found = mean_of(values)
    # Few runs, far apart, can have an interval down to nothing, which has no logarithm.
    return found if found.low is None or found.low > 0 else Estimate(found.value)


def _mean(parts: Sequence[Estimate | None]) -> Estimate | None:
    known = [one for one in parts if one is not None]
    if len(known) < len(parts):
        return None
    return geometric_mean(known, [1 / len(known)] * len(known)).rounded()
