"""Labels made from the graphs of a space, which a graph network can learn."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.spaces import CategoricalSpace


def joined_operations(space: CategoricalSpace) -> NDArray[np.float64]:
    """A worth for every operation and for every two that are joined; mean 0, deviation 1.

    Shape (architectures of the space,).
    """
    rng = np.random.default_rng(6)
    graphs = space.graphs(np.arange(space.size))
    kinds = len(graphs.labels)
    cell, source, target = np.nonzero(graphs.adjacency)
    worth = rng.normal(size=(kinds, kinds))
    joined = worth[graphs.nodes[cell, source], graphs.nodes[cell, target]]
    values = rng.normal(size=kinds)[graphs.nodes].sum(axis=1)
    values += 0.3 * np.bincount(cell, weights=joined, minlength=len(graphs))
    scaled: NDArray[np.float64] = (values - values.mean()) / values.std()
    return scaled
