"""GBDT-NAS: how it spends a budget, and that its trees learn."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from nasarena.baselines import gbdt_nas as gbdt_nas_module
from nasarena.baselines.gbdt_nas import GBDTNAS, GBDTNASReleased
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.protocol import load_protocol

pytest.importorskip("lightgbm")

BENCHMARK = load_benchmark("nasbench201/cifar10")
LABELS = BENCHMARK.table.mean_validation


def searched(method: GBDTNAS, budget: int) -> Problem:
    problem = Problem(BENCHMARK.space, LABELS, budget, 20 * budget)
    with suppress(BudgetExhausted):
        method.search(problem, np.random.default_rng(0))
    return problem


@pytest.mark.parametrize(("budget", "rounds"), [(300, [60] + [15] * 16), (1000, [200] + [50] * 16)])
def test_the_plain_form_labels_a_fifth_and_goes_on_in_16_rounds(
    budget: int, rounds: list[int]
) -> None:
    problem = searched(GBDTNAS(), budget)
    assert np.bincount(problem.rounds).tolist() == rounds
    assert rounds[0] <= budget / 3
    # What the trees choose is far better than what was drawn.
    queried = LABELS[problem.trace]
    assert np.median(queried[rounds[0] :]) > np.quantile(queried[: rounds[0]], 0.75)


def test_the_released_form_labels_a_thousand_and_queries_the_thousand_best() -> None:
    problem = searched(GBDTNASReleased(), load_protocol("gbdt-nas-released").budget)
    assert np.bincount(problem.rounds).tolist() == [1000, 1000]
    assert problem.recommendations[0] == (1000, problem.trace[1000])


@pytest.mark.parametrize(
    ("method", "budget", "first", "batch"),
    [(GBDTNAS(rounds=4), 50, 10, 10), (GBDTNASReleased(), 1200, 1000, 200)],
)
def test_each_round_queries_the_best_predicted_of_what_is_new(
    method: GBDTNAS, budget: int, first: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions = np.random.default_rng(1).normal(size=(5, LABELS.size))
    fitted: list[tuple[Any, Any]] = []

    class Known:
        """Trees that predict other numbers after every fit."""

        def __init__(self, *about: Any) -> None: ...

        def fit(self, ids: Any, accuracies: Any) -> None:
            fitted.append((ids, accuracies))

        def predict(self, ids: Any) -> Any:
            assert ids.tolist() == list(range(LABELS.size))
            return predictions[len(fitted) - 1].copy()

    monkeypatch.setattr(gbdt_nas_module, "SklearnPredictor", Known)
    problem = searched(method, budget)
    rounds = (budget - first) // batch
    assert len(fitted) == rounds + 1, "one more round is predicted than can be paid"
    for place in range(rounds):
        count = first + batch * place
        known, predicted = problem.trace[:count], predictions[place]
        kept = known
        if isinstance(method, GBDTNASReleased):
            lowest = LABELS[known].mean() - 2.43 * LABELS[known].std()
            kept = known[LABELS[known] >= lowest]
            assert kept.size < count, "failures are left out"
        assert np.array_equal(fitted[place][0], kept)
        assert np.array_equal(fitted[place][1], LABELS[kept])
        assert problem.recommendations[place] == (count, int(predicted.argmax()))
        order = np.argsort(-predicted)
        best = order[~np.isin(order, known)][:batch]
        assert problem.trace[count : count + batch].tolist() == best.tolist()


def test_the_released_form_is_not_fitted_to_failures() -> None:
    accuracies = np.array([90.0, 91.0, 92.0, 10.0] + [91.0] * 20)
    fitted = GBDTNASReleased().fitted(accuracies)
    assert np.flatnonzero(~fitted).tolist() == [3]
    assert GBDTNAS().fitted(accuracies).all()


def test_the_released_form_is_random_search_below_a_thousand() -> None:
    problem = searched(GBDTNASReleased(), 300)
    drawn = BENCHMARK.space.sample(300, np.random.default_rng(0))
    assert problem.trace.tolist() == drawn.tolist()


@pytest.mark.parametrize("changes", [{"sample": 0.5}, {"sample": 0}, {"rounds": 0}, {"leaf": 0}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        GBDTNAS(**changes)
