"""DNGO: what it queries, and what its bound adds to the mean."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from nasarena.baselines import dngo as dngo_module
from nasarena.baselines.dngo import DNGO, HIDDEN, BayesianNetwork
from nasarena.baselines.tanh_network import TanhNetwork
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.targets import z_scores

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 80 - np.abs(DECISIONS - 2).sum(axis=1) + np.random.default_rng(0).normal(size=SPACE.size)


def test_the_linear_layer_predicts_and_is_unsure_far_from_what_it_saw() -> None:
    rng = np.random.default_rng(0)
    near = np.flatnonzero(DECISIONS[:, 0] < 4)
    ids = rng.choice(near, 100, replace=False)
    model = BayesianNetwork(TanhNetwork(HIDDEN, epochs=20))
    model.fit(SPACE.one_hot(ids), z_scores(LABELS[ids]), rng)
    mean, variance = model.predict(SPACE.one_hot(np.arange(SPACE.size)))
    unseen = np.setdiff1d(near, ids)
    assert spearmanr(mean[unseen], LABELS[unseen]).statistic > 0.6
    assert variance[DECISIONS[:, 0] >= 4].mean() > variance[ids].mean()


@pytest.mark.parametrize("settings", [{}, {"pool": "space"}, {"encoding": "ordinal"}])
def test_it_finds_good_architectures_in_rounds_of_ten(settings: dict[str, Any]) -> None:
    problem = Problem(SPACE, LABELS, 70, 1000)
    with suppress(SearchEnded):
        DNGO(epochs=20, **settings).search(problem, np.random.default_rng(1))
    assert np.bincount(problem.rounds).tolist() == [20, 10, 10, 10, 10, 10]
    found = LABELS[problem.trace]
    assert found[40:].mean() > found[:20].mean() + 2


@pytest.mark.parametrize("pool", ["mutants", "space"])
def test_each_round_queries_the_highest_means_plus_half_a_deviation(
    pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Deviations are large enough that another share of them is another order.
    rng = np.random.default_rng(4)
    means, deviations = rng.normal(size=SPACE.size), rng.uniform(0.1, 3, SPACE.size)
    encoded = SPACE.one_hot(np.arange(SPACE.size))
    fitted: list[tuple[Any, Any]] = []
    pools: list[Any] = []

    class Known:
        """A surrogate that predicts these numbers."""

        def __init__(self, network: TanhNetwork) -> None:
            assert (network.hidden, network.epochs) == ((50, 50, 50), 500)

        def fit(self, features: Any, labels: Any, rng: Any) -> None:
            fitted.append((features, labels))

        def predict(self, features: Any) -> Any:
            pools.append((features @ encoded.T).argmax(axis=1))  # a row is most like itself
            return means[pools[-1]], deviations[pools[-1]] ** 2

    monkeypatch.setattr(dngo_module, "BayesianNetwork", Known)
    problem = Problem(SPACE, LABELS, 50, 1000)
    with suppress(SearchEnded):
        DNGO(pool=pool).search(problem, np.random.default_rng(1))

    assert len(fitted) == len(pools) == 3
    for place, ((features, labels), ranked) in enumerate(zip(fitted, pools, strict=True)):
        count = 20 + 10 * place
        known = problem.trace[:count]
        assert np.array_equal(features, encoded[known])
        assert labels == pytest.approx((LABELS[known] - LABELS[known].mean()) / LABELS[known].std())
        if pool == "space":
            assert ranked.tolist() == list(range(SPACE.size))
        new = [id for id in ranked.tolist() if id not in known]
        highest = sorted(new, key=lambda id: means[id] + 0.5 * deviations[id], reverse=True)
        assert problem.trace[count : count + 10].tolist() == highest[:10]
        assert problem.recommendations[place] == (count, max(ranked, key=lambda id: means[id]))


def test_the_released_pool_is_new_and_one_change_away() -> None:
    best, queried = np.array([100, 200, 300, 400, 500, 600]), np.arange(0, SPACE.size, 7)
    accuracies = np.zeros(SPACE.size)
    accuracies[best] = np.arange(6, 0, -1)
    ids = np.union1d(best, queried)
    pool = DNGO(pool="mutants").candidates(SPACE, ids, accuracies[ids], np.random.default_rng(0))
    assert not np.isin(pool, queried).any()
    assert np.isin(pool, SPACE.neighbours(best[:5])).all()
    # One parent has fewer new neighbours than are wanted: the others follow.
    assert pool.size == np.unique(pool).size > (~np.isin(SPACE.neighbours(best[0]), queried)).sum()
    assert not np.isin(pool, SPACE.neighbours(best[:1])).all()


@pytest.mark.parametrize(
    "changes", [{"initial": 0}, {"batch": 0}, {"epochs": 0}, {"pool": "all"}, {"encoding": "raw"}]
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        DNGO(**changes)
