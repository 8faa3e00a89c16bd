"""A Gaussian process over a whole space, extended by a few observations at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features, Ids

NOISES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Noise variances to choose from, in units of the prior variance."""

REFIT = 1.3
"""The noise is chosen again whenever there are so many times more observations."""


class SpacePosterior:
    """Posterior means and deviations of all architectures, given labels of some.

    With K + noise = L L^T over the observed, the rows of V = L^-1 k(observed, all) are kept:
    new observations add rows (a block of the Cholesky factor), means are L^-1 labels times V, and
    variances one minus the column sums of V^2 (Rasmussen & Williams 2006, algorithm 2.1). The
    prior has mean 0 and variance 1.

    Args:
        size: architectures of the space.
        rows: gives for ids, shape (n,), their covariances with all architectures, shape (n,
            architectures), float32.
        noise: the noise variance; None where it is to be chosen by marginal likelihood.
    """

    def __init__(
        self, size: int, rows: Callable[[Ids], Features], noise: float | None = None
    ) -> None:
        self._rows = rows
        self.ids: Ids = np.empty(0, dtype=np.int64)
        self.noise = 0.1 if noise is None else noise
        self._covariance = np.zeros((64, 64))
        self._factor = np.zeros((64, 64))
        self._projected = np.empty((64, size), dtype=np.float32)
        self._explained = np.zeros(size, dtype=np.float32)
        self._chosen_at = 0.0 if noise is None else np.inf

    def observe(self, ids: Ids) -> None:
        """Add architectures, shape (new,), whose labels `predict` will be given."""
        before, after = self.ids.size, self.ids.size + ids.size
        self._make_room(after)
        rows = self._rows(ids)
        self.ids = np.concatenate([self.ids, ids])
        new = slice(before, after)
        self._covariance[new, :after] = rows[:, self.ids]
        self._covariance[:before, new] = self._covariance[new, :before].T
        self._extend(rows, before, after)

    def predict(self, labels: NDArray[np.float64]) -> tuple[Features, Features]:
        """Means and deviations of all architectures, given labels in the order of observation."""
        from scipy.linalg import solve_triangular

        count = self.ids.size
        if count >= self._chosen_at * REFIT:
            self._choose_noise(labels)
        factor = self._factor[:count, :count]
        weights = solve_triangular(factor, labels, lower=True, check_finite=False)
        means: Features = weights.astype(np.float32) @ self._projected[:count]
        return means, np.sqrt(np.maximum(1 - self._explained, np.float32(1e-6)))

    def _extend(self, rows: Features, before: int, after: int) -> None:
        from scipy.linalg import solve_triangular

        new = slice(before, after)
        block = self._covariance[new, new] + self.noise * np.eye(after - before)
        if before:
            side = solve_triangular(
                self._factor[:before, :before],
                self._covariance[:before, new],
                lower=True,
                check_finite=False,
            ).T
            self._factor[new, :before] = side
            block -= side @ side.T
            rows = rows - side.astype(np.float32) @ self._projected[:before]
        corner = np.linalg.cholesky(block)
        self._factor[new, new] = corner
        added = np.linalg.inv(corner).astype(np.float32) @ rows
        self._projected[new] = added
        self._explained += np.einsum("ij,ij->j", added, added)

    def _choose_noise(self, labels: NDArray[np.float64]) -> None:
        """The noise of highest marginal likelihood; all come from one eigendecomposition."""
        count = self._chosen_at = self.ids.size
        values, vectors = np.linalg.eigh(self._covariance[:count, :count])
        values = np.maximum(values, 0)
        energy = (vectors.T @ labels) ** 2
        misfits = [
            np.log(values + noise).sum() + (energy / (values + noise)).sum() for noise in NOISES
        ]
        noise = NOISES[int(np.argmin(misfits))]
        if noise != self.noise:
            self.noise = noise
            self._explained[:] = 0
            # Block by block: the covariances of all observed at once could fill the memory.
            for start in range(0, count, 64):
                stop = min(start + 64, count)
                self._extend(self._rows(self.ids[start:stop]), start, stop)

    def _make_room(self, count: int) -> None:
        capacity = len(self._factor)
        if count <= capacity:
            return
        larger = max(count, 2 * capacity)
        for name in ("_covariance", "_factor"):
            grown = np.zeros((larger, larger))
            grown[:capacity, :capacity] = getattr(self, name)
            setattr(self, name, grown)
        projected = np.empty((larger, self._projected.shape[1]), dtype=np.float32)
        projected[:capacity] = self._projected
        self._projected = projected
