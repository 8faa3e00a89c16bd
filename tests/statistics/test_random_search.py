"""Random search in closed form, against enumeration, simulation, and the method itself."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from nasarena.baselines.random_search import RandomSearch
from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.problem import OptimumFound, Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.statistics.random_search import (
    expected_samples,
    not_found_after,
)
from nasarena.suite.tables.sources import PackagedFile
from nasarena.suite.tables.table import Table
from random_search_by_isomorphism import expected_samples_by_isomorphism


class Small(CategoricalSpace):
    """Seven architectures in classes of 1, 2 and 3 members, and the optimum's."""

    name = "small"
    choices = (tuple("0123456"),)
    size = 7

    def __init__(self, classes: Sequence[int]) -> None:
        self._classes = np.array(classes)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(ids)[..., None]

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(decisions)[..., 0]

    def classes(self, ids: ArrayLike) -> Ids:
        named: Ids = self._classes[np.asarray(ids)]
        return named


def small(accuracies: Sequence[float], classes: Sequence[int] = range(7)) -> Benchmark:
    table = Table("", np.array(accuracies, dtype=float)[:, None])
    benchmark = Benchmark(
        name="small/one",
        make_space=lambda: Small(classes),
        file=PackagedFile("none", "0", "none", ""),
        read=lambda content, sha256: table,
        licence="",
        citation="",
    )
    benchmark.__dict__["table"] = table
    return benchmark


def enumerated(budget: int, optima: set[int], classes: Sequence[int] = range(7)) -> float:
    """The mean of min(samples, budget) over all orders of seven architectures."""
    total, count = Fraction(0), 0
    for order in itertools.permutations(range(7)):
        charged: list[int] = []
        for id in order:
            if classes[id] not in charged:
                charged.append(classes[id])
            if id in optima:
                break
        total += min(len(charged), budget)
        count += 1
    return float(total / count)


@pytest.mark.parametrize("budget", [1, 3, 7])
@pytest.mark.parametrize("optima", [{4}, {0, 6}, {1, 2, 3}])
def test_the_mean_by_id_is_that_over_all_orders(budget: int, optima: set[int]) -> None:
    benchmark = small([90 if id in optima else 50 + id for id in range(7)])
    assert expected_samples(benchmark, budget) == pytest.approx(enumerated(budget, optima))


@pytest.mark.parametrize("classes", [range(7), [0, 1, 1, 3, 3, 3, 6], [0, 0, 0, 0, 0, 0, 6]])
def test_the_mean_by_isomorphism_is_that_over_all_orders(classes: Sequence[int]) -> None:
    benchmark = small([50, 51, 52, 53, 54, 55, 90], classes)
    exact = enumerated(7, {6}, classes)
    assert expected_samples_by_isomorphism(benchmark) == pytest.approx(exact)


@pytest.mark.parametrize(
    ("accuracies", "classes"),
    [([90, 90, 1, 2, 3, 4, 5], range(7)), ([90, 1, 2, 3, 4, 5, 6], [0, 0, 2, 3, 4, 5, 6])],
    ids=["two optima", "optimum with a twin"],
)
def test_the_mean_by_isomorphism_is_for_a_lone_optimum(
    accuracies: Sequence[float], classes: Sequence[int]
) -> None:
    with pytest.raises(ValueError, match="single optimum"):
        expected_samples_by_isomorphism(small(accuracies, classes))


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "imagenet16-120"])
def test_on_nasbench201_random_search_needs_7813(dataset: str) -> None:
    benchmark = load_benchmark(f"nasbench201/{dataset}")
    assert expected_samples(benchmark, 15_625) == pytest.approx(7_813)


def test_with_k_optima_random_search_needs_n_plus_1_over_k_plus_1() -> None:
    cora = load_benchmark("nasbenchgraph/cora")
    assert expected_samples(cora, 26_206) == pytest.approx((26_206 + 1) / 3)


def test_the_share_not_found_falls_to_nothing_and_never_below() -> None:
    missed = not_found_after(7, 2, np.arange(9))
    assert missed[0] == 1
    assert missed[1] == pytest.approx(5 / 7)
    assert missed[5] == pytest.approx(1 / 21)
    assert missed[6:].tolist() == [0, 0, 0]


def test_a_limit_can_only_shorten_the_mean() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    means = [expected_samples(benchmark, budget) for budget in (1, 300, 1000, 15_625)]
    assert means[0] == 1
    assert means == sorted(means)
    # 1,000 of 15,625 draws: 1000 - sum over q < 1000 of q / N
    assert means[2] == pytest.approx(1000 - 999 * 1000 / 2 / 15_625)


def searched(benchmark: Benchmark, seed: int, classes: Ids | None) -> int:
    """Samples that random search itself needs."""
    labels, optimum = benchmark.table.mean_validation, benchmark.table.optimum
    problem = Problem(benchmark.space, labels, 15_625, 10**6, classes, optimum)
    with pytest.raises(OptimumFound):
        RandomSearch().search(problem, np.random.default_rng(seed))
    return problem.trace.size


@pytest.mark.no_cover
def test_the_simulated_random_search_agrees_by_isomorphism() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    classes = benchmark.space.classes(np.arange(benchmark.space.size))
    samples = np.array([searched(benchmark, seed, classes) for seed in range(60)])
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    assert abs(samples.mean() - expected_samples_by_isomorphism(benchmark)) < 4 * error
    assert samples.max() <= 6_466


@pytest.mark.no_cover
def test_the_simulated_random_search_agrees_by_id() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    samples = np.array([searched(benchmark, seed, None) for seed in range(60)])
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    assert abs(samples.mean() - 7_813) < 4 * error
