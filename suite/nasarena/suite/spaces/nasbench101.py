"""The NAS-Bench-101 cell: operations on vertices, joined by few edges."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces import nasbench101_encodings as encodings
from nasarena.suite.spaces.categorical import CategoricalSpace
from nasarena.suite.spaces.graphs import INPUT, OUTPUT, Graphs
from nasarena.suite.spaces.nasbench101_codes import (
    MOST_VERTICES,
    OPERATIONS,
    column,
    compacted,
    edge_bit,
    edges,
    edges_among,
    used,
)
from nasarena.suite.spaces.nasbench101_edits import edited
from nasarena.suite.spaces.nasbench101_enumeration import Enumeration, enumeration
from nasarena.suite.spaces.nasbench101_hash import cell_hash

SIZES = {3: 7, 4: 91, 5: 2_532, 6: 64_542, 7: 423_624}
"""Cells of at most so many vertices."""

UNUSED = "none"
"""The operation at a vertex that a cell of fewer vertices does not use."""


class NASBench101(CategoricalSpace):
    """All 423,624 cells of at most 7 vertices and 9 edges, or those of at most `vertices`.

    A cell is a directed acyclic graph from an input to an output vertex; each vertex between has
    one of three operations. What is on no way from input to output is pruned; cells that can be
    redrawn into one another are one architecture, so classes of isomorphism have one member each.
    The order and the canonical drawing are those of `Enumeration`: by vertices used, so that the
    cells of a smaller space keep their ids in a larger one.

    Decisions are those of the canonical drawing in a matrix of `vertices`, the output last:
    whether each edge is there, in the order of `edges(vertices)`, then the operation of each
    inner vertex, `none` where the cell has fewer. Any other drawing denotes its cell too.

    The enumeration is made when first needed, once a process.

    Source: Ying et al., "NAS-Bench-101", ICML 2019.

    Args:
        vertices: at most so many, from 3 to 7, input and output counted.
    """

    def __init__(self, vertices: int = MOST_VERTICES) -> None:
        if vertices not in SIZES:
            raise ValueError(f"vertices must be from 3 to {MOST_VERTICES}, not {vertices}")
        self.vertices = vertices
        self.name = "nasbench101" if vertices == MOST_VERTICES else f"nasbench101-{vertices}"
        self.size = SIZES[vertices]
        self._edges = len(edges(vertices))
        self._inner = vertices - 2
        self.choices = (("absent", "present"),) * self._edges + (
            (UNUSED, *OPERATIONS),
        ) * self._inner

    @property
    def _cells(self) -> Enumeration:
        return enumeration(self.vertices)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Edges (0, 1) and operations (0 for none): shape of `ids` plus one axis, 26 for 7."""
        codes, operations = self._drawings(ids)
        bits = (codes[..., None] >> np.arange(self._edges)) & 1
        return np.concatenate([bits, operations + 1], axis=-1)

    def ids(self, decisions: ArrayLike) -> Ids:
        """The cell of a matrix with operations, after pruning; -1 where there is none.

        None without a way from input to output, or with more than 9 edges. A vertex without an
        operation is not there, nor are its edges.
        """
        values = np.asarray(decisions, dtype=np.int64)
        bits, operations = values[..., : self._edges], values[..., self._edges :]
        there = np.ones((*values.shape[:-1], self.vertices), dtype=np.int64)
        there[..., 1:-1] = operations > 0
        pairs = np.array(edges(self.vertices))
        bits = bits * there[..., pairs[:, 0]] * there[..., pairs[:, 1]]
        codes = bits @ (1 << np.arange(self._edges))
        return self._cells.find(codes, np.maximum(operations - 1, 0))

    def _drawings(self, ids: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Canonical codes, and the operations of the inner vertices, -1 where unused."""
        chosen, cells = np.asarray(ids), self._cells
        codes = cells.codes[chosen]
        digits = cells.operations[chosen][..., None] // cells.weights[0] % len(OPERATIONS)
        unused = np.stack([column(codes, v) == 0 for v in range(1, self._inner + 1)], axis=-1)
        return codes, np.where(unused, -1, digits)

    def key(self, id: int) -> str:
        """The official hash of the cell."""
        codes, operations = self._drawings(id)
        code, left = compacted(int(codes), self.vertices)
        return cell_hash(code, operations.tolist()[: left - 2])

    def from_keys(self, keys: Sequence[str]) -> Ids:
        """The inverse of `key`: the cells with these hashes, shape (keys,), -1 where none has it.

        The first call hashes the whole space, which takes most of a minute for 7 vertices; a cell
        whose matrix is known is found much faster by `id_of`.
        """
        hashes, ids = self._hashes
        wanted = np.array([key.encode() for key in keys], dtype=np.bytes_)
        place = np.minimum(np.searchsorted(hashes, wanted), self.size - 1)
        return np.where(hashes[place] == wanted, ids[place], -1)

    @cached_property
    def _hashes(self) -> tuple[NDArray[np.bytes_], Ids]:
        """The hashes of all cells in alphabetical order, and whose they are; 17 MB."""
        hashes = np.array([self.key(id) for id in range(self.size)], dtype="S32")
        order = np.argsort(hashes)
        return hashes[order], order

    def cell(self, id: int) -> tuple[NDArray[np.int64], list[str]]:
        """A cell as its release has it: adjacency matrix (n, n) of the vertices used, operations.

        The n operations begin with `input` and end with `output`.
        """
        codes, operations = self._drawings(id)
        code, left = compacted(int(codes), self.vertices)
        matrix = np.zeros((left, left), dtype=np.int64)
        for bit, (source, target) in enumerate(edges(left)):
            matrix[source, target] = code >> bit & 1
        named = [OPERATIONS[value] for value in operations.tolist()[: left - 2]]
        return matrix, [INPUT, *named, OUTPUT]

    def id_of(self, matrix: ArrayLike, operations: Sequence[str]) -> int:
        """The inverse of `cell`, for any drawing: -1 where pruning leaves no cell of the space.

        `matrix` has shape (n, n), zero on and below the diagonal, n of any size from 2 to 7; the
        first and last of the n operations are not looked at, nor those of superfluous vertices.

        Raises:
            ValueError: the matrix is not such a one, or an operation is unknown.
        """
        adjacency = np.asarray(matrix)
        count = len(operations)
        if adjacency.shape != (count, count) or not 2 <= count <= MOST_VERTICES:
            raise ValueError(
                f"a cell is a square matrix of 2 to {MOST_VERTICES} vertices and as many "
                f"operations, not {adjacency.shape} and {count}"
            )
        rows = adjacency.tolist()
        joined = [(s, t) for s in range(count) for t in range(count) if rows[s][t]]
        if any(source >= target or rows[source][target] != 1 for source, target in joined):
            raise ValueError("a cell's matrix has 0 and 1 above its diagonal and 0 elsewhere")
        left = used(sum(1 << edge_bit(source, target) for source, target in joined), count)
        kept = [vertex for vertex in range(count) if left >> vertex & 1]
        unknown = {operations[vertex] for vertex in kept[1:-1]} - set(OPERATIONS)
        if unknown:
            raise ValueError(
                f"unknown operation {', '.join(sorted(unknown))}; there are {', '.join(OPERATIONS)}"
            )
        if not 2 <= len(kept) <= self.vertices:
            return -1
        place = {vertex: position for position, vertex in enumerate(kept)}
        place[count - 1] = self.vertices - 1
        code = 0
        for source, target in joined:
            if source in place and target in place:
                code |= 1 << edge_bit(place[source], place[target])
        values = [OPERATIONS.index(operations[vertex]) for vertex in kept[1:-1]]
        return self._cells.find_one(code, values)

    def mutate(self, id: int, rng: np.random.Generator) -> int:
        """A child as in the reference notebook with mutation rate 1; it can be the parent.

        In the parent's matrix each edge is flipped with probability 1/7 (one over the vertices),
        each operation changed to another with probability 1/5 (one over the inner ones); again
        until it is a cell.

        Source: google-research/nasbench, `NASBench.ipynb`, `mutate_spec`. There a specification
        remembers what was pruned of its matrix, and mutation can bring it back; here an
        architecture is a cell, and one of fewer vertices gets superfluous ones, drawn uniformly
        from all that its matrix can have. Without them it could hardly grow.
        """
        parent, known = self._unpruned(id, rng)
        while True:
            code, operations = parent, known.copy()
            draws = rng.random(self._edges + 2 * self._inner).tolist()
            for bit in range(self._edges):
                if draws[bit] < 1 / self.vertices:
                    code ^= 1 << bit
            for inner in range(self._inner):
                if draws[self._edges + inner] < 1 / self._inner:
                    step = 1 + int((len(OPERATIONS) - 1) * draws[-1 - inner])
                    operations[inner] = (operations[inner] + step) % len(OPERATIONS)
            child = self._cells.find_one(code, operations)
            if child >= 0:
                return child

    def _unpruned(self, id: int, rng: np.random.Generator) -> tuple[int, list[int]]:
        """A matrix of all vertices that pruning turns into the canonical drawing of a cell.

        Uniform over these matrices: places, edges and operations of superfluous vertices are
        drawn, again until none of them is on a way from the input to the output.
        """
        codes, canonical = self._drawings(id)
        operations = canonical.tolist()
        if operations[-1] >= 0:
            return int(codes), operations
        code, left = compacted(int(codes), self.vertices)
        while True:
            inner = sorted((1 + rng.permutation(self._inner)[: left - 2]).tolist())
            place = [0, *inner, self.vertices - 1]
            moved = 0
            for bit, (source, target) in enumerate(edges(left)):
                moved |= (code >> bit & 1) << edge_bit(place[source], place[target])
            there = sum(1 << vertex for vertex in place)
            among = edges_among(self.vertices).item(there)
            matrix = moved | int(rng.integers(1 << self._edges)) & ~among
            if used(matrix, self.vertices) == there:
                drawn = rng.integers(len(OPERATIONS), size=self._inner).tolist()
                for vertex, operation in zip(inner, operations, strict=False):
                    drawn[vertex - 1] = operation
                return matrix, drawn

    def neighbours(self, ids: ArrayLike) -> Ids:
        """What one edit of the canonical drawing leads to: shape of `ids` plus one axis.

        Edits, in this order: an edge among the used vertices flipped (in the order of
        `edges(vertices)`; what is on no way any more is pruned); an operation changed to another
        (each inner vertex, two others); and, where a vertex is unused, a vertex added that reads
        one vertex and feeds a later one, with each operation. 76 in all for 7 vertices; -1 where
        an edit is not possible. Symmetric vertices make repeats.

        Computed for the given ids, 0.1 ms for one, 15 microseconds each for many; of the whole
        space of 7 vertices only parts fit into memory.
        """
        codes, operations = self._drawings(ids)
        return self._cells.find(*edited(codes, operations, self.vertices))

    def one_hot(self, ids: ArrayLike) -> Features:
        """One-hot encoding of the decisions: shape of `ids` plus one axis, 62 for 7 vertices.

        The predictors of the released WeakNAS read `matrix_encoding` instead.
        """
        decisions = self.decisions(ids)
        parts = [
            np.eye(len(values), dtype=np.float32)[decisions[..., position]]
            for position, values in enumerate(self.choices)
        ]
        return np.concatenate(parts, axis=-1)

    def matrix_encoding(self, ids: ArrayLike) -> Features:
        """The 45 numbers that WeakNAS and GBDT-NAS read: shape of `ids` plus one axis.

        The upper triangle of the adjacency matrix, row by row, the output after the last used
        vertex; then for every vertex but the input whether it is conv1x1, conv3x3, maxpool3x3 or
        the output. Zero behind the output. Source: renqianluo/GBDT-NAS.
        """
        return encodings.matrix_encoding(self.tokens(ids), self.vertices)

    def released_encoding(self, ids: ArrayLike) -> Features:
        """The `matrix_encoding`: shape of `ids` plus one axis, 45 for 7 vertices."""
        return self.matrix_encoding(ids)

    def path_encoding(self, ids: ArrayLike) -> Features:
        """Which successions of operations lead from input to output: 364 numbers for 7 vertices.

        Shape of `ids` plus one axis of 0 and 1: successions in the order of their lengths, from
        none, then of operations. Source: White et al., "BANANAS", AAAI 2021. The whole space of 7
        vertices has 620 MB of them.
        """
        codes, operations = self._drawings(ids)
        return encodings.path_encoding(codes, operations, self.vertices)

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens, as SemiNAS numbers them: nothing, no edge, edge, operations, output."""
        return encodings.VOCABULARY

    def tokens(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Cells as sequences: shape of `ids` plus one axis, of 27 tokens for 7 vertices.

        For each vertex but the input, which of the vertices before it reads (`no edge`, `edge`),
        then its operation; the output comes after the last used vertex, then nothing. Source: Luo
        et al., "SemiNAS", NeurIPS 2020.
        """
        codes, operations = self._drawings(ids)
        return encodings.tokens(codes, operations, self.vertices)

    def from_tokens(self, tokens: ArrayLike) -> Ids:
        """The inverse of `tokens`, for any drawing; -1 for a sequence that is no cell."""
        codes, operations, valid = encodings.from_tokens(np.asarray(tokens), self.vertices)
        return np.where(valid, self._cells.find(codes, operations), -1)

    def graphs(self, ids: ArrayLike) -> Graphs:
        """Cells as graphs of `vertices` nodes, `ids` of shape (count,).

        Of fewer vertices: the unused nodes, before the output, are of type `none` and have no
        edges.
        """
        codes, operations = self._drawings(np.asarray(ids, dtype=np.int64))
        return encodings.graphs(codes, operations, self.vertices, (*OPERATIONS, UNUSED))
