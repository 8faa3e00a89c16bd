"""Rank quality against definitions written out over all pairs and all orders of ties."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nasarena.suite.statistics.rank_quality import kendall_tau, rank_quality, top_count

Pairs = list[tuple[int, int]]
few_values = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=7)


def tau_over_all_pairs(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Kendall's tau-b by its definition: concordant minus discordant, over untied pairs."""
    signs = [
        (np.sign(one[i] - one[j]), np.sign(other[i] - other[j]))
        for i, j in combinations(range(one.size), 2)
    ]
    untied = [sum(pair[side] != 0 for pair in signs) for side in (0, 1)]
    if 0 in untied:
        return 0.0
    return float(sum(a * b for a, b in signs) / np.sqrt(untied[0] * untied[1]))


def precision_over_all_orders(
    predicted: NDArray[np.float64], accuracies: NDArray[np.float64], top: int
) -> float:
    """The mean share of the true top among the first `top`, over all orders of the tied."""
    best = {i for i in range(accuracies.size) if (accuracies > accuracies[i]).sum() < top}
    shares = [
        len(best & set(sorted(order, key=lambda i: -predicted[i])[:top])) / top
        for order in permutations(range(predicted.size))
    ]
    return float(np.mean(shares))


def arrays(pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    predicted, accuracies = np.array(pairs, dtype=np.float64).T
    return predicted, accuracies


@settings(deadline=None)
@given(few_values)
def test_tau_is_that_of_the_definition(pairs: Pairs) -> None:
    predicted, accuracies = arrays(pairs)
    assert kendall_tau(predicted, accuracies) == pytest.approx(
        tau_over_all_pairs(predicted, accuracies)
    )


@settings(deadline=None)
@given(few_values.filter(lambda pairs: len(pairs) < 7), st.integers(1, 5))
def test_precision_is_the_mean_over_all_orders_of_equal_predictions(pairs: Pairs, top: int) -> None:
    predicted, accuracies = arrays(pairs)
    top = min(top, len(pairs))
    quality = rank_quality(predicted, accuracies, top)
    assert quality.precision == pytest.approx(precision_over_all_orders(predicted, accuracies, top))


def test_tau_of_the_top_is_that_of_the_top_alone() -> None:
    rng = np.random.default_rng(0)
    accuracies = rng.normal(90, 1, 300)
    predicted = accuracies + rng.normal(0, 1, 300)
    top = np.argsort(-accuracies)[:20]
    quality = rank_quality(predicted, accuracies, 20)
    assert quality.tau_top == pytest.approx(tau_over_all_pairs(predicted[top], accuracies[top]))
    assert quality.tau == pytest.approx(tau_over_all_pairs(predicted, accuracies))
    hits = len(set(top.tolist()) & set(np.argsort(-predicted)[:20].tolist()))
    assert quality.precision == pytest.approx(hits / 20)


@pytest.mark.parametrize(
    ("sign", "tau", "precision"), [(1, 1.0, 1.0), (-1, -1.0, 0.0), (0, 0.0, 0.05)]
)
def test_the_best_the_worst_and_the_mute_predictor(sign: int, tau: float, precision: float) -> None:
    accuracies = np.random.default_rng(1).permutation(200) / 2
    quality = rank_quality(sign * accuracies, accuracies, 10)
    assert (quality.tau, quality.tau_top) == pytest.approx((tau, tau))
    assert quality.precision == pytest.approx(precision), "equal predictions are chance, 10 in 200"


def test_only_the_order_of_predictions_counts() -> None:
    rng = np.random.default_rng(2)
    accuracies, predicted = rng.random(500), rng.random(500)
    assert rank_quality(np.exp(7 * predicted) - 3, accuracies, 25) == rank_quality(
        predicted, accuracies, 25
    )


def test_accuracies_within_a_billionth_are_ties_and_the_top_takes_all_that_tie() -> None:
    accuracies = np.array([90.0, 91.0, 91.0 + 1e-12, 91.0 - 1e-12, 92.0, 80.0])
    predicted = np.array([0.0, 3.0, 2.0, 1.0, 9.0, 0.5])
    quality = rank_quality(predicted, accuracies, top=2)
    assert quality.precision == 1.0, "92 and any of the three that tie for the second place"
    assert quality.tau_top == pytest.approx(3 / np.sqrt(6 * 3)), "three pairs of 92 with a 91"


@pytest.mark.parametrize(
    ("size", "top"), [(2, 2), (6, 2), (200, 2), (201, 3), (2021, 21), (15_625, 157), (26_206, 263)]
)
def test_the_top_is_one_percent_rounded_up(size: int, top: int) -> None:
    assert top_count(size) == top
