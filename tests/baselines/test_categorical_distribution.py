"""Distributions over architectures: what they draw, and how their probabilities change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from nasarena.baselines.categorical_distribution import CategoricalDistribution
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.architecture_list import ArchitectureList
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
COUNTS = [len(values) for values in SPACE.choices]


def random_one(seed: int) -> CategoricalDistribution:
    distribution = CategoricalDistribution(SPACE)
    distribution.logits += np.random.default_rng(seed).normal(size=distribution.logits.shape)
    return distribution


def log_probability(distribution: CategoricalDistribution, decisions: list[int]) -> float:
    """Written out decision by decision."""
    total = 0.0
    for logits, count, value in zip(distribution.logits, COUNTS, decisions, strict=True):
        own = logits[:count]
        total += own[value] - np.log(np.exp(own).sum())
    return float(total)


def test_values_are_drawn_as_often_as_their_probabilities_say() -> None:
    distribution = random_one(0)
    drawn = distribution.draw(4_000, np.random.default_rng(1))
    for place, count in enumerate(COUNTS):
        expected = 4_000 * distribution.probabilities[place]
        assert (expected[count:] == 0).all()
        found = np.bincount(drawn[:, place])
        assert found.size <= count
        assert chisquare(found, expected[:count]).pvalue > 1e-3


@given(seed=st.integers(0, 999), place=st.integers(0, 4), value=st.integers(0, 4))
def test_the_gradient_is_that_of_the_log_probability(seed: int, place: int, value: int) -> None:
    distribution = random_one(seed)
    rng = np.random.default_rng(seed)
    decisions, weights = distribution.draw(3, rng), rng.normal(size=3)
    found = distribution.gradient(decisions, weights)[place, value]
    sums = []
    for step in (1e-5, -2e-5):
        distribution.logits[place, value] += step
        each = [log_probability(distribution, row) for row in decisions.tolist()]
        sums.append(float(weights @ each))
    assert found == pytest.approx((sums[0] - sums[1]) / 2e-5, abs=1e-5)


def test_the_entropy_of_even_chances_is_the_logarithm_of_their_number() -> None:
    distribution = CategoricalDistribution(SPACE)
    assert distribution.entropy == pytest.approx(np.log(COUNTS).sum())
    distribution.logits[:, 0] = 1_000.0
    assert distribution.entropy == pytest.approx(0.0)


def test_what_is_drawn_in_a_sparse_space_is_an_architecture() -> None:
    space = NASBench101(5)
    decisions, ids = CategoricalDistribution(space).architectures(200, np.random.default_rng(0))
    assert (space.ids(decisions) == ids).all()
    assert (ids >= 0).all()


def test_where_nothing_that_is_drawn_is_an_architecture_a_near_one_is_taken() -> None:
    rows = np.random.default_rng(1).integers(3, size=(60, 12))
    space = Choices({f"d{place}": ("a", "b", "c") for place in range(12)}, np.unique(rows, axis=0))
    distribution = CategoricalDistribution(space)
    distribution.logits[:, 0] = 50.0  # twelve zeros, which is none
    decisions, ids = distribution.architectures(20, np.random.default_rng(0))
    assert (decisions == space.decisions(ids)).all()
    # A uniform draw differs in eight of twelve.
    assert (decisions != 0).sum(axis=1).mean() < 7


def test_a_list_without_decisions_is_refused() -> None:
    with pytest.raises(UserError, match="list without decisions"):
        CategoricalDistribution(ArchitectureList("mine", ["a", "b"]))
