"""Architectures as graphs: operations on nodes, joined as the data flows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INPUT, OUTPUT = "input", "output"


@dataclass(frozen=True)
class Graphs:
    """Several architectures of one space as directed graphs of equally many nodes V.

    Attributes:
        adjacency: shape (architectures, V, V); true where data flows from the node of the second
            axis to that of the third. Without self-loops.
        nodes: shape (architectures, V), the type of each node, as a position in `labels`. Node 0
            is the input, node V - 1 the output.
        labels: the names of the node types: input, output, then the space's operations.
    """

    adjacency: NDArray[np.bool_]
    nodes: NDArray[np.int64]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        """How many architectures these are."""
        return len(self.nodes)


def adjacency_matrix(count: int, joined: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """The adjacency matrix, shape (count, count), of a graph with these (from, to)."""
    matrix = np.zeros((count, count), dtype=np.bool_)
    for source, target in joined:
        matrix[source, target] = True
    return matrix


def with_ends(operations: NDArray[np.int64]) -> NDArray[np.int64]:
    """Node types from operations, shape (architectures, V - 2): the input's and output's around."""
    ends = np.zeros((len(operations), 1), dtype=np.int64)
    return np.concatenate([ends, operations + 2, ends + 1], axis=1)
