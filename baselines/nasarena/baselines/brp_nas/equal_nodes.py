"""Nodes whose values in a graph network must be equal, found before anything is computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Gather:
    """The different values of one layer, each as the sum of values of the layer before.

    Attributes:
        sources: shape (summands,), positions among the values of the layer before; for the first
            layer, node types.
        offsets: shape (values,), where in `sources` the summands of each value begin.
    """

    sources: NDArray[np.int64]
    offsets: NDArray[np.int64]


def gathers(
    reads: NDArray[np.bool_], types: NDArray[np.int64], layers: int
) -> tuple[list[Gather], NDArray[np.int64]]:
    """How to compute node 0 of every graph, each different value of each layer once.

    A node's value depends on its type and, layer by layer, on the multiset of values that it
    reads, as in the Weisfeiler-Lehman test. In a search space a few hundred such values stand for
    many thousand nodes.

    Args:
        reads: shape (graphs, nodes, nodes); true where the node of the second axis sums the value
            of the node of the third.
        types: shape (graphs, nodes), from 0.
        layers: of the network; in the last one only node 0 of each graph is wanted.

    Returns:
        One `Gather` a layer, and for each graph the position of its node 0 among the values of
        the last layer, shape (graphs,).
    """
    # Sums of 64 random bits a value tell multisets apart: two of 10^5 agree by chance in one of
    # 10^9 cases. The numbers are the same at every call, so results do not depend on the past.
    numbers = np.random.default_rng(2**20 + 1)
    values, steps = types, []
    for layer in range(layers):
        readers = reads[:, :1] if layer == layers - 1 else reads
        bits = numbers.integers(2**64, size=int(values.max()) + 1, dtype=np.uint64)[values]
        sums = np.zeros(readers.shape[:2], dtype=np.uint64)
        for node in range(values.shape[1]):
            sums += np.where(readers[:, :, node], bits[:, node, None], np.uint64(0))
        _, first, inverse = np.unique(sums, return_index=True, return_inverse=True)
        graph, reader = np.divmod(first, readers.shape[1])
        value, source = np.nonzero(readers[graph, reader])
        counts = np.bincount(value, minlength=first.size)
        steps.append(Gather(values[graph[value], source], np.cumsum(counts) - counts))
        values = inverse.reshape(sums.shape)
    return steps, values[:, 0]
