"""A covariance of cells, by their decisions and by the operations along their paths."""

from functools import lru_cache

import numpy as np

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.paths import path_counts


class CellKernel:
    """A covariance over cells of a space, 1 for a cell with itself.

    It is the mean of two parts. One is exp(-h / 2), where h is the number of decisions in which two
    cells differ (Hamming). The other is a rational quadratic 1 / (1 + d^2 / (2 l^2)) of the
    distance d of their path counts: a mixture of squared exponentials of all lengths (Rasmussen &
    Williams 2006, eq. 4.19 with alpha 1). The first part separates cells that have the same paths.
    The second takes into account that `skip` changes nothing and that dead branches have no effect.

    Args:
        space: a space of cells, with `graphs`.
        length: l, in counts.
        cells: which cells are compared, shape (cells,); None for all of the space.
    """

    def __init__(
        self, space: CategoricalSpace, length: float = 1.4, cells: Ids | None = None
    ) -> None:
        self._decisions = len(space.choices)
        self._length = length
        self._one_hot, self._paths = _features(space) if cells is None else _encoded(space, cells)
        self._norms = np.einsum("ij,ij->i", self._paths, self._paths)

    def rows(self, places: Ids) -> Features:
        """The covariances of cells (their places among those compared) with all of them.

        Shape (places, cells).
        """
        by_decisions = self._one_hot[places] @ self._one_hot.T
        by_decisions -= self._decisions
        by_decisions /= 2
        np.exp(by_decisions, out=by_decisions)
        by_paths = self._paths[places] @ self._paths.T
        by_paths *= -2
        by_paths += self._norms
        by_paths += self._norms[places][:, None]
        by_paths *= np.float32(1 / (2 * self._length**2))
        by_paths += 1
        np.reciprocal(by_paths, out=by_paths)
        by_decisions += by_paths
        by_decisions /= 2
        return by_decisions


@lru_cache(maxsize=4)
def _features(space: CategoricalSpace) -> tuple[Features, Features]:
    return _encoded(space, np.arange(space.size))


def _encoded(space: CategoricalSpace, cells: Ids) -> tuple[Features, Features]:
    if isinstance(space, OpenSpace) and type(space).graphs is CategoricalSpace.graphs:
        one_hot = space.one_hot(cells)
        return one_hot, _chain_counts(space, cells, one_hot)
    return space.one_hot(cells), path_counts(space.graphs(cells))


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
