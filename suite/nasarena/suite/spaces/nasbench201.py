"""The NAS-Bench-201 cell: one of five operations on each of six edges."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces.categorical import CategoricalSpace
from nasarena.suite.spaces.graphs import INPUT as INPUT_NODE
from nasarena.suite.spaces.graphs import OUTPUT, Graphs, adjacency_matrix, with_ends

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
NONE, SKIP = 0, 1
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""(from, to) in the order of the keys; node 0 is the input, node 3 the output."""


_NODE_FORM = adjacency_matrix(
    len(EDGES) + 2,
    [
        *((0, 1 + edge) for edge, (source, _) in enumerate(EDGES) if source == 0),
        *(
            (1 + first, 1 + second)
            for first, (_, middle) in enumerate(EDGES)
            for second, (source, _) in enumerate(EDGES)
            if source == middle
        ),
        *((1 + edge, 1 + len(EDGES)) for edge, (_, target) in enumerate(EDGES) if target == 3),
    ],
)
"""How the input, the operations on the six edges and the output are joined; shape (8, 8)."""


class NASBench201(CategoricalSpace):
    """All 5^6 = 15,625 cells, in the order of their keys ("000000" first).

    Source: Dong & Yang, "NAS-Bench-201", ICLR 2020; order of operations and edges as in the
    release.
    """

    name = "nasbench201"
    choices = (OPERATIONS,) * len(EDGES)
    size = len(OPERATIONS) ** len(EDGES)

    _weights = len(OPERATIONS) ** np.arange(len(EDGES) - 1, -1, -1)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Operations on the six edges: shape of `ids` plus one axis of 6."""
        return np.asarray(ids, dtype=np.int64)[..., None] // self._weights % len(OPERATIONS)

    def ids(self, decisions: ArrayLike) -> Ids:
        """The cell with these operations; every vector of six is one."""
        cells: Ids = np.asarray(decisions, dtype=np.int64) @ self._weights
        return cells

    def classes(self, ids: ArrayLike) -> Ids:
        """The isomorphism class: cells that compute the same, named by their smallest id."""
        rows: Ids = self._classes[np.asarray(ids)]
        return rows

    def graphs(self, ids: ArrayLike) -> Graphs:
        """Cells with the operations of the six edges as nodes: 8 nodes, `ids` of shape (count,).

        Node 1 + e is the operation on `EDGES[e]`; it is joined to the operations on the edges
        that leave where its own ends. Every operation is a node, `none` and `skip_connect` too,
        so that all cells have one adjacency.
        """
        operations = self.decisions(np.asarray(ids, dtype=np.int64))
        adjacency = np.broadcast_to(_NODE_FORM, (len(operations), *_NODE_FORM.shape))
        return Graphs(adjacency, with_ends(operations), (INPUT_NODE, OUTPUT, *OPERATIONS))

    @cached_property
    def _classes(self) -> Ids:
        smallest: dict[str, int] = {}
        return np.array(
            [
                smallest.setdefault(_computed(operations), id)
                for id, operations in enumerate(self.decisions(np.arange(self.size)).tolist())
            ]
        )


INPUT, ZERO = "0", "#"


def _computed(operations: list[int]) -> str:
    """What a cell's output computes, as text: equal texts, same class.

    The release's rule, which gives its 6,466 classes: an edge with `skip` stands for its source's
    text, one with `none` (or whose source is a bare zero) for a zero, and a node for its sorted
    edges. A zero stays visible inside a sum, and a sum that is passed on stays in one piece:
    taking either apart would join cells that the release tells apart.
    """
    nodes = [INPUT]
    for node in (1, 2, 3):
        terms = [
            _applied(operation, nodes[source])
            for operation, (source, target) in zip(operations, EDGES, strict=True)
            if target == node
        ]
        nodes.append("+".join(sorted(terms)))
    return nodes[-1]


def _applied(operation: int, text: str) -> str:
    if operation == NONE or text == ZERO:
        return ZERO
    return text if operation == SKIP else f"({text})@{OPERATIONS[operation]}"
