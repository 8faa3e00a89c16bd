"""The predictors of the released WeakNAS, with its settings."""

from functools import partial
from typing import Any

from nasarena.suite.predictors import SklearnPredictor


def _mlp(random_state: int) -> Any:
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(hidden_layer_sizes=(1000,) * 4, max_iter=100, random_state=random_state)


def _gbrt(random_state: int) -> Any:
    from xgboost import XGBRegressor

    return XGBRegressor(
        n_estimators=1000,
        max_depth=20,
        objective="reg:squarederror",
        n_jobs=1,
        random_state=random_state,
    )


def _forest(random_state: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(n_estimators=1000, max_depth=10, random_state=random_state)


mlp = partial(SklearnPredictor, make=_mlp)
"""Four hidden layers of 1,000 units, at most 100 epochs; scikit-learn's defaults otherwise."""

gbrt = partial(SklearnPredictor, make=_gbrt)
"""XGBoost: 1,000 rounds of trees of depth 20, its default learning rate."""

forest = partial(SklearnPredictor, make=_forest)
"""A random forest of 1,000 trees of depth 10."""
