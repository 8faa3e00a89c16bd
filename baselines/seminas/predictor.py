"""SemiNAS's encoder and accuracy predictor alone, as a predictor for other searches."""

import numpy as np
from numpy.typing import NDArray

from baselines.seminas.settings import Effort
from baselines.seminas.targets import logistic
from suite.arrays import Accuracies, Ids
from suite.spaces import CategoricalSpace


class LSTMPredictor:
    """A bidirectional LSTM over token sequences, trained on the squared error behind a sigmoid.

    Targets are z-scored and go through the logistic function, so that all of them lie where the
    sigmoid can reach; predictions take the same way back, so they have the targets' scale and no
    upper end. Every fit starts from new random weights. No decoder, no pseudo-labels.

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
        from baselines.seminas.controller import Controller, one_thread, train

        self._mean = float(targets.mean())
        self._deviation = float(targets.std()) or 1.0
        wanted = logistic((targets - self._mean) / self._deviation)
        with one_thread():
            self._network = Controller(len(self.space.vocabulary), self.rng)
            effort = Effort(epochs=self.steps, steps=self.steps)
            tokens = self.space.tokens(ids)
            train(self._network, tokens, wanted, effort, self.rng, reconstruct=False)

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The predicted targets, in the shape of `ids`."""
        from baselines.seminas.controller import one_thread, predicted_logits

        with one_thread():
            logits = predicted_logits(self._network, self.space.tokens(ids.ravel()))
        scores: NDArray[np.float32] = logits.reshape(ids.shape) * self._deviation + self._mean
        return scores
