"""Architectures as graphs: whole spaces, and cells drawn by hand."""

import itertools

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.graphs import Graphs
from nasarena.suite.spaces.nasbench201 import EDGES, NASBench201
from nasarena.suite.spaces.nasbenchgraph import (
    LINKS,
    OPERATIONS,
    PROTEINS_OPERATIONS,
    NASBenchGraph,
)


class Toy(CategoricalSpace):
    """Every pair of a depth and an activation; they share a value's name."""

    name = "toy"
    choices = (("none", "deep"), ("relu", "tanh", "none"))
    size = 6

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.stack(np.divmod(np.asarray(ids, dtype=np.int64), 3), axis=-1)

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(np.asarray(decisions) @ [3, 1])


SPACES = {
    "nasbench201": NASBench201(),
    "nasbenchgraph": NASBenchGraph(),
    "proteins": NASBenchGraph(PROTEINS_OPERATIONS),
    "toy": Toy(),
}
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())


def whole(space: CategoricalSpace) -> Graphs:
    return space.graphs(np.arange(space.size))


def edges_of(graphs: Graphs, position: int) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in zip(*np.nonzero(graphs.adjacency[position]), strict=True)}


def types_of(graphs: Graphs, position: int) -> list[str]:
    return [graphs.labels[node] for node in graphs.nodes[position]]


@every_space
def test_graphs_are_acyclic_from_one_input_to_one_output(space: CategoricalSpace) -> None:
    graphs = whole(space)
    count, nodes = graphs.nodes.shape
    assert len(graphs) == count == space.size
    assert graphs.adjacency.shape == (count, nodes, nodes)
    assert graphs.adjacency.dtype == np.bool_
    assert graphs.nodes.dtype == np.int64
    assert not np.tril(graphs.adjacency).any()  # nodes in an order of the data flow
    assert graphs.labels[:2] == ("input", "output")
    assert (graphs.nodes[:, 0] == 0).all()
    assert (graphs.nodes[:, -1] == 1).all()
    inside = graphs.nodes[:, 1:-1]
    assert set(np.unique(inside).tolist()) == set(range(2, len(graphs.labels)))
    # Everything but the ends is fed and feeds something.
    assert graphs.adjacency[:, :, 1:].any(axis=1).all()
    assert graphs.adjacency[:, :-1].any(axis=2).all()


@every_space
def test_a_few_architectures_are_graphed_as_in_the_whole(space: CategoricalSpace) -> None:
    ids = np.random.default_rng(0).integers(space.size, size=5)
    some, every = space.graphs(ids), whole(space)
    assert some.labels == every.labels
    np.testing.assert_array_equal(some.adjacency, every.adjacency[ids])
    np.testing.assert_array_equal(some.nodes, every.nodes[ids])


def test_no_architectures_are_no_graphs() -> None:
    for space in SPACES.values():
        assert len(space.graphs(np.empty(0, dtype=np.int64))) == 0


def test_a_cell_of_nasbench201_drawn_by_hand() -> None:
    space = SPACES["nasbench201"]
    # Keys have the edges 0>1, 0>2, 1>2, 0>3, 1>3, 2>3 in this order.
    cell = int(space.ids([3, 0, 1, 2, 4, 3]))
    graphs = space.graphs([cell])
    assert types_of(graphs, 0) == [
        *("input", "nor_conv_3x3", "none", "skip_connect"),
        *("nor_conv_1x1", "avg_pool_3x3", "nor_conv_3x3", "output"),
    ]
    assert edges_of(graphs, 0) == {
        *((0, 1), (0, 2), (0, 4)),  # from the cell's input
        *((1, 3), (1, 5)),  # 0>1 feeds 1>2 and 1>3
        *((2, 6), (3, 6)),  # 0>2 and 1>2 feed 2>3
        *((4, 7), (5, 7), (6, 7)),  # into the cell's output
    }


def test_paths_through_nasbench201_are_its_four_chains_of_edges() -> None:
    adjacency = whole(SPACES["nasbench201"]).adjacency[0].astype(int)
    by_length = [int(np.linalg.matrix_power(adjacency, length)[0, 7]) for length in range(8)]
    # 0>3; then 0>1>3 and 0>2>3; then 0>1>2>3; an input and an output are added to each.
    assert by_length == [0, 0, 1, 2, 1, 0, 0, 0]
    assert len(EDGES) == 6


