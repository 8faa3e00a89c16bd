"""A Gaussian process asked about a few architectures of a space that is too large to list."""

from collections.abc import Callable

import numpy as np

from nasarena.methods.cell_kernel import CellKernel
from nasarena.methods.space_posterior import SpacePosterior
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.spaces import CategoricalSpace


def _by_paths(space: CategoricalSpace, cells: Ids) -> CellKernel:
    return CellKernel(space, cells=cells)


def pool_posterior(
    space: CategoricalSpace,
    ids: Ids,
    labels: Accuracies,
    pool: Ids,
    *,
    kernel: Callable[[CategoricalSpace, Ids], CellKernel] = _by_paths,
) -> tuple[Features, Features, float]:
    """Posterior means and deviations of `pool`, shape (ranked,), given labels of other `ids`.

    The process and the choice of its noise are those of `SpacePosterior`; it is computed anew for
    each pool. Both `ids` and `labels` have shape (labelled,). `kernel` gives the covariance of some
    cells of the space. The third that is returned is the noise variance.
    """
    observed = np.arange(ids.size)
    alone = SpacePosterior(ids.size, kernel(space, ids).rows)
    alone.observe(observed)
    alone.predict(labels)  # chooses the noise, at the price of the observed ones only
    rows = kernel(space, np.concatenate([ids, pool])).rows
    posterior = SpacePosterior(ids.size + pool.size, rows, alone.noise)
    posterior.observe(observed)
    means, deviations = posterior.predict(labels)
    return means[ids.size :], deviations[ids.size :], alone.noise
