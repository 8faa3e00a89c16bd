"""NSGA-II, followed through its own queries."""

from contextlib import suppress

import numpy as np
import pytest

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.problem import InvalidQuery, Problem, SearchEnded
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.statistics.fronts import hypervolume, two_objectives

pytest.importorskip("pymoo")
from nasarena.baselines.nsga2 import NSGA2

CIFAR10 = load_benchmark("nasbench201/cifar10")


def problem(**changed: object) -> Problem:
    given = {"budget": 120, "patience": 2000, "metrics": CIFAR10.untrained_metric} | changed
    return Problem(CIFAR10.space, CIFAR10.table.mean_validation, **given)  # type: ignore[arg-type]


def searched(method: NSGA2, seed: int = 0, **changed: object) -> Problem:
    one = problem(**changed)
    with suppress(SearchEnded):
        method.search(one, np.random.default_rng(seed))
    return one


def test_generations_are_rounds_and_the_metric_is_noted() -> None:
    one = searched(NSGA2(population=20))
    assert one.remaining == 0
    sizes = np.bincount(one.rounds)
    assert sizes[0] == 20
    assert (sizes <= 20).all()
    (note,) = one.diagnostics
    assert note.startswith("metric parameters sha256 ")


def test_its_population_moves_towards_both_objectives() -> None:
    one = searched(NSGA2(population=20), budget=300)
    parameters = CIFAR10.metric("parameters").values[one.trace]
    accuracies = CIFAR10.table.mean_validation[one.trace]
    first, last = one.rounds == 0, one.rounds >= one.rounds.max() - 3
    assert np.median(accuracies[last]) > np.median(accuracies[first])
    assert np.median(parameters[last]) < np.median(parameters[first])


def test_what_was_not_measured_is_queried_and_breaks_nothing() -> None:
    gaps = np.where(np.arange(CIFAR10.space.size) % 3 == 0, -1.0, np.nan)
    for values in (gaps, np.full(CIFAR10.space.size, np.nan)):
        assert searched(NSGA2(), metrics=lambda _, values=values: values).remaining == 0


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("test", "has no metric 'test'"),
        ("training_seconds", "training_seconds cannot be measured without training"),
        ("latency", "did you mean 'latency_seconds'"),
    ],
)
def test_a_method_is_shown_only_what_needs_no_training(metric: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        problem().metric(metric, [0])


@pytest.mark.parametrize(
    ("place", "metric", "said"),
    [
        ("nasbenchgraph/proteins", "latency_ms.edgegpu", "nasbenchgraph/proteins has no metric"),
        ("nasbench201/cifar10", "test", "has no metric 'test'"),
        ("nasbenchgraph/proteins", "test", "test cannot be measured without training"),
    ],
)
def test_a_benchmark_without_its_metric_is_refused_before_any_run(
    place: str, metric: str, said: str
) -> None:
    refused = rf"nsga2\[metric={metric}\] cannot be run: .*{said}"
    with pytest.raises(UserError, match=refused):
        Experiment(methods=f"nsga2[metric={metric}]", benchmarks=place)


def test_metrics_are_turned_so_that_more_is_better_and_cost_no_query() -> None:
    one = problem()
    expected = -CIFAR10.metric("parameters").values
    assert one.metric("parameters", [[3, 5]]).tolist() == [expected[[3, 5]].tolist()]
    assert one.metric("parameters", 7) == expected[7]
    assert one.remaining == one.budget
    for wrong in (-1, CIFAR10.space.size, 0.5):
        with pytest.raises(InvalidQuery):
            one.metric("parameters", wrong)


def test_without_metrics_a_problem_says_so() -> None:
    with pytest.raises(UserError, match="no metric is known here without training"):
        problem(metrics=None).metric("parameters", 0)


def test_it_finds_more_of_its_front_than_random_search() -> None:
    both = two_objectives(CIFAR10, "parameters")

    def missing(ids: Ids) -> float:
        area = hypervolume(both.first[ids], both.second[ids], both.reference)
        return 1 - area / both.hypervolume

    evolved, drawn = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        evolved.append(missing(searched(NSGA2(), seed, budget=300).trace))
        drawn.append(missing(rng.permutation(CIFAR10.space.size)[:300]))
    assert np.mean(evolved) < np.mean(drawn) / 1.5
