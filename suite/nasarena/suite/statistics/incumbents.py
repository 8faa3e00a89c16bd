"""Incumbents: the architectures that a policy picks after some queries, judged by the table.

`positions` are numbers of charged queries, from 1; of full trainings, where queries ask for several
lengths. A run that has ended keeps its last answer: one
that ended at the optimum has its final one under `best_validation`, as labels are means there.
"""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.tables.table import TIE

Policy: TypeAlias = Literal["best_validation", "oracle_test", "oracle_test_paper", "recommended"]

POLICIES: tuple[Policy, ...] = (
    "best_validation",
    "oracle_test",
    "oracle_test_paper",
    "recommended",
)
"""What is answered: the best validated; the best tested of what was queried; that or the current
recommendation, whichever tests better, queried or not (as the released WeakNAS notebooks count);
the current recommendation.
"""


def best_validated(labels: Accuracies) -> NDArray[np.int64]:
    """The position in a trace of the best label so far, after each of its queries.

    Of equal labels (within 1e-9) the first stays. Shape of `labels` and of the result:
    (..., queries).
    """
    position = np.arange(labels.shape[-1])
    return np.maximum.accumulate(np.where(_improves(labels), position, 0), axis=-1)


def _improves(labels: Accuracies) -> NDArray[np.bool_]:
    """Whether each label is better than all before it, by more than 1e-9. In their shape."""
    improves = np.ones(labels.shape, dtype=bool)
    best = np.maximum.accumulate(labels[..., :-1], axis=-1)
    np.greater(labels[..., 1:], best + TIE, out=improves[..., 1:])
    return improves


def incumbents(
    runs: RunSet, positions: NDArray[np.int64], policy: Policy = "best_validation"
) -> Ids:
    """The architecture that a policy picks at each position. Shape (runs, positions).

    -1 where there is none: before the first query or recommendation; for policies that use tests,
    where the table has none; and, except for `best_validation`, where runs do not go on to the
    budget: after a stop at the optimum, architectures with better tests could still have been
    queried.
    """
    test = runs.benchmark.table.test
    if policy == "best_validation":
        return _best(runs, runs.labels, positions)
    if runs.identity.stop == "budget" and policy == "recommended":
        return _recommended(runs, positions)
    if runs.identity.stop == "budget" and test is not None:
        queried = _best(runs, test[runs.ids], positions)
        if policy == "oracle_test":
            return queried
        return better_tested(test, queried, _recommended(runs, positions))
    return np.full((runs.count, positions.size), -1)


def better_tested(test: Accuracies, queried: Ids, recommended: Ids) -> Ids:
    """The one of two architectures with the better test; -1 where one is missing. Same shape."""
    better = np.where(test[recommended] > test[queried], recommended, queried)
    return np.where((queried >= 0) & (recommended >= 0), better, -1)


def _best(runs: RunSet, values: Accuracies, positions: NDArray[np.int64]) -> Ids:
    """Of what each run had charged, the architecture with the highest of `values` (beside `ids`).

    Shape (runs, positions); -1 before the first query.
    """
    reached = runs.traced_by(positions)
    if not runs.ids.size:
        return np.full(reached.shape, -1)
    rows = runs.matrix(values, -np.inf)
    improved = np.flatnonzero(_improves(rows))  # few: the first of each run is one
    start = np.arange(runs.count)[:, None] * rows.shape[1]
    asked = start + np.maximum(reached - 1, 0)
    best = improved[np.searchsorted(improved, asked, side="right") - 1] - start
    where = np.minimum(runs.starts[:-1, None] + best, runs.ids.size - 1)
    return np.where(reached > 0, runs.ids[where], -1)


def _recommended(runs: RunSet, positions: NDArray[np.int64]) -> Ids:
    """The last recommendation of each run by then. Shape (runs, positions); -1 for none."""
    if not runs.recommended_ids.size:
        return np.full((runs.count, positions.size), -1)
    beyond = max(int(runs.recommended_after.max()), int(positions.max(initial=0))) + 1
    made = runs.recommended_run * beyond + runs.recommended_after
    order = np.argsort(made, kind="stable")
    asked = np.arange(runs.count)[:, None] * beyond + positions
    last = order[np.searchsorted(made[order], asked, side="right") - 1]
    by_then = (runs.recommended_run[last] == np.arange(runs.count)[:, None]) & (made[last] <= asked)
    return np.where(by_then, runs.recommended_ids[last], -1)


def regret_at(runs: RunSet, positions: NDArray[np.int64], policy: Policy) -> NDArray[np.float64]:
    """The incumbent's validation regret: optimum minus its mean validation accuracy, in points.

    Shape (runs, positions); NaN where there is no incumbent.
    """
    ids = incumbents(runs, positions, policy)
    return np.where(ids >= 0, runs.benchmark.table.regret(ids), np.nan)


def test_at(runs: RunSet, positions: NDArray[np.int64], policy: Policy) -> NDArray[np.float64]:
    """The incumbent's test accuracy, percent. Shape (runs, positions).

    NaN where there is no incumbent, or the table has no tests.
    """
    ids, test = incumbents(runs, positions, policy), runs.benchmark.table.test
    if test is None:
        return np.full(ids.shape, np.nan)
    return np.where(ids >= 0, test[ids], np.nan)


def final_incumbents(runs: RunSet) -> Ids:
    """The best validated architecture at the end of each run; -1 for an empty trace. (runs,)"""
    return incumbents(runs, np.array([runs.identity.budget]))[:, 0]


def anytime_regret(runs: RunSet, positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Regret (points) of the best validated architecture after each number of queries.

    Shape (runs, positions); NaN for runs without a query.
    """
    return regret_at(runs, positions, "best_validation")


def oracle_tests(runs: RunSet) -> NDArray[np.float64]:
    """The highest test accuracy among what each run queried, NaN where there is none. (runs,)

    Needs a table with test accuracies.
    """
    test = runs.benchmark.table.test
    assert test is not None
    ids = _best(runs, test[runs.ids], np.array([runs.identity.budget]))[:, 0]
    return np.where(ids >= 0, test[ids], np.nan)
