"""What it takes to reach each goal, in samples and in simulated training hours."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.goals import GOALS, samples_to, spent_seconds
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import (
    Estimate,
    ert,
    found_share,
    median,
    restricted_costs,
    restricted_means,
)


@dataclass(frozen=True)
class GoalRow:
    """What a method's runs on a benchmark took to reach a goal, cut at `budget` charged queries.

    `found`: the share of runs that reached it; `samples`: the restricted mean; `median`: None
    where that run has not reached it; `ert`: expected samples with restarts, None where no run
    reached it. The same in `hours`: the training time that the table records for the queries,
    None where it records none. A run that did not reach the goal, however it ended, counts with
    the whole budget.
    """

    benchmark: str
    method: str
    goal: str
    budget: int
    found: Estimate
    samples: Estimate
    median: float | None
    ert: float | None
    hours: Estimate | None
    median_hours: float | None
    ert_hours: float | None


def goal_table(comparison: Comparison) -> list[GoalRow]:
    """A row a benchmark, method and goal, in this order; the goal is named by its slug.

    All methods are cut at the comparison's budget on the benchmark, failed ones at their own
    where that is less.
    """
    return [
        row
        for benchmark, cells in comparison.run_sets.items()
        for runs in cells.values()
        for row in _rows(runs, min(runs.identity.budget, comparison.budgets[benchmark]))
    ]


def _rows(runs: RunSet, budget: int) -> Iterator[GoalRow]:
    samples = np.stack([samples_to(runs, goal) for goal in GOALS])
    samples[samples > budget] = np.inf
    found, whole = np.isfinite(samples), np.full(runs.count, float(budget))
    restricted = np.minimum(samples, budget)
    means = restricted_means(samples, budget)
    hours_to = np.full(samples.shape, np.nan)
    costs: list[Estimate | None] = [None] * len(GOALS)
    if (seconds := spent_seconds(runs, np.stack([samples, restricted]))) is not None:
        hours_to, spent = seconds / 3600
        of_whole = spent_seconds(runs, whole)
        assert of_whole is not None, "the table has training seconds"
        costs = restricted_costs(spent, found, of_whole / 3600)
    for index, goal in enumerate(GOALS):
        mean, mean_hours = means[index], costs[index]
        found_of_goal = found_share(samples[index], budget)
        yield GoalRow(
            benchmark=runs.identity.benchmark,
            method=runs.identity.method,
            goal=goal.slug,
            budget=budget,
            found=found_of_goal.rounded(),
            samples=mean.rounded(),
            median=_rounded(median(samples[index], budget)),
            ert=_rounded(ert(samples[index], budget)),
            hours=mean_hours and mean_hours.rounded(),
            median_hours=_rounded(median(hours_to[index], np.inf)) if mean_hours else None,
            ert_hours=rounded(mean_hours.value / found_of_goal.value)
            if mean_hours and found_of_goal.value
            else None,
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)
