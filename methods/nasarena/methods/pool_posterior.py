"""A Gaussian process asked about a few architectures of a space that is too large to list."""

import numpy as np

from nasarena.methods.cell_kernel import CellKernel
from nasarena.methods.space_posterior import SpacePosterior
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.spaces import CategoricalSpace


def pool_posterior(
    space: CategoricalSpace, ids: Ids, labels: Accuracies, pool: Ids
) -> tuple[Features, Features]:
    """Posterior means and deviations of `pool`, shape (ranked,), given labels of other `ids`.

    The process and the choice of its noise are those of `SpacePosterior`; it is computed anew for
    each pool. Both `ids` and `labels` have shape (labelled,).
    """
    observed = np.arange(ids.size)
    alone = SpacePosterior(ids.size, CellKernel(space, cells=ids).rows)
    alone.observe(observed)
    alone.predict(labels)  # chooses the noise, at the price of the observed ones only
    kernel = CellKernel(space, cells=np.concatenate([ids, pool]))
    posterior = SpacePosterior(ids.size + pool.size, kernel.rows, alone.noise)
    posterior.observe(observed)
    means, deviations = posterior.predict(labels)
    return means[ids.size :], deviations[ids.size :]
