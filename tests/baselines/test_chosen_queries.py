"""What rivals query, given what their model predicts: the rule of each, worked out anew.

A model is replaced by one whose predictions are known. What was queried after the first, random
architectures must then be what the paper's rule takes from the pool.
"""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from nasarena.baselines.acenas.search import AceNAS
from nasarena.baselines.bananas import BANANAS
from nasarena.baselines.bonas.search import BONAS
from nasarena.baselines.dngo import DNGO
from nasarena.baselines.nas_bowl.search import NASBOWL
from nasarena.baselines.npenas.search import NPENASBO
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
LABELS = 50 + 10 * np.random.default_rng(0).random(SPACE.size)
MEANS = np.random.default_rng(1).normal(size=SPACE.size)
DEVIATIONS = np.random.default_rng(2).uniform(0.1, 3, size=SPACE.size)


class Noted(np.random.Generator):
    """Notes what is asked of `normal`, and what it draws."""

    def __init__(self, seed: int) -> None:
        super().__init__(np.random.PCG64(seed))
        self.draws: list[tuple[Any, ...]] = []

    def normal(self, *asked: Any, **named: Any) -> Any:
        drawn = super().normal(*asked, **named)
        self.draws.append((*asked, drawn))
        return drawn


def one_round(
    method: Any, monkeypatch: pytest.MonkeyPatch, queries: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Noted]:
    """What was queried, the pool that the first round ranks, and the randomness."""
    pools: list[NDArray[np.int64]] = []
    for name in ("candidates", "_candidates"):
        if hasattr(method, name):
            made = getattr(method, name)

            def kept(*given: Any, made: Any = made) -> Any:
                pools.append(made(*given))
                return pools[-1]

            monkeypatch.setattr(method, name, kept)
    problem, rng = Problem(SPACE, LABELS, queries, 10_000), Noted(3)
    with suppress(SearchEnded):
        method.search(problem, rng)
    assert problem.trace.size == queries
    return problem.trace, pools[0] if pools else np.arange(SPACE.size), rng


def stub(monkeypatch: pytest.MonkeyPatch, target: str, **members: Any) -> None:
    """In place of a class one with these members, and a `fit` that does nothing."""

    def init(self: Any, *given: Any, **named: Any) -> None:
        pass

    members = {"__init__": init, "fit": init} | members
    monkeypatch.setattr(target, type("Stub", (), members))


def best_of(pool: NDArray[np.int64], rating: NDArray[np.float64], count: int) -> list[int]:
    """Of the pool the highest rated, highest first. Shape of `rating` (pool,)."""
    return [int(id) for _, id in sorted(zip(-rating, pool, strict=True))[:count]]


@pytest.mark.parametrize("pool", ["mutants", "space"])
def test_dngo_takes_mean_and_half_a_deviation(monkeypatch: pytest.MonkeyPatch, pool: str) -> None:
    # The features are the ids, so that the predictions can be looked up.
    monkeypatch.setattr(DNGO, "features", lambda self, space, ids: ids)
    stub(
        monkeypatch,
        "nasarena.baselines.dngo.BayesianNetwork",
        predict=lambda self, ids: (MEANS[ids], DEVIATIONS[ids] ** 2),
    )
    trace, ranked, _ = one_round(DNGO(pool=pool), monkeypatch, 30)
    ranked = np.setdiff1d(ranked, trace[:20])
    bound = MEANS[ranked] + 0.5 * DEVIATIONS[ranked]
    assert trace[20:].tolist() == best_of(ranked, bound, 10)


def test_bonas_takes_mean_and_half_a_deviation_of_the_sigmoid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Less apart than MEANS, so that what is unsure can come before what is better on average.
    means = MEANS / 10
    stub(
        monkeypatch,
        "nasarena.baselines.bonas.embedding_gcn.EmbeddingGCN",
        embed=lambda self, ids: ids,
    )
    stub(
        monkeypatch,
        "nasarena.baselines.bonas.search.BayesianLinear",
        predict=lambda self, ids: (means[ids], DEVIATIONS[ids] ** 2),
    )
    method = BONAS()
    trace, pool, _ = one_round(method, monkeypatch, method.initial + method.batch)
    at, weights = np.polynomial.hermite_e.hermegauss(60)
    values = 1 / (1 + np.exp(-(means[pool][:, None] + DEVIATIONS[pool][:, None] * at)))
    weights = weights / weights.sum()
    mean = values @ weights
    bound = mean + 0.5 * np.sqrt(values**2 @ weights - mean**2)
    taken = trace[method.initial :]
    # The method's moments are approximations: nearly the same are taken, not the best on average.
    exact, on_average = (best_of(pool, x, taken.size) for x in (bound, mean))
    assert np.isin(taken, exact).mean() > 0.8
    assert np.isin(taken, on_average).mean() < 0.8


