"""Ridge regression on the one-hot encoding: the simplest predictor, as a reference."""

from functools import partial
from typing import Any

from nasarena.suite.predictors import SklearnPredictor


def _ridge(random_state: int) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0, random_state=random_state)


ridge = partial(SklearnPredictor, make=_ridge)
"""Scikit-learn's Ridge with its default penalty."""
