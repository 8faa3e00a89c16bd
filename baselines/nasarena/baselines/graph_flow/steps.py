"""Nodes whose values in a flow network must be equal, found before anything is computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.spaces.graphs import Graphs


@dataclass(frozen=True)
class Step:
    """How one layer's values follow from those of the layer before.

    Attributes:
        own: shape (values,), the position of the value that the same node had before. Before
            the first layer nodes of one type share a value, whose position is the type.
        types: shape (values,), the node types.
        sources: shape (edges,), positions of values of the layer before.
        targets: shape (edges,), positions of the new values that these flow into.
    """

    own: NDArray[np.int64]
    types: NDArray[np.int64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]


def different_nodes(graphs: Graphs, layers: int) -> tuple[list[Step], NDArray[np.int64]]:
    """How to compute each different value of each layer once.

    Returns one `Step` a layer, and the position of each node among the values of the last layer,
    shape (graphs, nodes).

    A node's value depends on its type, its value before, and the multiset of values that flow
    into it. In a search space few nodes differ early in the flow; for all of NAS-Bench-201 the
    last layer has an eighth of the values that its nodes are.
    """
    # Sums of 64 random bits a value tell multisets apart: two of 10^5 agree by chance in one of
    # 10^9 cases. The numbers are the same at every call, so results do not depend on the past.
    numbers = np.random.default_rng(2**20 + 3)
    values, steps = graphs.nodes, []
    for _ in range(layers):
        count = int(values.max()) + 1
        as_own, as_source = numbers.integers(2**64, size=(2, count), dtype=np.uint64)
        sums = as_own[values]
        for source in range(values.shape[1]):
            flowing = as_source[values[:, source, None]]
            sums += np.where(graphs.adjacency[:, source], flowing, np.uint64(0))
        _, first, inverse = np.unique(sums, return_index=True, return_inverse=True)
        graph, node = np.divmod(first, values.shape[1])
        targets, feeding = np.nonzero(graphs.adjacency[graph, :, node])
        sources = values[graph[targets], feeding]
        steps.append(Step(values[graph, node], graphs.nodes[graph, node], sources, targets))
        values = inverse.reshape(sums.shape)
    return steps, values
