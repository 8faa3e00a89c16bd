"""Methods and predictors on NAS-Bench-101: they meet the same interface as on other spaces."""

from contextlib import suppress

import numpy as np
import pytest

from nasarena.suite.methods import choose_methods
from nasarena.suite.predictors import load_predictor
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench101 import NASBench101

SPACE = NASBench101(5)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
# An accuracy with structure: more 3x3 convolutions and more edges into the output are better.
ACCURACY = 80.0 + 3 * (DECISIONS[:, -3:] == 1).sum(axis=1) + DECISIONS[:, 6:10].sum(axis=1)
ACCURACY += np.random.default_rng(0).normal(scale=0.3, size=SPACE.size)

METHODS = (
    "local-search",
    "path-gp",
    "path-net-gp",
    "random-search",
    "regularized-evolution",
    "regularized-evolution-paper",
    "weaknas-gp",
    "weaknas-lite",
)
PREDICTORS = {
    "flan": "torch",
    "forest": "sklearn",
    "gates": "torch",
    "gbrt": "xgboost",
    "gcn": "torch",
    "gp": "numpy",
    "lightgbm": "lightgbm",
    "lstm": "torch",
    "mlp": "torch",
    "relation-gcn": "torch",
    "ridge": "numpy",
    "small-mlp": "numpy",
}


@pytest.mark.no_cover  # measured in the tests of each method
@pytest.mark.parametrize("name", METHODS)
def test_methods_search_it(name: str) -> None:
    (method,) = choose_methods([name])
    problem = Problem(SPACE, ACCURACY, budget=150, patience=3000)
    with suppress(SearchEnded):
        method.build().search(problem, np.random.default_rng(1))
    assert problem.remaining == 0
    best = ACCURACY[problem.trace].max()
    # By chance 150 draws of 2,532 miss the best 5 % with a probability of 0.0005.
    assert (best < ACCURACY).mean() < 0.05
    if name in {"path-gp", "path-net-gp", "weaknas-gp", "weaknas-lite"}:
        assert (best < ACCURACY).sum() < 5


@pytest.mark.no_cover  # measured in the tests of each method
@pytest.mark.parametrize(("name", "library"), PREDICTORS.items())
def test_predictors_learn_on_it(name: str, library: str) -> None:
    pytest.importorskip(library)
    rng = np.random.default_rng(2)
    predictor = load_predictor(name)(SPACE, rng)
    ids = SPACE.sample(60, rng)
    targets = (ACCURACY[ids] - ACCURACY[ids].mean()) / ACCURACY[ids].std()
    predictor.fit(ids, targets)
    unseen = np.setdiff1d(np.arange(SPACE.size), ids)
    predicted = predictor.predict(unseen)
    assert predicted.shape == unseen.shape
    ranks, truth = (np.argsort(np.argsort(values)) for values in (predicted, ACCURACY[unseen]))
    assert np.corrcoef(ranks, truth)[0, 1] > 0.6


@pytest.mark.parametrize(("name", "features"), [("gbrt", 26), ("forest", 26), ("ridge", 32)])
def test_the_released_trees_read_the_released_encoding(name: str, features: int) -> None:
    if name == "gbrt":
        pytest.importorskip("xgboost")
    predictor = load_predictor(name)(SPACE, np.random.default_rng(0))
    predictor.fit(np.arange(50), ACCURACY[:50])
    assert predictor.regressor.n_features_in_ == features  # type: ignore[attr-defined]
