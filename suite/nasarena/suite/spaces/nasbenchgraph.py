"""The NAS-Bench-Graph cell: four operations, each reading one earlier node."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces.categorical import CategoricalSpace
from nasarena.suite.spaces.graphs import INPUT, OUTPUT, Graphs, adjacency_matrix, with_ends

LINKS = (
    (0, 0, 0, 0),
    (0, 0, 0, 1),
    (0, 0, 1, 1),
    (0, 0, 1, 2),
    (0, 0, 1, 3),
    (0, 1, 1, 1),
    (0, 1, 1, 2),
    (0, 1, 2, 2),
    (0, 1, 2, 3),
)
"""For each of the four nodes the node it reads: 0 is the input, 1 the first node."""

OPERATIONS = ("gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip")
PROTEINS_OPERATIONS = ("gcn", "sage", "arma", "fc", "skip")
NODES = 4

_LINKED = np.stack(
    [
        adjacency_matrix(
            NODES + 2,
            [
                *((source, node) for node, source in enumerate(link, start=1)),
                *((node, NODES + 1) for node in range(1, NODES + 1) if node not in link),
            ],
        )
        for link in LINKS
    ]
)
"""How input, operations and output are joined, for each link list; shape (9, 6, 6)."""


class NASBenchGraph(CategoricalSpace):
    """All different cells of 9 link lists and `operations`, in the order of their keys.

    26,206 cells with the nine operations, 2,021 with the five measured on proteins. Decisions
    that denote the same cell (a `skip` that only passes on, symmetric nodes) are one
    architecture, so classes of isomorphism have one member each; decisions that are all `skip`
    are none.

    Source: Qin et al., "NAS-Bench-Graph", NeurIPS 2022; the order of links and operations and the
    representative of each cell are the release's.
    """

    def __init__(self, operations: tuple[str, ...] = OPERATIONS) -> None:
        self.name = "nasbenchgraph"
        self.choices = (tuple("".join(map(str, link)) for link in LINKS), *(operations,) * NODES)
        self._operations = operations
        self._weights = len(operations) ** np.arange(NODES, -1, -1)
        self.size = int(self._genotypes.size)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Link list and four operations: shape of `ids` plus one axis of 5."""
        genotypes = self._genotypes[np.asarray(ids)]
        operations = genotypes[..., None] // self._weights[1:] % len(self._operations)
        return np.concatenate([genotypes[..., None] // self._weights[0], operations], axis=-1)

    def ids(self, decisions: ArrayLike) -> Ids:
        """The cell of a link list and four operations, -1 where all are `skip`."""
        cells: Ids = self._cells[np.asarray(decisions, dtype=np.int64) @ self._weights]
        return cells

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens: the nodes that can be read (0 is the input), then the operations."""
        return (*(f"reads {node}" for node in range(NODES)), *self._operations)

    def tokens(self, ids: ArrayLike) -> NDArray[np.int64]:
        """For each of the four nodes what it reads, then its operation: 8 tokens."""
        link, operations = np.split(self.decisions(ids), [1], axis=-1)
        pairs = np.stack([np.array(LINKS)[link[..., 0]], NODES + operations], axis=-1)
        return pairs.reshape(*pairs.shape[:-2], 2 * NODES)

    def from_tokens(self, tokens: ArrayLike) -> Ids:
        """The cell of 8 tokens; -1 unless reads and operations alternate and are a cell.

        What the nodes read must be one of the nine link lists, in their order of nodes.
        """
        sequences = np.asarray(tokens, dtype=np.int64)
        reads, operations = sequences[..., 0::2], sequences[..., 1::2] - NODES
        listed = (reads[..., None, :] == np.array(LINKS)).all(axis=-1)
        known = ((operations >= 0) & (operations < len(self._operations))).all(axis=-1)
        valid = listed.any(axis=-1) & known
        decisions = np.concatenate([listed.argmax(axis=-1)[..., None], operations], axis=-1)
        found = self.ids(np.where(valid[..., None], decisions, 0))
        return np.where(valid, found, -1)

    def key(self, id: int) -> str:
        """The release's key: link list and operations as digits, without leading zeros."""
        link, *operations = self.decisions(id).tolist()
        digits = [OPERATIONS.index(self._operations[operation]) for operation in operations]
        return str(int("".join(map(str, [link, *digits]))))

    def graphs(self, ids: ArrayLike) -> Graphs:
        """Cells as graphs of 6 nodes, `ids` of shape (count,).

        An operation is joined to those that read it, to the output where none does. A `skip` is
        a node as any other operation.
        """
        decisions = self.decisions(np.asarray(ids, dtype=np.int64))
        labels = (INPUT, OUTPUT, *self._operations)
        return Graphs(_LINKED[decisions[:, 0]], with_ends(decisions[:, 1:]), labels)

    @property
    def _genotypes(self) -> Ids:
        return self._enumeration[0]

    @property
    def _cells(self) -> Ids:
        return self._enumeration[1]

    @cached_property
    def _enumeration(self) -> tuple[Ids, Ids]:
        """The genotype (decisions as one number) of every cell, and the cell of every genotype."""
        genotypes = np.arange(len(LINKS) * self._weights[0])[:, None] // self._weights
        links = np.array(LINKS)[genotypes[:, 0]]
        operations = genotypes[:, 1:] % len(self._operations)
        forest, nodes_left = _reduced(links, operations, skip=len(self._operations) - 1)
        # The release names a cell by the genotype whose passing `skip`s all come first, as a
        # chain; of those by the smallest.
        passing = NODES - nodes_left
        position = np.arange(1, NODES + 1)
        leading = position <= passing[:, None]
        chained = np.where(leading, links == position - 1, links >= passing[:, None]).all(axis=1)
        skipped = np.where(leading, operations == len(self._operations) - 1, True).all(axis=1)
        named = np.flatnonzero(chained & skipped & (nodes_left > 0))
        _, first = np.unique(forest[named], return_index=True)
        representatives = np.sort(named[first])
        cell_of_forest = np.full(int(forest.max()) + 1, -1)
        cell_of_forest[forest[representatives]] = np.arange(representatives.size)
        return representatives, cell_of_forest[forest]


def _reduced(
    links: NDArray[np.int64], operations: NDArray[np.int64], skip: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What cells compute, as numbers, and how many nodes are left without those that only pass on.

    A `skip` only passes on when it has readers, when it is the only reader of its node, or when
    everything between it and the input is `skip`. `links` and `operations` have shape (cells, 4),
    the two results (cells,).

    From the last node to the first, the readers of each node are gathered as a sorted multiset of
    subtree numbers; equal numbers mean equal subtrees. A node that passes on hands its readers to
    the node that it reads.
    """
    cells = np.arange(len(links))
    nothing, bare_skip = 0, 1
    readers = np.zeros((len(links), NODES + 1, NODES), dtype=np.int64)
    left = np.zeros((len(links), NODES + 1), dtype=np.int64)
    known: dict[int, int] = {}
    for node in range(NODES, 0, -1):
        operation = operations[:, node - 1]
        own = np.sort(readers[:, node], axis=1)
        lone_skip = (own[:, -1] == bare_skip) & (own[:, -2] == nothing)
        own[lone_skip, -1] = nothing
        nodes_below = np.where(lone_skip, 0, left[:, node])
        passes_on = (operation == skip) & (own[:, -1] != nothing)

        leaf_skip = (operation == skip) & ~passes_on
        different, inverse = np.unique(_packed(own, operation), return_inverse=True)
        numbers = np.array([known.setdefault(p, len(known) + 2) for p in different.tolist()])
        subtree = np.where(leaf_skip, bare_skip, numbers[inverse.ravel()])

        target = links[:, node - 1]
        handed = np.where(passes_on[:, None], own, 0)
        handed[~passes_on, -1] = subtree[~passes_on]
        # A node has at most four readers below it in all, so the two multisets fit into one row.
        merged = np.sort(np.concatenate([readers[cells, target], handed], axis=1), axis=1)
        readers[cells, target] = merged[:, -NODES:]
        left[cells, target] += nodes_below + np.where(passes_on, 0, 1)
    root = np.sort(np.where(readers[:, 0] == bare_skip, nothing, readers[:, 0]), axis=1)
    bare = (readers[:, 0] == bare_skip).sum(axis=1)
    _, forest = np.unique(_packed(root, 0), return_inverse=True)
    return forest.ravel(), left[:, 0] - bare


def _packed(rows: NDArray[np.int64], first: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Rows of four subtree numbers (there are fewer than 2^13) and one more as single integers."""
    packed = np.full(len(rows), first)
    for column in rows.T:
        packed = packed * 8192 + column
    return packed
