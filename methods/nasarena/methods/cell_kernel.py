"""A covariance of cells, by their decisions and by the operations along their paths."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.paths import path_counts

CellFeatures = Callable[[CategoricalSpace, Ids], Features]
"""Features of cells of a space, shape (cells, columns)."""


class CellKernel:
    """A covariance over cells of a space, 1 for a cell with itself.

    It is the mean of two parts. One is exp(-decay * h), where h is the number of decisions in which
    two cells differ (Hamming). The other is a rational quadratic 1 / (1 + d^2 / (2 l^2)) of the
    distance d of their features, usually their path counts: a mixture of squared exponentials of
    all lengths (Rasmussen & Williams 2006, eq. 4.19 with alpha 1). The first part separates cells
    that have the same paths. The second takes into account that `skip` changes nothing and that
    dead branches have no effect.

    Args:
        space: a space of cells, with `graphs`.
        length: l, in units of the features.
        cells: which cells are compared, shape (cells,); None for all of the space.
        decay: how much one more differing decision lowers the logarithm of the first part.
        features: gives the features of cells; None for the path counts.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        length: float = 1.4,
        cells: Ids | None = None,
        *,
        decay: float = 0.5,
        features: CellFeatures | None = None,
    ) -> None:
        self._decisions = len(space.choices)
        self._length = length
        self._decay = np.float32(decay)
        features = features or path_features
        if cells is None:
            self._one_hot, self._features = _of_all(space, features)
        else:
            self._one_hot, self._features = space.one_hot(cells), features(space, cells)
        self._norms = np.einsum("ij,ij->i", self._features, self._features)

    def rows(self, places: Ids) -> Features:
        """The covariances of cells (their places among those compared) with all of them.

        Shape (places, cells).
        """
        by_decisions = self._one_hot[places] @ self._one_hot.T
        by_decisions -= self._decisions
        by_decisions *= self._decay
        np.exp(by_decisions, out=by_decisions)
        by_features = self._features[places] @ self._features.T
        by_features *= -2
        by_features += self._norms
        by_features += self._norms[places][:, None]
        by_features *= np.float32(1 / (2 * self._length**2))
        by_features += 1
        np.reciprocal(by_features, out=by_features)
        by_decisions += by_features
        by_decisions /= 2
        return by_decisions


def path_features(space: CategoricalSpace, cells: Ids) -> Features:
    """The path counts of cells (`path_counts`), shape (cells, columns)."""
    if isinstance(space, OpenSpace) and type(space).graphs is CategoricalSpace.graphs:
        return _chain_counts(space, cells, space.one_hot(cells))
    return path_counts(space.graphs(cells))


@lru_cache(maxsize=8)
def _of_all(space: CategoricalSpace, features: CellFeatures) -> tuple[Features, Features]:
    everything = np.arange(space.size)
    return space.one_hot(everything), features(space, everything)


def _chain_counts(space: OpenSpace, cells: Ids, one_hot: Features) -> Features:
    """The path counts of graphs that are a chain of decisions, without making the graphs.

    As of `path_counts`, but for the order of the columns, and for columns of zeros: what stands in
    the chain, and what follows what in it, the ends among them. Shape (cells, columns).
    """
    decisions = space.decisions(cells)
    counts = np.array([len(values) for values in space.choices])
    widths = counts[:-1] * counts[1:]
    first = one_hot.shape[1] + np.cumsum(widths) - widths
    followed = first + decisions[:, :-1] * counts[1:] + decisions[:, 1:]
    ends = [one_hot[:, : counts[0]], one_hot[:, -counts[-1] :]]
    columns = one_hot.shape[1] + int(widths.sum())
    found: Features = np.zeros((len(cells), columns + counts[0] + counts[-1]), dtype=np.float32)
    found[:, : one_hot.shape[1]] = one_hot
    np.put_along_axis(found, followed, 1, axis=1)
    found[:, columns:] = np.concatenate(ends, axis=1)
    return found
