"""The trees of the released WeakNAS, with its settings."""

from functools import partial
from typing import Any

from nasarena.suite.predictors import SklearnPredictor, released_encoding


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


gbrt = partial(SklearnPredictor, make=_gbrt, encode=released_encoding)
"""XGBoost: 1,000 rounds of trees of depth 20, its default learning rate."""

forest = partial(SklearnPredictor, make=_forest, encode=released_encoding)
"""A random forest of 1,000 trees of depth 10."""
