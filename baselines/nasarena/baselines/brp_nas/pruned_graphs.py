"""Graphs without `none` and `skip`, as the release of BRP-NAS reads them."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.spaces.graphs import Graphs
from nasarena.suite.spaces.paths import ABSENT, PASSING


def pruned_edges(graphs: Graphs) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The edges that are left, and which nodes still have a type.

    Edges to and from `none` are removed; `skip` is contracted, its sources joined to its targets;
    then the edges of nodes that are not on a path from the input to the output are removed. Nodes
    stay in their places; all that lost their edges lose their types, except input and output.

    Shapes (architectures, V, V) and (architectures, V).
    """
    labels = np.array(graphs.labels)
    absent, passing = (np.isin(labels, names)[graphs.nodes] for names in (ABSENT, PASSING))
    left = graphs.adjacency & ~absent[:, :, None] & ~absent[:, None, :]
    for node in range(graphs.nodes.shape[1]):
        sources, targets = left[:, :, node], left[:, node]
        handed_on = sources[:, :, None] & targets[:, None, :]
        contracted = passing[:, node, None, None]
        left = np.where(contracted, left | handed_on, left)
        left[:, :, node] &= ~contracted[:, :, 0]
        left[:, node] &= ~contracted[:, :, 0]
    reached, reaching = _reached(left, 0), _reached(left.transpose(0, 2, 1), -1)
    alive = reached & reaching & ~absent & ~passing
    left &= alive[:, :, None] & alive[:, None, :]
    typed = alive.copy()
    typed[:, [0, -1]] = True
    return left, typed


def _reached(edges: NDArray[np.bool_], start: int) -> NDArray[np.bool_]:
    """Which nodes are reached along edges from one of them, it among them."""
    reached = np.zeros(edges.shape[:2], dtype=np.bool_)
    reached[:, start] = True
    for _ in range(edges.shape[1] - 1):
        reached |= (reached[:, :, None] & edges).any(axis=1)
    return reached
