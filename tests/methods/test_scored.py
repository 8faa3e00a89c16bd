"""Warm starts: zero-cost scores choose the first samples, and predictors read them."""

from contextlib import suppress

import numpy as np
import pytest
from scipy.special import ndtri

from nasarena.methods.scored import Replaced, ScoreKernel, score_features, warmed
from nasarena.suite.methods import choose_methods
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.tables.proxies import Proxies
from scored_methods import some_scores

SPACE = NASBench201()
WARM = {"weaknas-lite-proxies": 10, "path-gp-proxies": 5}
"""And how many are queried first."""


def trace(method: str, labels: np.ndarray, scores: Proxies, budget: int) -> list[int]:
    problem = Problem(SPACE, labels, budget, 10**6, proxies=scores.select)
    (choice,) = choose_methods([method])
    with suppress(SearchEnded):
        choice.build().search(problem, np.random.default_rng(0))
    return problem.trace.tolist()


def test_features_are_normal_quantiles_and_the_middle_for_what_is_missing() -> None:
    scores = Proxies({"a": np.array([3.0, np.nan, -1.0, 7.0]), "b": np.full(4, 2.0)})
    a, b = score_features(scores).T
    np.testing.assert_allclose(a, [0, 0, ndtri(1 / 6), ndtri(5 / 6)], atol=1e-6)
    np.testing.assert_array_equal(b, np.zeros(4))


def test_the_kernel_of_scores_is_a_covariance() -> None:
    features = score_features(some_scores(60))
    rows = ScoreKernel(features).rows(np.arange(60))
    np.testing.assert_allclose(rows.diagonal(), 1, atol=1e-5)
    np.testing.assert_allclose(rows, rows.T, atol=1e-6)
    assert np.linalg.eigvalsh(rows.astype(float)).min() > -1e-5
    distance = np.square(features[3] - features[8]).mean()
    assert rows[3, 8] == pytest.approx(1 / (1 + distance / 2), rel=1e-4)


@pytest.mark.parametrize("method", WARM)
def test_the_first_samples_have_the_highest_mean_ranks(method: str) -> None:
    scores, first = some_scores(SPACE.size), WARM[method]
    found = trace(method, np.zeros(SPACE.size), scores, budget=first)
    ranks, classes = scores.mean_rank(), SPACE.classes(np.arange(SPACE.size))
    wanted = np.argsort(-np.nan_to_num(ranks, nan=-1), kind="stable")
    if method.startswith("path-gp"):
        assert np.unique(classes[found]).size == first, "one of twins"
        _, places = np.unique(classes[wanted], return_index=True)
        wanted = wanted[np.sort(places)]
    assert found == wanted[:first].tolist()


@pytest.mark.parametrize("method", WARM)
def test_what_scores_alone_tell_is_learned(method: str) -> None:
    """Labels are lowest where the mean rank is highest: the structure tells nothing of them.

    The first samples are then the worst, so that only a predictor which reads the scores gets on.
    """
    rng = np.random.default_rng(5)
    scores = Proxies({name: rng.random(SPACE.size) for name in ("a", "b")})
    labels = 90 - 10 * scores.mean_rank()
    rank = np.argsort(np.argsort(-labels))
    cold = method.removesuffix("-proxies")
    best = {one: rank[trace(one, labels, scores, budget=100)].min() for one in (method, cold)}
    assert best[method] < 10
    assert best[method] < best[cold]


def test_what_is_not_replaced_is_asked_of_the_object_itself() -> None:
    problem = Problem(SPACE, np.zeros(SPACE.size), 10, 100)
    seen = warmed(problem, some_scores(SPACE.size), np.random.default_rng(0))
    assert isinstance(seen, Replaced)
    assert seen.query(3) == 0
    assert seen.remaining == problem.remaining == 9
    assert seen.space.size == SPACE.size
    hot = seen.space.one_hot(np.arange(100))
    np.testing.assert_array_equal(hot[:, :30], SPACE.one_hot(np.arange(100)))
    weights = np.square(seen.space.one_hot(np.arange(SPACE.size))[:, 30:]).sum(axis=1)
    assert weights.mean() == pytest.approx(6, rel=0.2), "as much as the six decisions"
