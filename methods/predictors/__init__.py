"""Accuracy predictors: fitted on queried architectures, asked about the whole space.

They are found by name in the entry-point group `nasarena.predictors`.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from suite.arrays import Accuracies, Ids
from suite.plugins import load_plugin
from suite.spaces import CategoricalSpace


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
    factory: Factory = load_plugin("nasarena.predictors", name, "predictor")
    return factory
