"""Random search with twins free, against all orders of a few architectures."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.random_search import (
    expected_samples,
)
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from random_search_by_isomorphism import expected_samples_by_isomorphism


def enumerated(classes: Sequence[int], optima: set[int], budget: int) -> float:
    """The mean of min(samples, budget) over all orders."""
    total, count = Fraction(0), 0
    found = {classes[id] for id in optima}
    for order in permutations(range(len(classes))):
        charged: list[int] = []
        for id in order:
            if classes[id] not in charged:
                charged.append(classes[id])
            if classes[id] in found:
                break
        total += min(len(charged), budget)
        count += 1
    return float(total / count)


@pytest.mark.parametrize("budget", [1, 2, 3, 5, 7])
@pytest.mark.parametrize(
    ("classes", "optima"),
    [
        ([0, 1, 2, 3, 4, 5, 6], {6}),
        ([0, 1, 1, 3, 3, 3, 6], {6}),
        ([0, 1, 1, 3, 3, 3, 0], {6}),
        ([0, 1, 1, 3, 3, 3, 0], {6, 1}),
        ([0, 0, 0, 0, 0, 0, 0], {6}),
    ],
)
def test_the_mean_is_that_over_all_orders(
    make_benchmark: Any, classes: list[int], optima: set[int], budget: int
) -> None:
    accuracies = [90 if id in optima else 50 + id for id in range(7)]
    benchmark = make_benchmark(accuracies, classes=classes)
    exact = enumerated(classes, optima, budget)
    found = expected_restricted_samples(benchmark, budget, "by_isomorphism")
    assert found == pytest.approx(exact, rel=1e-9)


def test_without_a_limit_it_is_the_closed_form() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    exact = expected_samples_by_isomorphism(benchmark)
    assert expected_restricted_samples(benchmark, 15_625, "by_isomorphism") == pytest.approx(exact)


def test_without_twins_it_is_the_mean_by_id() -> None:
    proteins = load_benchmark("nasbenchgraph/proteins")
    by_id = expected_samples(proteins, 300)
    assert expected_restricted_samples(proteins, 300, "by_id") == by_id
    assert expected_restricted_samples(proteins, 300, "by_isomorphism") == pytest.approx(by_id)
