"""A Gaussian process on architectures that compares them by their subtrees."""

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.nas_bowl.subtrees import (
    Labels,
    in_common,
    numbered,
    subtree_labels,
    with_itself,
)
from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace

ROUNDS = 3
"""The kernel has 1 to so many rounds of relabelling."""

NOISES = (1e-5, 1e-4, 1e-3, 1e-2)
"""Noise variances to choose from, in units of the prior variance: the release's range."""

AT_A_TIME = 4096
"""Architectures predicted at a time."""


class SubtreeProcess:
    """Posterior means and deviations, with the normalised Weisfeiler-Lehman subtree kernel.

    The prior has mean 0 and variance 1. The covariance of two architectures is what their counts
    of subtrees have in common, up to a number of rounds, over the root of what each has in common
    with itself. That number and the noise are those of the highest marginal likelihood.

    Args:
        space: the space whose architectures are compared.
        assignment: in common are the smaller counts instead of products of counts: the kernel of
            optimal assignments.
    """

    def __init__(self, space: CategoricalSpace, assignment: bool) -> None:
        self._space = space
        self._assignment = assignment
        self.rounds = 0
        self.noise = 0.0

    def fit(self, ids: Ids, targets: NDArray[np.float64]) -> None:
        """Forget everything and fit; `ids` and `targets` have shape (labelled,)."""
        self._labels = self._subtrees(ids)
        covariances = self._covariances(self._labels)
        highest = -np.inf
        for rounds in range(1, ROUNDS + 1):
            values, vectors = np.linalg.eigh(covariances[rounds])
            values = np.maximum(values, 0)
            along = vectors.T @ targets
            for noise in NOISES:
                likelihood = -np.sum(along**2 / (values + noise) + np.log(values + noise)) / 2
                if likelihood > highest:
                    highest, self.rounds, self.noise = likelihood, rounds, noise
                    self._weights = vectors @ (along / (values + noise))
                    self._whitener = vectors / np.sqrt(values + noise)

    def predict(self, ids: Ids) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Posterior means and deviations of the targets without noise, each of shape (ids,)."""
        means, deviations = np.empty(ids.size), np.empty(ids.size)
        for start in range(0, ids.size, AT_A_TIME):
            some = slice(start, start + AT_A_TIME)
            rows = self._covariances(self._subtrees(ids[some]))[self.rounds]
            means[some] = rows @ self._weights
            explained = np.einsum("ij,ij->i", white := rows @ self._whitener, white)
            deviations[some] = np.sqrt(np.maximum(1 - explained, 1e-12))
        return means, deviations

    def _subtrees(self, ids: Ids) -> Labels:
        labels = subtree_labels(self._space.graphs(ids), ROUNDS)
        return numbered(labels) if self._assignment else labels

    def _covariances(self, labels: Labels) -> NDArray[np.float64]:
        """With the labelled ones, for each number of rounds: (rounds + 1, these, labelled)."""
        scale = np.sqrt(with_itself(labels)[:, :, None] * with_itself(self._labels)[:, None, :])
        covariances: NDArray[np.float64] = in_common(labels, self._labels) / scale
        return covariances
