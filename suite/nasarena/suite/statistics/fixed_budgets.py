"""What methods answer after fixed numbers of queries, under each incumbent policy."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.goals import validation_ranks
from nasarena.suite.statistics.incumbents import POLICIES, Policy, better_tested, incumbents
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, means_of
from nasarena.suite.tables.limited_table import feasible_part
from nasarena.suite.tables.table import Table

FIXED_BUDGETS = (50, 100, 150, 200, 300, 500, 1000)
"""Charged queries."""


@dataclass(frozen=True)
class FixedBudget:
    """What a method's runs answer after `budget` charged queries: means over runs.

    None where the budget is above the runs', a run has no answer, or the policy or the table has
    none. `regret` is the validation regret in points, `test` in percent; `rank` is the geometric
    mean of the true validation ranks (1 is the best); `overstatement` is how much an oracle-test
    policy's test lies above that of the best validated, in points, paired by run; `improvement`
    is that over the average architecture of the space, 100 (a - mean) / mean, in test accuracy or
    where the table has none in validation. Of another objective than accuracy, regret and
    overstatement are in its unit and never negative, and `test` is as it was measured.

    Source of `improvement`: Yang, Esperança & Carlucci, "NAS evaluation is frustratingly hard",
    ICLR 2020, with the mean of the space for that of sampled architectures.
    """

    benchmark: str
    method: str
    budget: int
    policy: Policy
    regret: Estimate | None = None
    test: Estimate | None = None
    rank: Estimate | None = None
    overstatement: Estimate | None = None
    improvement: Estimate | None = None


def fixed_budgets(comparison: Comparison) -> list[FixedBudget]:
    """A row a benchmark, method, budget and policy, in this order.

    Fixed budgets above all that was run on a benchmark have no row. Failed methods have theirs.
    """
    return [
        row
        for cells in comparison.run_sets.values()
        for runs in cells.values()
        for row in _rows(runs, max(other.identity.budget for other in cells.values()))
    ]


def _rows(runs: RunSet, largest: int) -> Iterator[FixedBudget]:
    budgets = np.array([budget for budget in FIXED_BUDGETS if budget <= largest], dtype=np.int64)
    judged = {
        policy: _judged(runs, budgets, ids) for policy, ids in _answers(runs, budgets).items()
    }
    for policy in ("oracle_test", "oracle_test_paper"):
        if "test" in judged[policy] and "test" in judged["best_validation"]:
            judged[policy]["overstatement"] = (
                judged[policy]["test"] - judged["best_validation"]["test"]
            )
    keys = [(policy, quantity) for policy in POLICIES for quantity in judged[policy]]
    columns = [judged[policy][quantity].T for policy, quantity in keys]
    estimates = means_of(np.concatenate([*columns, np.empty((0, runs.count))]))
    found = {
        (policy, quantity, budget): estimates[index * budgets.size + position]
        for index, (policy, quantity) in enumerate(keys)
        for position, budget in enumerate(budgets.tolist())
    }
    identity, table = runs.identity, runs.benchmark.table
    for budget in budgets.tolist():
        for policy in POLICIES:
            regret = found.get((policy, "regret", budget))
            test = found.get((policy, "test", budget))
            log_rank = found.get((policy, "log_rank", budget))
            shown = {
                "regret": regret,
                "test": test and test.map(runs.benchmark.objective.measured),
                "rank": log_rank and log_rank.map(math.exp),
                "overstatement": found.get((policy, "overstatement", budget)),
                "improvement": _improvement(table, regret, test),
            }
            yield FixedBudget(
                identity.benchmark,
                identity.method,
                budget,
                policy,
                **{name: some and some.rounded() for name, some in shown.items()},
            )


def _answers(runs: RunSet, budgets: NDArray[np.int64]) -> dict[Policy, Ids]:
    """What each policy answers, shape (runs, budgets); the third is made of two others."""
    answers: dict[Policy, Ids] = {
        policy: incumbents(runs, budgets, policy)
        for policy in POLICIES
        if policy != "oracle_test_paper"
    }
    paper, test = np.full((runs.count, budgets.size), -1), runs.benchmark.table.test
    if test is not None:
        paper = better_tested(test, answers["oracle_test"], answers["recommended"])
    return answers | {"oracle_test_paper": paper}


def _judged(runs: RunSet, budgets: NDArray[np.int64], ids: Ids) -> dict[str, NDArray[np.float64]]:
    """What is known of answers, each of shape (runs, budgets), NaN where nothing is.

    Nothing at all where no budget has all runs' answers.
    """
    ids[:, budgets > runs.identity.budget] = -1
    if (ids < 0).any(axis=0).all():
        return {}
    table = runs.benchmark.table
    values = {
        "regret": table.regret(ids),
        "log_rank": np.log(validation_ranks(runs.benchmark)[ids]),
    }
    if table.test is not None:
        values["test"] = table.test[ids]
    return {quantity: np.where(ids >= 0, value, np.nan) for quantity, value in values.items()}


def _improvement(table: Table, regret: Estimate | None, test: Estimate | None) -> Estimate | None:
    """Relative improvement over the mean of the space, percent: linear in the mean accuracy.

    Under a limit the mean is that of the architectures that keep to it.
    """
    table = feasible_part(table)
    if table.test is not None:
        average = float(table.test.mean())
        return _relative(test, average)
    average, best = float(table.mean_validation.mean()), table.best_validation
    return _relative(regret and regret.map(lambda regret: best - regret), average)


def _relative(value: Estimate | None, average: float) -> Estimate | None:
    """How far a value lies above the average, in percent of the average's size; None for zero."""
    if value is None or average == 0:
        return None
    return value.map(lambda value: 100 * (value - average) / abs(average))
