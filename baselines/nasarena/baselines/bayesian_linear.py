"""Bayesian linear regression on features that a network learned."""

import numpy as np
from numpy.typing import NDArray

BOUND = 15.0
"""Of the absolute logarithms of both precisions: with few labels the evidence may have no peak."""


class BayesianLinear:
    """A linear model whose weights and noise have normal distributions.

    Labels are features times weights plus noise, without an intercept. The weights have the prior
    precision `alpha`, the noise the precision `beta`; both are chosen to maximise the evidence (the
    marginal likelihood of the labels) with Nelder and Mead's simplex, in logarithms between -15
    and 15, from 1 and 1. One singular value decomposition of the features gives the evidence of
    any pair.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, sections 3.3 and 3.5; the last
    layer of DNGO (Snoek et al., ICML 2015, arXiv:1502.05700).

    Example:
        >>> model = BayesianLinear()
        >>> model.fit(np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 4.1, 5.9]))
        >>> means, variances = model.predict(np.array([[4.0]]))
    """

    def fit(self, features: NDArray[np.floating], labels: NDArray[np.float64]) -> None:
        """Fit to features, shape (labelled, features), and labels, shape (labelled,)."""
        from scipy.optimize import minimize

        left, self._singular, self._right = np.linalg.svd(
            np.asarray(features, dtype=np.float64), full_matrices=False
        )
        self._explained = left.T @ labels
        self._count = labels.size
        self._rest = max(0.0, float(labels @ labels - self._explained @ self._explained))

        def misfit(logs: NDArray[np.float64]) -> float:
            return -self.log_evidence(*np.exp(logs).tolist())

        found = minimize(
            misfit,
            np.zeros(2),
            method="Nelder-Mead",
            bounds=[(-BOUND, BOUND)] * 2,
            options={"xatol": 1e-2, "fatol": 1e-3},
        )
        self.alpha, self.beta = np.exp(found.x).tolist()
        self._scale = self.alpha + self.beta * self._singular**2
        along = self.beta * self._singular * self._explained / self._scale
        self._weights = along @ self._right

    def log_evidence(self, alpha: float, beta: float) -> float:
        """The logarithm of the labels' probability density, given both precisions."""
        variances = 1 / beta + self._singular**2 / alpha
        free = self._count - self._singular.size
        logs = np.log(variances).sum() - free * np.log(beta) + self._count * np.log(2 * np.pi)
        misfit = (self._explained**2 / variances).sum() + beta * self._rest
        return -0.5 * float(logs + misfit)

    def predict(
        self, features: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means and variances (with the noise) of labels, each shape (architectures,).

        `features` has shape (architectures, features).
        """
        wide = np.asarray(features, dtype=np.float64)
        along = wide @ self._right.T
        variances = along**2 @ (1 / self._scale) + 1 / self.beta
        if len(self._right) < wide.shape[1]:  # directions that no label says anything of
            outside = np.einsum("ij,ij->i", wide, wide) - np.einsum("ij,ij->i", along, along)
            variances += np.maximum(outside, 0) / self.alpha
        return wide @ self._weights, variances