def test_bananas_draws_the_error_of_each_candidate_once(monkeypatch: pytest.MonkeyPatch) -> None:
    deviations = np.array([-1.5, -0.5, 0.5, 1.5])[:, None]
    monkeypatch.setattr(BANANAS, "encoded", lambda self, space, ids: ids)
    stub(
        monkeypatch,
        "nasarena.baselines.narrow_networks.NarrowNetworks",
        predict=lambda self, ids: MEANS[ids] + deviations * DEVIATIONS[ids],
    )
    method = BANANAS()
    trace, pool, rng = one_round(method, monkeypatch, method.initial + method.batch)
    mean, deviation, drawn = rng.draws[0]
    np.testing.assert_allclose(mean, MEANS[pool])
    np.testing.assert_allclose(deviation, np.sqrt(1.25) * DEVIATIONS[pool])
    assert trace[method.initial :].tolist() == best_of(pool, -drawn, method.batch)


def test_npenas_bo_draws_the_error_of_each_candidate_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(
        monkeypatch,
        "nasarena.baselines.npenas.predictors.DistributionPredictor",
        distributions=lambda self, ids: (MEANS[ids], DEVIATIONS[ids]),
    )
    method = NPENASBO()
    trace, pool, rng = one_round(method, monkeypatch, method.initial + method.batch)
    mean, deviation, drawn = rng.draws[0]
    assert mean.tolist() == MEANS[pool].tolist()
    assert deviation.tolist() == DEVIATIONS[pool].tolist()
    assert trace[method.initial :].tolist() == best_of(pool, -drawn, method.batch)


def test_nas_bowl_takes_the_highest_expected_improvement(monkeypatch: pytest.MonkeyPatch) -> None:
    stub(
        monkeypatch,
        "nasarena.baselines.nas_bowl.process.SubtreeProcess",
        predict=lambda self, ids: (MEANS[ids], DEVIATIONS[ids]),
    )
    method = NASBOWL()
    trace, pool, _ = one_round(method, monkeypatch, method.initial + method.batch)
    errors = -np.log(100 - LABELS[trace[: method.initial]])
    incumbent = ((errors - errors.mean()) / errors.std()).max()
    improvement = np.zeros(pool.size)
    for place, id in enumerate(pool):
        z = (MEANS[id] - incumbent) / DEVIATIONS[id]
        improvement[place] = DEVIATIONS[id] * (z * norm.cdf(z) + norm.pdf(z))
    assert trace[method.initial :].tolist() == best_of(pool, improvement, method.batch)


def test_acenas_takes_half_from_the_best_predicted_and_half_at_random(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(self: Any, *given: Any) -> None:
        pass

    stub(
        monkeypatch,
        "nasarena.baselines.acenas.network.RankingGCN",
        pretrain=nothing,
        rank=nothing,
        predict=lambda self, ids: MEANS[ids],
    )
    problem = Problem(SPACE, LABELS, 300, 10_000)
    with suppress(SearchEnded):
        AceNAS(pretraining=0).search(problem, np.random.default_rng(4))
    ends = [*np.flatnonzero(np.diff(problem.rounds)) + 1, 300]
    rounds = [problem.trace[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    left = [int(id) for id in np.argsort(-MEANS) if id not in set(rounds[0].tolist())]
    for queried in rounds[1:-1]:
        half = queried.size // 2
        assert queried[:half].tolist() == left[:half]
        others = np.searchsorted(np.sort(MEANS), MEANS[queried[half:]]) / SPACE.size
        # Ranks of uniform draws have a mean of a half and a deviation of 0.29.
        assert abs(others.mean() - 0.5) < 4 * 0.29 / np.sqrt(others.size)
        left = [id for id in left if id not in set(queried.tolist())]
    assert len(rounds) > 3
    assert rounds[-1].tolist() == left[: rounds[-1].size]
