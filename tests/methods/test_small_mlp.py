"""The small network, seen from outside: through fit and predict."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from nasarena.methods.predictors.small_mlp import SmallMLP
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import NASBenchGraph

SPACE = NASBench201()
GRAPH = NASBenchGraph()


def landscape(space: CategoricalSpace) -> NDArray[np.float64]:
    """Worths of single values and, weaker, of pairs of them. Mean 0, deviation 1."""
    rng = np.random.default_rng(6)
    encoded = space.one_hot(np.arange(space.size))
    width = encoded.shape[1]
    pairs = np.triu(rng.normal(size=(width, width)), 1)
    values = encoded @ rng.normal(size=width) + 0.2 * ((encoded @ pairs) * encoded).sum(axis=1)
    scaled: NDArray[np.float64] = (values - values.mean()) / values.std()
    return scaled.astype(np.float64)


def fitted(
    space: CategoricalSpace, seed: int, count: int, targets: NDArray[np.float64]
) -> tuple[SmallMLP, NDArray[np.int64]]:
    ids = np.random.default_rng(seed + 100).choice(space.size, count, replace=False)
    network = SmallMLP(space, np.random.default_rng(seed))
    network.fit(ids, targets[ids])
    return network, ids


@pytest.mark.parametrize("space", [SPACE, GRAPH], ids=["nasbench201", "nasbenchgraph"])
@pytest.mark.parametrize(("count", "correlation"), [(60, 0.4), (400, 0.8)])
def test_it_learns_what_can_be_learned(
    space: CategoricalSpace, count: int, correlation: float
) -> None:
    targets = landscape(space)
    network, ids = fitted(space, 0, count, targets)
    unseen = np.setdiff1d(np.arange(space.size), ids)
    assert spearmanr(network.predict(unseen), targets[unseen]).statistic > correlation


def test_it_reproduces_what_it_was_fitted_to_in_scale_as_well() -> None:
    targets = landscape(SPACE) * 0.7 + 0.4
    network, ids = fitted(SPACE, 1, 100, targets)
    residual = network.predict(ids) - targets[ids]
    assert residual.std() < 0.35
    assert abs(residual.mean()) < 0.1


def test_it_learns_nothing_from_permuted_labels() -> None:
    targets = landscape(SPACE)
    shuffled = np.random.default_rng(1).permutation(targets)
    correlations = []
    for seed in range(6):
        network, ids = fitted(SPACE, seed, 200, shuffled)
        unseen = np.setdiff1d(np.arange(SPACE.size), ids)
        correlations.append(spearmanr(network.predict(unseen), targets[unseen]).statistic)
    assert abs(np.mean(correlations)) < 0.15


@pytest.mark.parametrize("count", [1, 2, 10, 127, 128, 129, 300])
def test_it_is_a_function_of_its_generator_and_its_samples(count: int) -> None:
    targets = landscape(SPACE)
    everything = np.arange(SPACE.size)
    one, other = (fitted(SPACE, 3, count, targets)[0].predict(everything) for _ in range(2))
    assert np.isfinite(one).all()
    assert np.array_equal(one, other)
    assert not np.array_equal(one, fitted(SPACE, 4, count, targets)[0].predict(everything))


def test_fitting_forgets_everything_before() -> None:
    targets = landscape(SPACE)
    rng = np.random.default_rng(9)
    used, state = SmallMLP(SPACE, rng), rng.bit_generator.state
    for count in (300, 40):  # larger first: nothing of it may stay in a buffer
        ids = np.arange(count) * 7
        state = rng.bit_generator.state
        used.fit(ids, targets[ids])
    fresh_rng = np.random.default_rng(0)
    fresh_rng.bit_generator.state = state
    fresh = SmallMLP(SPACE, fresh_rng)
    fresh.fit(ids, targets[ids])
    everything = np.arange(SPACE.size)
    assert np.array_equal(used.predict(everything), fresh.predict(everything))


def test_predicting_changes_nothing() -> None:
    network, ids = fitted(SPACE, 5, 50, landscape(SPACE))
    everything = np.arange(SPACE.size)
    first = network.predict(everything).copy()
    network.predict(ids)
    assert np.array_equal(network.predict(everything), first)


def test_predictions_of_some_are_those_among_all() -> None:
    network, _ = fitted(SPACE, 6, 80, landscape(SPACE))
    everything = network.predict(np.arange(SPACE.size)).copy()
    for some in (np.array([5]), np.array([7, 7, 15_624, 0]), np.arange(100, 0, -1)):
        assert network.predict(some) == pytest.approx(everything[some], abs=1e-4)


def test_an_earlier_answer_is_not_overwritten_by_a_later_one() -> None:
    targets = landscape(SPACE)
    network, ids = fitted(SPACE, 7, 80, targets)
    first = network.predict(np.arange(SPACE.size))
    before = first.copy()
    network.fit(ids, -targets[ids])
    network.predict(np.arange(SPACE.size))
    assert np.array_equal(first, before)


def test_equal_labels_give_nearly_equal_predictions() -> None:
    network = SmallMLP(SPACE, np.random.default_rng(0))
    ids = np.arange(0, 1000, 10)
    network.fit(ids, np.zeros(100))
    assert np.abs(network.predict(ids)).max() < 0.2
