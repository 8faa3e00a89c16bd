"""What is known of architectures without training any: targets to train a network on beforehand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.errors import UserError
from nasarena.suite.problem import Problem
from nasarena.suite.spaces.paths import path_counts

METRICS = ("parameters", "multiply_adds", "latency_seconds")


def free_statistics(problem: Problem, ids: Ids) -> Features:
    """Numbers that cost no query, z-scored, shape (architectures, statistics), at least one column.

    Parameters, multiply-adds and latency, those of them that the benchmark has for all of `ids`.
    Where it has none, the counts of operations and of their successions along the paths of the
    architectures (`path_counts`), which the space itself tells.
    """
    columns = (_measured(problem, name, ids) for name in METRICS)
    measured = [column for column in columns if column is not None]
    found = _varied(np.stack(measured or [np.zeros(len(ids))], axis=1))
    if not found.shape[1]:
        found = _varied(path_counts(problem.space.graphs(ids)))
    if not found.shape[1]:  # a single kind of architecture: there is nothing to learn
        return np.zeros((len(ids), 1), dtype=np.float32)
    scaled: Features = ((found - found.mean(axis=0)) / found.std(axis=0)).astype(np.float32)
    return scaled


def _measured(problem: Problem, name: str, ids: Ids) -> NDArray[np.float64] | None:
    try:
        return problem.metric(name, ids)
    except UserError:
        return None


def _varied(columns: NDArray[Any]) -> NDArray[Any]:
    """The columns that are known of all, and not the same for all."""
    known = np.isfinite(columns).all(axis=0)
    kept = columns[:, known]
    varied: NDArray[Any] = kept[:, np.ptp(kept, axis=0) > 0]
    return varied