@pytest.mark.parametrize(
    ("link", "joined"),
    [
        ((0, 0, 0, 0), {(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 5), (4, 5)}),
        ((0, 1, 2, 3), {(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)}),
        ((0, 0, 1, 2), {(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5)}),
        ((0, 1, 1, 2), {(0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (4, 5)}),
    ],
)
def test_cells_of_nasbenchgraph_drawn_by_hand(
    link: tuple[int, ...], joined: set[tuple[int, int]]
) -> None:
    space = SPACES["nasbenchgraph"]
    operations = ["gat", "gcn", "gin", "cheb"]
    values = [OPERATIONS.index(name) for name in operations]
    graphs = space.graphs([int(space.ids([LINKS.index(link), *values]))])
    assert edges_of(graphs, 0) == joined
    assert types_of(graphs, 0) == ["input", *operations, "output"]


def test_a_space_that_only_declares_decisions_is_a_chain() -> None:
    graphs = whole(SPACES["toy"])
    for position in range(6):
        assert edges_of(graphs, position) == {(0, 1), (1, 2), (2, 3)}
    # Equal names of different decisions are different types.
    assert types_of(graphs, 2) == ["input", "0:none", "1:none", "output"]
    assert types_of(graphs, 4) == ["input", "0:deep", "1:tanh", "output"]


def canonical(graphs: Graphs) -> set[bytes]:
    """One text for each graph, equal where inner nodes can be reordered into one another."""
    nodes = graphs.nodes.shape[1]
    smallest: NDArray[np.object_] | None = None
    for inner in itertools.permutations(range(1, nodes - 1)):
        order = [0, *inner, nodes - 1]
        rows = np.concatenate(
            [
                graphs.nodes[:, order].astype(np.uint8),
                graphs.adjacency[:, order][:, :, order].reshape(len(graphs), -1).astype(np.uint8),
            ],
            axis=1,
        )
        texts = np.array([row.tobytes() for row in rows], dtype=object)
        smallest = texts if smallest is None else np.minimum(smallest, texts)
    assert smallest is not None
    return set(smallest.tolist())


def test_different_cells_of_nasbenchgraph_are_different_graphs() -> None:
    space = SPACES["proteins"]
    assert len(canonical(whole(space))) == space.size


def test_different_cells_of_nasbench201_are_different_graphs() -> None:
    # The common adjacency has no symmetry, so that the types by node tell cells apart.
    graphs = whole(SPACES["nasbench201"])
    adjacency = graphs.adjacency[0]
    for inner in itertools.permutations(range(1, 7)):
        order = [0, *inner, 7]
        same = (adjacency[np.ix_(order, order)] == adjacency).all()
        assert same == (list(inner) == sorted(inner))
    assert len(np.unique(graphs.nodes, axis=0)) == 15_625


def signature(graphs: Graphs, position: int) -> list[tuple[int, ...]]:
    """Sorted (type, its readers' types, what it reads' types): equal for isomorphic graphs."""
    nodes, adjacency = graphs.nodes[position], graphs.adjacency[position]
    return sorted(
        (int(kind), *sorted(nodes[adjacency[node]]), -1, *sorted(nodes[adjacency[:, node]]))
        for node, kind in enumerate(nodes)
    )


def test_swapping_symmetric_nodes_gives_the_same_graph() -> None:
    space = NASBenchGraph()
    wide = LINKS.index((0, 0, 0, 0))
    (cell,) = {int(space.ids([wide, *order])) for order in itertools.permutations((0, 3, 3, 5))}
    (twin,) = {int(space.ids([wide, *order])) for order in itertools.permutations((0, 3, 5, 5))}
    graphs = space.graphs([cell, twin])
    assert signature(graphs, 0) != signature(graphs, 1)
    # Two chains of two: which comes first makes no difference.
    chains = LINKS.index((0, 0, 1, 2))
    assert space.ids([chains, 1, 2, 3, 4]) == space.ids([chains, 2, 1, 4, 3])
    # In NAS-Bench-201 the type of one node is all that changing one edge changes.
    cells = SPACES["nasbench201"]
    changed = cells.graphs([0, 1])
    assert (changed.nodes[0] != changed.nodes[1]).sum() == 1
