"""Accuracy predictors: fitted on queried architectures, asked about the whole space.

They are found by name in the entry-point group `nasarena.predictors`.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.errors import UserError, nearest
from nasarena.suite.plugins import load_plugin, plugins
from nasarena.suite.spaces import CategoricalSpace

GROUP = "nasarena.predictors"


Predict: TypeAlias = Callable[[Ids], NDArray[Any]]
"""Predicted accuracies of architectures, on any scale, in the shape of their ids."""


class Predictor(Protocol):
    """Predicts accuracies of architectures of one space, on the scale of what it was fitted to."""

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Forget everything and fit; `ids` and `targets` have shape (labelled,)."""

    def predict(self, ids: Ids) -> NDArray[Any]:
        """The predicted targets, in the shape of `ids`."""


Factory = Callable[[CategoricalSpace, np.random.Generator], Predictor]
"""Makes a predictor for a space, with a source of randomness of its own."""


def load_predictor(name: str) -> Factory:
    """The predictor registered under `name`. Raises UserError when there is none."""
    factory: Factory = load_plugin(GROUP, name, "predictor")
    return factory


def predictor_source(name: str) -> str:
    """Where the predictor registered under `name` is, as `module:name`, for a method's `sources`.

    Raises UserError when there is none.
    """
    known = plugins(GROUP)
    if name not in known:
        raise UserError(f"unknown predictor '{name}'; {nearest(name, known)}")
    return f"{known[name].module}:{known[name].attr}"


def predict_all(predict: Callable[[Ids], NDArray[Any]], size: int) -> NDArray[np.floating]:
    """What `predict` says of a whole space of `size`, shape (architectures,).

    Raises ValueError when that is not one finite number of each.
    """
    predicted = np.asarray(predict(np.arange(size)))
    if predicted.shape != (size,):
        raise ValueError(f"predictions have shape {predicted.shape}, not ({size},)")
    if not np.isfinite(predicted).all():
        raise ValueError("predictions are not all finite numbers")
    return predicted


class SklearnPredictor:
    """A new regressor for every fit, from `make(random_state)`, on one-hot features.

    Args:
        space: the space whose architectures are encoded.
        rng: gives each regressor its random state.
        make: builds an unfitted regressor with `fit` and `predict` from a random state.
    """

    def __init__(
        self, space: CategoricalSpace, rng: np.random.Generator, make: Callable[[int], Any]
    ) -> None:
        self.space = space
        self.rng = rng
        self.make = make

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Fit a new regressor."""
        self.regressor = self.make(int(self.rng.integers(2**31)))
        self.regressor.fit(self.space.one_hot(ids), targets)

    def predict(self, ids: Ids) -> NDArray[np.floating]:
        """The regressor's predictions, in the shape of `ids`."""
        predictions: NDArray[np.floating] = self.regressor.predict(self.space.one_hot(ids))
        return predictions
