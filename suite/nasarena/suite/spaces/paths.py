"""What lies along a cell's functional paths: counts of operations and of their successions."""

import numpy as np

from nasarena.suite.arrays import Features
from nasarena.suite.spaces.graphs import Graphs

ABSENT = ("none",)
"""Operations that carry nothing: a path through one is none."""

PASSING = ("skip", "skip_connect")
"""Operations that hand on what they get: a path goes on as if they were not there."""


def path_counts(graphs: Graphs) -> Features:
    """1- and 2-grams along all paths from input to output, counted over the paths.

    Paths through an absent operation are none, passing ones are contracted, and the input and the
    output count as the ends of a path. Columns: one an operation, then one for each ordered pair
    of node types; those that are zero throughout are left out. Shape (architectures, columns).

    Defined on graphs alone, so that it is the same for every space of cells.
    """
    types: Features = np.eye(len(graphs.labels), dtype=np.float32)[graphs.nodes]
    steps, before, after = functional_edges(graphs)
    through = before * after
    single = np.einsum("nv,nvt->nt", through, types)[:, 2:]
    weighted = before[:, :, None] * steps * after[:, None, :]
    pairs = types.transpose(0, 2, 1) @ weighted @ types
    counts = np.concatenate([single, pairs.reshape(len(graphs), -1)], axis=1)
    return np.ascontiguousarray(counts[:, counts.any(axis=0)], dtype=np.float32)


def functional_edges(graphs: Graphs) -> tuple[Features, Features, Features]:
    """What is left of graphs without absent and passing operations, and the paths through it.

    Returns how many ways lead directly from node to node, with only passing ones between, shape
    (architectures, V, V), and how many paths lead from the input to each node, and from each node
    to the output, both of shape (architectures, V). A node is on a path if the product of these two
    is not zero. Passing and absent nodes are on none.
    """
    alive = ~np.isin(graphs.nodes, _positions(graphs, ABSENT))
    passing = np.isin(graphs.nodes, _positions(graphs, PASSING))
    edges = (graphs.adjacency & alive[:, :, None] & alive[:, None, :]).astype(np.float32)
    steps = _contracted(edges, passing.astype(np.float32))
    before: Features = np.zeros(graphs.nodes.shape, dtype=np.float32)
    after: Features = np.zeros(graphs.nodes.shape, dtype=np.float32)
    before[:, 0] = after[:, -1] = 1
    for _ in range(graphs.nodes.shape[1] - 1):
        before = _with_end(np.einsum("nu,nuv->nv", before, steps), 0)
        after = _with_end(np.einsum("nuv,nv->nu", steps, after), -1)
    return steps, before, after


def _positions(graphs: Graphs, names: tuple[str, ...]) -> list[int]:
    return [position for position, label in enumerate(graphs.labels) if label in names]


def _contracted(edges: Features, passing: Features) -> Features:
    """Ways from node to node with only passing nodes between; none to or from a passing node."""
    ways, longer = edges.copy(), edges.copy()
    for _ in range(edges.shape[1] - 2):
        longer[:] = (longer * passing[:, None, :]) @ edges
        ways += longer
    kept = 1 - passing
    contracted: Features = kept[:, :, None] * ways * kept[:, None, :]
    return contracted


def _with_end(counts: Features, end: int) -> Features:
    counts[:, end] = 1
    return counts
