"""What untrained graph networks make of cells: features that say how alike cells are."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.graphs import Graphs
from nasarena.suite.spaces.paths import functional_edges

NETWORKS, WIDTH, LAYERS = 16, 16, 3

BIAS = 0.1
"""The standard deviation of the biases."""

SAMPLE = 2048
"""The features are scaled by the spread of so many architectures of the space."""

BLOCK = 4096
"""So many graphs are in memory at once."""


def network_features(space: CategoricalSpace, cells: Ids) -> Features:
    """Outputs of untrained graph networks, shape (cells, NETWORKS * WIDTH).

    The weights are random, and always the same ones. A layer adds what a node has, the mean of what
    its predecessors have and the mean of what its successors have, each times a matrix of normal
    weights, and a bias; negative values become 0. The output is the sum over all nodes on a path
    from the input to the output; operations that pass everything on are contracted (`path_counts`
    does the same). The features are scaled so that the mean squared distance from their mean is 1
    over the space. Networks with random weights make Gaussian processes as they become wide
    (Neal 1996, chapter 2); here the features alone are taken from them. Some isomorphic cells have
    other graphs that compute the same, and so other features: one in twelve on NAS-Bench-201.
    """
    return _outputs(space, cells) / np.float32(_spread(space))


@lru_cache(maxsize=8)
def _spread(space: CategoricalSpace) -> float:
    outputs = _outputs(space, space.sample(min(SAMPLE, space.size), np.random.default_rng(0)))
    spread = float(np.sqrt(outputs.var(axis=0, dtype=np.float64).sum()))
    return spread or 1.0


def _outputs(space: CategoricalSpace, cells: Ids) -> Features:
    blocks = [cells[start : start + BLOCK] for start in range(0, cells.size, BLOCK)]
    return np.concatenate([_of_graphs(space.graphs(block)) for block in blocks])


def _of_graphs(graphs: Graphs) -> Features:
    edges, before, after = functional_edges(graphs)
    on_path: Features = (before * after > 0).astype(np.float32)[:, :, None]
    edges *= on_path * on_path.transpose(0, 2, 1)
    types: Features = np.eye(len(graphs.labels), dtype=np.float32)[graphs.nodes] * on_path
    forward = edges.transpose(0, 2, 1) / np.maximum(1, edges.sum(axis=1))[:, :, None]
    backward = edges / np.maximum(1, edges.sum(axis=2, keepdims=True))
    outputs = []
    for layers in _networks(len(graphs.labels)):
        nodes = types
        for own, from_before, from_after, bias in layers:
            nodes = nodes @ own + forward @ (nodes @ from_before) + backward @ (nodes @ from_after)
            nodes = np.maximum(0, nodes + bias) * on_path
        outputs.append(nodes.sum(axis=1))
    found: Features = np.concatenate(outputs, axis=1)
    return found


def _networks(types: int) -> Iterator[list[list[Features]]]:
    """The layers of each network: three matrices and a bias each."""
    rng = np.random.default_rng(0)
    for _ in range(NETWORKS):
        layers = []
        for layer in range(LAYERS):
            inputs = WIDTH if layer else types
            # One input of a node's type is 1, the others are 0.
            scale = np.sqrt(2 / 3 / (inputs if layer else 1))
            weights = [rng.normal(0, scale, (inputs, WIDTH)) for _ in range(3)]
            layers.append([x.astype(np.float32) for x in (*weights, rng.normal(0, BIAS, WIDTH))])
        yield layers
