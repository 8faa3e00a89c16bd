"""Bayesian linear regression against the normal distribution that it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from nasarena.baselines.bayesian_linear import BayesianLinear


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 99),
    labelled=st.integers(3, 12),
    columns=st.integers(1, 12),
    alpha=st.floats(0.1, 10),
    beta=st.floats(0.1, 100),
)
def test_evidence_and_predictions_are_those_of_the_joint_normal(
    seed: int, labelled: int, columns: int, alpha: float, beta: float
) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(labelled + 4, columns))
    labels = rng.normal(size=labelled)
    model = BayesianLinear()
    model.fit(features[:labelled], labels)
    known = features[:labelled] @ features[:labelled].T / alpha + np.eye(labelled) / beta
    density = multivariate_normal(np.zeros(labelled), known).logpdf(labels)
    assert model.log_evidence(alpha, beta) == pytest.approx(density)

    alpha, beta = model.alpha, model.beta
    joint = features @ features.T / alpha + np.eye(labelled + 4) / beta
    side = np.linalg.solve(joint[:labelled, :labelled], joint[:labelled, labelled:])
    means, variances = model.predict(features[labelled:])
    assert means == pytest.approx(side.T @ labels, rel=1e-5, abs=1e-6)
    rest = joint[labelled:, labelled:] - side.T @ joint[:labelled, labelled:]
    assert variances == pytest.approx(np.diag(rest), rel=1e-5)


def test_the_precisions_are_those_of_highest_evidence() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 6))
    labels = features @ rng.normal(scale=2.0, size=6) + rng.normal(scale=0.1, size=400)
    model = BayesianLinear()
    model.fit(features, labels)
    assert model.beta == pytest.approx(100, rel=0.2)
    best = model.log_evidence(model.alpha, model.beta)
    for by in (0.8, 1.25):
        assert model.log_evidence(model.alpha * by, model.beta) < best
        assert model.log_evidence(model.alpha, model.beta * by) < best
