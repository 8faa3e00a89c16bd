"""Accuracy predictors: fitted on queried architectures, asked about the whole space.

They are found by name in the entry-point group `nasarena.predictors`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.parameters import fresh, is_estimator
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


class Estimator(Protocol):
    """A scikit-learn regressor: fitted to features, one row an architecture."""

    def fit(self, X: Any, y: Any) -> Any:
        """Fit to features (architectures, features) and targets (architectures,)."""

    def predict(self, X: Any) -> Any:
        """Predicted targets (architectures,)."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""


def predictor_factory(predictor: "str | Estimator | Factory") -> Factory:
    """What makes the predictor meant by a registered name, an estimator, or a factory itself.

    A scikit-learn estimator is copied for every fit, with a `random_state` drawn from the search's
    own randomness where it has one, and reads the one-hot encoding. Raises UserError.
    """
    if isinstance(predictor, str):
        return load_predictor(predictor)
    if is_estimator(predictor) and hasattr(predictor, "predict"):
        return partial(SklearnPredictor, make=partial(_unfitted, predictor))
    if callable(predictor):
        return predictor
    raise UserError(
        f"{one_line(repr(predictor), 80)} is no predictor: give the name of a registered one, a "
        "scikit-learn estimator, or a class that is made from (space, rng) and has fit and predict"
    )


def _unfitted(estimator: Any, random_state: int) -> Any:
    """A copy of an estimator, with its random states (those within it too) set."""
    copy = fresh(estimator)
    names = [
        name
        for name in copy.get_params()
        if name == "random_state" or name.endswith("__random_state")
    ]
    return copy.set_params(**dict.fromkeys(names, random_state))


RECORDED = ("sklearn", "xgboost", "lightgbm")
"""Packages whose versions are in the recorded environment."""


def predictor_sources(predictor: "str | Estimator | Factory") -> tuple[str, ...]:
    """The modules whose source a predictor's traces depend on; none where a version says it.

    Raises UserError for a name that is not registered.
    """
    if isinstance(predictor, str):
        return (predictor_source(predictor),)
    made = type(predictor) if is_estimator(predictor) else predictor
    module = str(getattr(made, "__module__", ""))
    return () if module.partition(".")[0] in RECORDED else (module,)


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


def one_hot(space: CategoricalSpace, ids: Ids) -> Features:
    """The one-hot encoding of architectures: shape of `ids` plus one axis."""
    return space.one_hot(ids)


def released_encoding(space: CategoricalSpace, ids: Ids) -> Features:
    """The encoding of the released WeakNAS: shape of `ids` plus one axis."""
    return space.released_encoding(ids)


class SklearnPredictor:
    """A new regressor for every fit, from `make(random_state)`.

    Args:
        space: the space whose architectures are encoded.
        rng: gives each regressor its random state.
        make: builds an unfitted regressor with `fit` and `predict` from a random state.
        encode: gives the features of architectures of a space.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        make: Callable[[int], Any],
        encode: Callable[[CategoricalSpace, Ids], Features] = one_hot,
    ) -> None:
        self.space = space
        self.rng = rng
        self.make = make
        self.encode = encode

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Fit a new regressor."""
        self.regressor = self.make(int(self.rng.integers(2**31)))
        self.regressor.fit(self.encode(self.space, ids), targets)

    def predict(self, ids: Ids) -> NDArray[np.floating]:
        """The regressor's predictions, in the shape of `ids`."""
        predictions: NDArray[np.floating] = self.regressor.predict(self.encode(self.space, ids))
        return predictions
