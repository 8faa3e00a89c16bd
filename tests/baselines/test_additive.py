"""The additive model: its table against scikit-learn and a known one."""

from contextlib import suppress

import numpy as np
import pytest
from scipy.stats import norm, rankdata
from sklearn.linear_model import Ridge

from nasarena.baselines.additive import Additive, additive_table
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
WORTH = np.random.default_rng(0).normal(size=(6, 5))
"""What each value of each decision adds."""
LABELS = 80 + WORTH[np.arange(6), SPACE.decisions(np.arange(SPACE.size))].sum(axis=1)


def test_the_table_is_that_of_ridge_regression() -> None:
    ids = SPACE.sample(50, np.random.default_rng(1))
    features, labels = SPACE.one_hot(ids), LABELS[ids]
    table, constant = additive_table(features, labels, 0.7)
    ridge = Ridge(alpha=0.7).fit(features.astype(np.float64), labels)
    np.testing.assert_allclose(table, ridge.coef_, atol=1e-4)
    assert constant == pytest.approx(ridge.intercept_, abs=1e-3)


def test_of_enough_labels_it_learns_what_values_cost() -> None:
    ids = SPACE.sample(500, np.random.default_rng(2))
    table, _ = additive_table(SPACE.one_hot(ids), LABELS[ids], 1e-6)
    drops = table.reshape(6, 5) - table.reshape(6, 5).max(axis=1, keepdims=True)
    np.testing.assert_allclose(drops, WORTH - WORTH.max(axis=1, keepdims=True), atol=1e-3)


def test_the_best_of_an_additive_space_is_found_early() -> None:
    problem = Problem(SPACE, LABELS, 100, 1_000)
    with suppress(SearchEnded):
        Additive(targets="percent").search(problem, np.random.default_rng(3))
    assert LABELS.argmax() in problem.trace[:60].tolist()
    assert problem.recommendations[-1][1] == LABELS.argmax()
    assert np.unique(problem.trace).size == 100


def test_each_round_queries_the_best_predicted_by_ridge_regression() -> None:
    labels = LABELS + np.random.default_rng(4).normal(size=SPACE.size)
    problem = Problem(SPACE, labels, 40, 1_000)
    with suppress(SearchEnded):
        Additive(penalty=0.7).search(problem, np.random.default_rng(3))
    encoded = SPACE.one_hot(np.arange(SPACE.size)).astype(np.float64)
    for place, count in enumerate(range(10, 40, 5)):
        known, chosen = problem.trace[:count], problem.trace[count : count + 5]
        quantiles = norm.ppf((rankdata(labels[known]) - 0.5) / count)
        predicted = Ridge(alpha=0.7).fit(encoded[known], quantiles).predict(encoded)
        after, recommended = problem.recommendations[place]
        assert after == count
        assert predicted[recommended] == pytest.approx(predicted.max(), abs=1e-4)
        predicted[known] = -np.inf
        # Values, not ids, are compared: rounding decides between those that are nearly equal.
        assert predicted[chosen] == pytest.approx(np.sort(predicted)[::-1][:5], abs=1e-4)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"batch": 0}, "batch must be at least 1, not 0"),
        ({"penalty": 0.0}, "penalty must be above 0"),
        ({"targets": "raw"}, "targets must be percent or"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Additive(**parameters)  # type: ignore[arg-type]
