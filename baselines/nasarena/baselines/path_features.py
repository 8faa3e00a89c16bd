"""What networks read of cells in BANANAS: the paths from input to output."""

from functools import lru_cache
from itertools import combinations

import numpy as np

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.graphs import Graphs
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.paths import path_counts

AT_A_TIME = 1 << 14
"""Graphs whose paths are followed at a time."""


def has_graphs(space: CategoricalSpace) -> bool:
    """Whether the space knows more of its architectures than a chain of their decisions."""
    whole = space.space if isinstance(space, MeasuredCells) else space
    return type(whole).graphs is not CategoricalSpace.graphs


def functional_features(space: CategoricalSpace, ids: Ids) -> Features:
    """Counts along functional paths (`path_counts`), one row for each of `ids`, shape (count,).

    The one-hot encoding where the space has no graphs, or is too large to list.
    """
    if not (has_graphs(space) and space.enumerable):
        return space.one_hot(ids)
    rows: Features = _all_counts(space)[ids]
    return rows


@lru_cache(maxsize=4)
def _all_counts(space: CategoricalSpace) -> Features:
    return path_counts(space.graphs(np.arange(space.size)))


def literal_features(space: CategoricalSpace, ids: Ids, longest: int) -> Features:
    """Which successions of at most `longest` operations lead from input to output: 0 and 1.

    One row for each of `ids`, shape (count,). `none` and `skip` are operations like others. The
    one-hot encoding where the space has no graphs, or is too large to list.
    """
    if not (has_graphs(space) and space.enumerable):
        return space.one_hot(ids)
    rows: Features = _all_successions(space, longest)[ids]
    return rows


@lru_cache(maxsize=4)
def _all_successions(space: CategoricalSpace, longest: int) -> Features:
    parts = [
        successions(space.graphs(np.arange(start, min(start + AT_A_TIME, space.size))), longest)
        for start in range(0, space.size, AT_A_TIME)
    ]
    found = np.concatenate(parts)
    return np.ascontiguousarray(found[:, found.any(axis=0)])


def successions(graphs: Graphs, longest: int) -> Features:
    """Which successions of operations are on a path, shape (architectures, successions).

    Successions in the order of their lengths, from none to `longest`, then of operations. Nodes
    must be in an order of the data flow, as those of cells are.
    """
    kinds, last = len(graphs.labels) - 2, graphs.nodes.shape[1] - 1
    first = np.cumsum([0, *(kinds**length for length in range(longest + 1))])
    found: Features = np.zeros((len(graphs), first[-1]), dtype=np.float32)
    for length in range(min(longest, last - 1) + 1):
        weights = kinds ** np.arange(length - 1, -1, -1)
        for along in combinations(range(1, last), length):
            path = graphs.adjacency[:, (0, *along), (*along, last)].all(axis=1)
            there = np.flatnonzero(path)
            operations = graphs.nodes[there][:, list(along)] - 2
            found[there, first[length] + operations @ weights] = 1
    return found
