"""A small multi-layer perceptron, made fast for a few hundred samples."""

import numpy as np
from numpy.typing import NDArray

from suite.arrays import Accuracies, Features, Ids
from suite.spaces import CategoricalSpace


class SmallMLP:
    """Two hidden layers of `width` ReLUs on the one-hot encoding, squared error, Adam.

    All parameters lie in one float32 vector, so that a step of Adam is a few operations on it;
    layers are views of it. Biases are weights of a constant feature.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the first weights (He et al. 2015) and the minibatches.
        width: units in each hidden layer.
        steps: steps of Adam (Kingma & Ba 2015; beta 0.9 and 0.999).
        learning_rate: at the first step; falls to zero along a half cosine.
        batch: samples a step; all of them while there are fewer.
        weight_decay: decoupled, times the learning rate, on everything but the output layer's
            bias.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        width: int = 32,
        steps: int = 150,
        learning_rate: float = 0.02,
        batch: int = 128,
        weight_decay: float = 0.0,
    ) -> None:
        self.space = space
        self.rng = rng
        self.steps = steps
        self.learning_rate = learning_rate
        self.batch = batch
        self.weight_decay = weight_decay
        encoded = space.one_hot(np.arange(space.size))
        self._features = np.ones((space.size, encoded.shape[1] + 1), dtype=np.float32)
        self._features[:, :-1] = encoded
        self._shapes = (
            (self._features.shape[1], width),
            (width + 1, width),
            (width + 1, 1),
        )
        self._parameters = np.empty(
            sum(rows * columns for rows, columns in self._shapes), dtype=np.float32
        )

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train from new random weights."""
        features = self._features[ids]
        wanted = targets.astype(np.float32)[:, None]
        parameters = self._parameters
        self._draw_weights()
        gradient = np.empty_like(parameters)
        first = np.zeros_like(parameters)
        second = np.zeros_like(parameters)
        scratch = np.empty_like(parameters)
        weights, slopes = self._views(parameters), self._views(gradient)
        count = len(ids)
        buffers = self._buffers(min(count, self.batch))
        order = np.arange(count)
        position = count
        for step in range(self.steps):
            if count > self.batch:
                if position + self.batch > count:
                    self.rng.shuffle(order)
                    position = 0
                chosen = order[position : position + self.batch]
                position += self.batch
                _backpropagate(features[chosen], wanted[chosen], weights, slopes, buffers)
            else:
                _backpropagate(features, wanted, weights, slopes, buffers)
            # Adam, with the two bias corrections in the step's length.
            rate = self.learning_rate * 0.5 * (1 + np.cos(np.pi * step / self.steps))
            correction = np.sqrt(1 - 0.999 ** (step + 1))
            first += np.multiply(np.subtract(gradient, first, out=scratch), 0.1, out=scratch)
            np.multiply(gradient, gradient, out=gradient)
            second += np.multiply(np.subtract(gradient, second, out=scratch), 0.001, out=scratch)
            np.sqrt(second, out=scratch)
            scratch += 1e-8 * correction
            np.divide(first, scratch, out=scratch)
            scratch *= rate * correction / (1 - 0.9 ** (step + 1))
            if self.weight_decay:
                parameters *= 1 - rate * self.weight_decay
            parameters -= scratch

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The network's outputs, in the shape of `ids`."""
        weights = self._views(self._parameters)
        # ids are usually the whole space: then its features need not be gathered.
        whole = len(ids) == self.space.size and ids[0] == 0 and bool((np.diff(ids) == 1).all())
        hidden = (self._features if whole else self._features[ids]) @ weights[0]
        np.maximum(hidden, 0, out=hidden)
        hidden = hidden @ weights[1][:-1]
        hidden += weights[1][-1]
        np.maximum(hidden, 0, out=hidden)
        outputs: NDArray[np.float32] = (hidden @ weights[2][:-1])[:, 0] + weights[2][-1]
        return outputs

    def _draw_weights(self) -> None:
        self.rng.standard_normal(out=self._parameters, dtype=np.float32)
        for view in self._views(self._parameters):
            view *= np.sqrt(2 / (view.shape[0] - 1))
            view[-1] = 0  # biases
        # One-hot features have one non-zero entry a decision, so that the first layer's inputs
        # have that many units of variance, not one a column.
        self._views(self._parameters)[0][:-1] *= np.sqrt(
            (self._shapes[0][0] - 1) / len(self.space.choices)
        )

    def _views(self, vector: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        views, start = [], 0
        for rows, columns in self._shapes:
            views.append(vector[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        return views

    def _buffers(self, samples: int) -> tuple[Features, Features, Features, Features]:
        width = self._shapes[0][1]
        first = np.ones((samples, width + 1), dtype=np.float32)
        second = np.ones((samples, width + 1), dtype=np.float32)
        return first, second, np.empty((samples, width), np.float32), np.empty_like(first[:, :-1])


def _backpropagate(
    features: Features,
    wanted: Features,
    weights: list[NDArray[np.float32]],
    slopes: list[NDArray[np.float32]],
    buffers: tuple[Features, Features, Features, Features],
) -> None:
    """The gradient of the mean squared error, into `slopes`.

    The hidden layers' buffers carry a last column of ones, the constant feature.
    """
    first, second, back_second, back_first = buffers
    np.maximum(features @ weights[0], 0, out=first[:, :-1])
    np.maximum(first @ weights[1], 0, out=second[:, :-1])
    error = second @ weights[2]
    error -= wanted
    error *= 2 / len(wanted)
    np.matmul(second.T, error, out=slopes[2])
    np.multiply(error, weights[2][:-1].T, out=back_second)
    back_second *= second[:, :-1] > 0
    np.matmul(first.T, back_second, out=slopes[1])
    np.matmul(back_second, weights[1][:-1].T, out=back_first)
    back_first *= first[:, :-1] > 0
    np.matmul(features.T, back_first, out=slopes[0])
