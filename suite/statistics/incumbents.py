"""Incumbents: what a policy answers after so many queries, judged by what the table knows."""

import numpy as np
from numpy.typing import NDArray

from suite.arrays import Accuracies, Ids
from suite.statistics.run_set import RunSet
from suite.tables.table import TIE


def best_validated(labels: Accuracies) -> NDArray[np.int64]:
    """Where in a trace the best label so far stands, after each of its queries.

    Of equal labels (within 1e-9) the first stays. Shape of `labels`: (queries,).
    """
    best_before = np.maximum.accumulate(np.concatenate([[-np.inf], labels[:-1]]))
    position = np.arange(labels.size)
    return np.maximum.accumulate(np.where(labels > best_before + TIE, position, 0))


def final_incumbents(runs: RunSet) -> Ids:
    """The best validated architecture at the end of each run; -1 for an empty trace. (runs,)"""
    incumbents = np.full(runs.count, -1)
    for run, (start, (_, ids)) in enumerate(zip(runs.starts[:-1], runs.traces(), strict=True)):
        if ids.size:
            incumbents[run] = ids[best_validated(runs.labels[start : start + ids.size])[-1]]
    return incumbents


def anytime_regret(runs: RunSet, positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Regret (points) of the best validated architecture after each number of queries.

    Optimum minus the incumbent's seed-mean validation accuracy; a run that has ended keeps its
    last. Shape (runs, positions); NaN for runs without a query.
    """
    table = runs.benchmark.table
    regret = np.full((runs.count, positions.size), np.nan)
    for run, (start, (_, ids)) in enumerate(zip(runs.starts[:-1], runs.traces(), strict=True)):
        if ids.size:
            incumbent = ids[best_validated(runs.labels[start : start + ids.size])]
            reached = np.minimum(positions, ids.size) - 1
            regret[run] = table.regret(incumbent[reached])
    return regret


def oracle_tests(runs: RunSet) -> NDArray[np.float64]:
    """The highest test accuracy among what each run queried, NaN where there is none. (runs,)

    Needs a table with test accuracies.
    """
    test = runs.benchmark.table.test
    assert test is not None
    return np.array([test[ids].max() if ids.size else np.nan for _, ids in runs.traces()])
