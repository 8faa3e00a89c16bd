"""Cells of NAS-Bench-101 as integers: one bit an edge, and what pruning leaves of them."""

from functools import lru_cache
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
"""The official names, in the official order: the hash counts them from 0."""

INPUT, OUTPUT = "input", "output"
MOST_VERTICES = 7
MOST_EDGES = 9

Codes = TypeVar("Codes", int, NDArray[np.int64])
"""Adjacency matrices as integers.

Bit x + y (y - 1) / 2 is the edge from vertex x to vertex y: column after column of the upper
triangle, as the official generator counts. The input is vertex 0, the output the last one.
"""


def edges(vertices: int) -> tuple[tuple[int, int], ...]:
    """The (from, to) of each bit, from the lowest."""
    return tuple((source, target) for target in range(1, vertices) for source in range(target))


def edge_bit(source: Codes, target: Codes) -> Codes:
    """The position of an edge's bit, elementwise for arrays."""
    return source + target * (target - 1) // 2


def column(codes: Codes, vertex: int) -> Codes:
    """The vertices that `vertex` reads: bit x for vertex x."""
    return (codes >> (vertex * (vertex - 1) // 2)) & ((1 << vertex) - 1)


def used(codes: Codes, vertices: int) -> Codes:
    """The vertices on a way from the input to the output, bit x for vertex x; 0 without a way."""
    fed = codes * 0 + 1
    for vertex in range(1, vertices):
        fed = fed | (((column(codes, vertex) & fed) != 0) * (1 << vertex))
    feeding = codes * 0 + (1 << (vertices - 1))
    for vertex in range(vertices - 1, 0, -1):
        feeding = feeding | (column(codes, vertex) * ((feeding >> vertex) & 1))
    return fed & feeding


@lru_cache
def edges_among(vertices: int) -> NDArray[np.int64]:
    """For each set of vertices (as `used` gives it) the code of all edges among them."""
    among = np.zeros(1 << vertices, dtype=np.int64)
    for source, target in combinations(range(vertices), 2):
        both = (1 << source) | (1 << target)
        among[(np.arange(among.size) & both) == both] |= 1 << edge_bit(source, target)
    return among


def compacted(code: int, vertices: int) -> tuple[int, int]:
    """A canonical code without its unused vertices (the last inner ones): (code, vertices left)."""
    left = 1 + sum(column(code, vertex) != 0 for vertex in range(1, vertices))
    inner = code & ((1 << edge_bit(0, left - 1)) - 1)
    return inner | column(code, vertices - 1) << edge_bit(0, left - 1), left
