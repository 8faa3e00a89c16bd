"""All different cells of NAS-Bench-101 in one order, and where in it a cell is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces.nasbench101_codes import (
    MOST_EDGES,
    OPERATIONS,
    column,
    edge_bit,
    edges,
    edges_among,
    used,
)

AT_A_TIME = 8192
"""Graphs whose permutations are in memory at a time: 4 MB."""


@dataclass(frozen=True)
class Enumeration:
    """The different cells of at most so many vertices.

    A cell is drawn canonically: of all drawings with edges from lower to higher vertices the one
    of smallest code, of those the one whose operations, as digits from vertex 1 on, make the
    smallest number. Unused vertices are the last inner ones then. Cells are in the order of how
    many vertices they use, then of code, then of operations; so the cells of fewer vertices come
    first, in the order that they have in the smaller space.

    Attributes:
        vertices: at most.
        codes: shape (cells,), the canonical code of each.
        operations: shape (cells,), the operations of the inner vertices as one number, a digit to
            the base of 3 each, vertex 1 first; 0 at unused vertices.
        drawings: shape (all codes,); for a code without superfluous vertices its graph, times the
            number of permutations, plus the permutation that draws it canonically; otherwise -1.
        weights: shape (permutations, inner vertices), what the operation on a vertex counts in
            the number of the permuted cell.
        cells: shape (graphs, numbers of operations), the cell of each graph and operations.
    """

    vertices: int
    codes: NDArray[np.int64]
    operations: NDArray[np.int64]
    drawings: NDArray[np.int32]
    weights: NDArray[np.int64]
    cells: NDArray[np.int32]

    def find(self, codes: NDArray[np.int64], operations: NDArray[np.int64]) -> Ids:
        """The cells of matrices with operations; -1 where pruning leaves none of the space.

        `codes` of any shape; `operations` one axis more, values 0 to 2 for each inner vertex
        (at superfluous vertices whatever).
        """
        left = used(codes, self.vertices)
        drawing = self.drawings[codes & edges_among(self.vertices)[left]]
        graph, permutation = np.divmod(drawing, len(self.weights))
        inner = (left[..., None] >> np.arange(1, self.vertices - 1)) & 1
        number = (operations * inner * self.weights[permutation]).sum(axis=-1)
        return np.where(drawing >= 0, self.cells[graph, number], -1).astype(np.int64)

    def find_one(self, code: int, operations: Sequence[int]) -> int:
        """`find` for one matrix, ten times faster; operations of the first inner vertices do."""
        left = used(code, self.vertices)
        drawing = self.drawings.item(code & edges_among(self.vertices).item(left))
        if drawing < 0:
            return -1
        graph, permutation = divmod(drawing, len(self.weights))
        number = 0
        for inner, operation in enumerate(operations):
            if left >> (inner + 1) & 1:
                number += operation * self.weights.item(permutation, inner)
        return self.cells.item(graph, number)


@lru_cache
def enumeration(vertices: int) -> Enumeration:
    """The enumeration of the cells of at most `vertices` vertices, made once a process.

    For 7 vertices: 423,624 cells, 0.1 to 0.3 seconds, 18 MB kept, 40 MB at the most.
    """
    pairs = edges(vertices)
    inner = vertices - 2
    orders = np.array([(0, *order, vertices - 1) for order in permutations(range(1, 1 + inner))])
    weights = len(OPERATIONS) ** (inner - orders[:, 1:-1])

    drawn = _drawn(vertices)
    canonical, permutation = _canonical(drawn, orders)
    graphs = np.unique(canonical)
    graphs = graphs[np.argsort(_vertices_used(graphs, vertices), kind="stable")]
    position = np.full(1 << len(pairs), -1, dtype=np.int32)
    position[graphs] = np.arange(graphs.size)
    drawings = np.full(1 << len(pairs), -1, dtype=np.int32)
    drawings[drawn] = position[canonical] * len(orders) + permutation

    smallest = _smallest_numbers(graphs, orders, weights)
    numbers = np.arange(smallest.shape[1])
    unit = len(OPERATIONS) ** (vertices - _vertices_used(graphs, vertices))
    first = (smallest == numbers) & (numbers % unit[:, None] == 0)
    graph, number = np.nonzero(first)
    ids = np.full(first.shape, -1, dtype=np.int32)
    ids[graph, number] = np.arange(graph.size)
    return Enumeration(
        vertices=vertices,
        codes=graphs[graph],
        operations=number,
        drawings=drawings,
        weights=weights,
        cells=np.take_along_axis(ids, smallest, axis=1),
    )


def _drawn(vertices: int) -> NDArray[np.int64]:
    """The codes with few enough edges and without superfluous ones, ascending."""
    codes = np.arange(1, 1 << len(edges(vertices)), dtype=np.int64)
    codes = codes[np.bitwise_count(codes) <= MOST_EDGES]
    drawn: NDArray[np.int64] = codes[edges_among(vertices)[used(codes, vertices)] & codes == codes]
    return drawn


def _vertices_used(codes: NDArray[np.int64], vertices: int) -> NDArray[np.int64]:
    """How many vertices codes without superfluous edges use."""
    fed = np.stack([column(codes, vertex) != 0 for vertex in range(1, vertices)])
    count: NDArray[np.int64] = 1 + fed.sum(axis=0)
    return count


def _permuted(codes: NDArray[np.int64], orders: NDArray[np.int64]) -> NDArray[np.float32]:
    """The codes of graphs with vertex v redrawn as `order[v]`: shape (codes, orders).

    Too large for a code where an edge would lead from a higher to a lower vertex.
    """
    pairs = np.array(edges(orders.shape[1]))
    bits = np.arange(len(pairs))
    source, target = orders[:, pairs[:, 0]], orders[:, pairs[:, 1]]
    new = np.where(source < target, edge_bit(source, target), len(pairs))
    # Sums of different powers of two below 2^22 are exact in float32, whose products are fast.
    values = (2.0**new).astype(np.float32)
    present = ((codes[:, None] >> bits) & 1).astype(np.float32)
    permuted: NDArray[np.float32] = present @ values.T
    return permuted


def _canonical(
    codes: NDArray[np.int64], orders: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The smallest code of each graph and the order that gives it; both of shape (codes,)."""
    smallest, permutation = np.empty((2, codes.size), dtype=np.int64)
    for start in range(0, codes.size, AT_A_TIME):
        some = slice(start, start + AT_A_TIME)
        permuted = _permuted(codes[some], orders)
        permutation[some] = permuted.argmin(axis=1)
        smallest[some] = permuted.min(axis=1)
    return smallest, permutation


def _smallest_numbers(
    graphs: NDArray[np.int64], orders: NDArray[np.int64], weights: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each graph and operations the smallest number that an automorphism makes of them.

    Shape (graphs, numbers of operations).
    """
    inner = weights.shape[1]
    numbers = np.arange(len(OPERATIONS) ** inner)
    digits = numbers[:, None] // weights[0] % len(OPERATIONS)
    smallest = np.tile(numbers, (graphs.size, 1))
    automorphic = _permuted(graphs, orders) == graphs[:, None]
    for order, permuted in enumerate((digits @ weights.T).T):
        symmetric = automorphic[:, order]
        smallest[symmetric] = np.minimum(smallest[symmetric], permuted)
    return smallest
