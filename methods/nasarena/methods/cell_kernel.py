"""A covariance of cells, by their decisions and by the operations along their paths."""

from functools import lru_cache

import numpy as np

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.paths import path_counts


class CellKernel:
    """A covariance over the cells of a space, 1 for a cell with itself.

    It is the mean of two parts. One is exp(-h / 2), where h is the number of decisions in which two
    cells differ (Hamming). The other is a rational quadratic 1 / (1 + d^2 / (2 l^2)) of the
    distance d of their path counts: a mixture of squared exponentials of all lengths (Rasmussen &
    Williams 2006, eq. 4.19 with alpha 1). The first part separates cells that have the same paths.
    The second takes into account that `skip` changes nothing and that dead branches have no effect.

    Args:
        space: a space of cells, with `graphs`.
        length: l, in counts.
    """

    def __init__(self, space: CategoricalSpace, length: float = 1.4) -> None:
        self._decisions = len(space.choices)
        self._length = length
        self._one_hot, self._paths = _features(space)
        self._norms = np.einsum("ij,ij->i", self._paths, self._paths)

    def rows(self, ids: Ids) -> Features:
        """The covariances of cells with all of the space: shape (ids, architectures)."""
        by_decisions = self._one_hot[ids] @ self._one_hot.T
        by_decisions -= self._decisions
        by_decisions /= 2
        np.exp(by_decisions, out=by_decisions)
        by_paths = self._paths[ids] @ self._paths.T
        by_paths *= -2
        by_paths += self._norms
        by_paths += self._norms[ids][:, None]
        by_paths *= np.float32(1 / (2 * self._length**2))
        by_paths += 1
        np.reciprocal(by_paths, out=by_paths)
        by_decisions += by_paths
        by_decisions /= 2
        return by_decisions


@lru_cache(maxsize=4)
def _features(space: CategoricalSpace) -> tuple[Features, Features]:
    everything = np.arange(space.size)
    return space.one_hot(everything), path_counts(space.graphs(everything))
