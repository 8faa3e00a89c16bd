"""Any scikit-learn regressor as a predictor over the one-hot encoding."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suite.arrays import Accuracies, Ids
from suite.spaces import CategoricalSpace


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
