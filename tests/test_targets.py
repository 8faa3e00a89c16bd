"""What predictors are fitted to, against scipy's ranks and plain arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from nasarena.suite.targets import TARGETS, rank_gaussian, z_scores

accuracies = st.lists(
    st.floats(0, 100, allow_subnormal=False) | st.sampled_from([10.0, 90.0]),
    min_size=1,
    max_size=40,
).map(lambda values: np.array(values, dtype=np.float64))


@given(accuracies)
def test_rank_gaussian_is_the_quantile_of_the_mean_rank(values: NDArray[np.float64]) -> None:
    expected = norm.ppf((rankdata(values, method="average") - 0.5) / values.size)
    assert rank_gaussian(values) == pytest.approx(expected, abs=1e-9)


@given(accuracies)
def test_rank_gaussian_sees_the_order_alone(values: NDArray[np.float64]) -> None:
    values = np.round(values, 3)
    other_scale: NDArray[np.float64] = values**3 / 7
    assert np.array_equal(rank_gaussian(other_scale), rank_gaussian(values))


@given(accuracies)
def test_z_scores_have_mean_0_and_deviation_1(values: NDArray[np.float64]) -> None:
    values = np.round(values, 2)
    scores = z_scores(values)
    assert scores.mean() == pytest.approx(0, abs=1e-6)
    if np.ptp(values) > 0:
        assert scores.std() == pytest.approx(1, abs=1e-6)
        assert (np.diff(scores[np.argsort(values)]) >= 0).all()


@pytest.mark.parametrize("count", [1, 2, 3, 10, 49])
@pytest.mark.parametrize("accuracy", [0.0, 10.0, 91.6067, 100 / 3])
def test_equal_accuracies_have_targets_of_zero(count: int, accuracy: float) -> None:
    for target in (z_scores, rank_gaussian):
        assert target(np.full(count, accuracy)) == pytest.approx(np.zeros(count), abs=1e-9)


def test_targets_have_a_name() -> None:
    assert sorted(TARGETS) == ["fraction", "percent", "rank-gaussian", "z-score"]
    assert TARGETS["z-score"] is z_scores
    assert TARGETS["rank-gaussian"] is rank_gaussian


def test_percent_and_fractions_are_accuracies() -> None:
    accuracies = np.array([90.0, 10.0])
    assert TARGETS["percent"](accuracies).tolist() == [90.0, 10.0]
    assert TARGETS["fraction"](accuracies).tolist() == [0.9, 0.1]
