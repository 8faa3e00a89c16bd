"""The contender's Gaussian process as a predictor."""

import numpy as np
from numpy.typing import NDArray

from nasarena.methods.cell_kernel import CellKernel
from nasarena.methods.pool_posterior import pool_posterior
from nasarena.methods.space_posterior import SpacePosterior
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.spaces import CategoricalSpace


class GaussianProcess:
    """Posterior means with `CellKernel`; the noise is chosen by marginal likelihood.

    The prior has mean 0 and variance 1: targets are z-scores or normal quantiles of ranks.

    Args:
        space: the space whose architectures are predicted.
        rng: not used; there is nothing random.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator) -> None:
        self._space = space
        self._size = space.size
        self._kernel = CellKernel(space) if space.enumerable else None

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Fit to these targets alone; `ids` and `targets` have shape (labelled,)."""
        if self._kernel is None:
            self._ids, self._targets = ids, targets
            return
        posterior = SpacePosterior(self._size, self._kernel.rows)
        posterior.observe(ids)
        self._means, _ = posterior.predict(targets)

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """Posterior means, in the shape of `ids`."""
        if self._kernel is None:
            found, _, _ = pool_posterior(self._space, self._ids, self._targets, ids.ravel())
            return found.reshape(ids.shape)
        means: NDArray[np.float32] = self._means[ids]
        return means
