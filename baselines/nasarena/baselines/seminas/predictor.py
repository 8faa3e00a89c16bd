"""SemiNAS's encoder and accuracy predictor alone, as a predictor for other searches."""

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.seminas.settings import Effort
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.spaces import CategoricalSpace


class LSTMPredictor:
    """A bidirectional LSTM over token sequences, trained on the squared error.

    Targets are z-scored for the training. Every fit starts from new random weights. No decoder,
    no pseudo-labels.

    Source: Luo et al., NeurIPS 2020 (the encoder and predictor of SemiNAS).

    Args:
        space: the space whose architectures are encoded.
        rng: draws the first weights, the dropout and the minibatches.
        steps: of Adam, in batches of 100.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator, steps: int = 250) -> None:
        self.space = space
        self.rng = rng
        self.steps = steps

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train a new network; `ids` and `targets` have shape (labelled,)."""
        from nasarena.baselines.seminas.controller import Controller, one_thread, train

        self._mean = float(targets.mean())
        self._deviation = float(targets.std()) or 1.0
        wanted = (targets - self._mean) / self._deviation
        with one_thread():
            self._network = Controller(len(self.space.vocabulary), self.rng)
            effort = Effort(epochs=self.steps, steps=self.steps)
            tokens = self.space.tokens(ids)
            train(self._network, tokens, wanted, effort, self.rng, reconstruct=False)

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The predicted targets, in the shape of `ids`."""
        from nasarena.baselines.seminas.controller import one_thread, predicted

        with one_thread():
            scores = predicted(self._network, self.space.tokens(ids.ravel()))
        targets: NDArray[np.float32] = scores.reshape(ids.shape) * self._deviation + self._mean
        return targets
