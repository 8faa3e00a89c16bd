"""An ensemble of deep, narrow networks that are trained as one computation."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Features

BETA_1, BETA_2, EPSILON = 0.9, 0.99, 1e-7


class NarrowNetworks:
    """Networks of `layers` hidden layers of `width` ReLUs, fitted by mean absolute error.

    Each has first weights (Glorot & Bengio 2010, uniform; biases 0) and batches of its own. Arrays
    have the networks as their first axis, so that a step of all is one product a layer. The
    parameters lie in one vector, of which the layers are views, so that a step of Adam is a few
    operations.

    Args:
        rng: draws the first weights and the batches.
        networks: how many there are.
        layers: hidden layers of each.
        width: units of each hidden layer.
        epochs: in each, every sample is in one batch.
        batch: samples a step; the last batch of an epoch has what is left.
        learning_rate: of Adam (Kingma & Ba 2015; beta 0.9 and 0.99), the same in all steps.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        networks: int = 5,
        layers: int = 10,
        width: int = 20,
        epochs: int = 150,
        batch: int = 32,
        learning_rate: float = 0.01,
    ) -> None:
        self.rng = rng
        self.networks = networks
        self.layers = layers
        self.width = width
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate

    def fit(self, features: Features, targets: Accuracies) -> None:
        """Train from new weights; shapes (samples, features) and (samples,)."""
        widths = [features.shape[1], *[self.width] * self.layers, 1]
        # Of each layer, inputs times outputs, with the biases as the last input.
        shapes = [(self.networks, before + 1, after) for before, after in pairwise(widths)]
        parameters = np.zeros(sum(int(np.prod(shape)) for shape in shapes), dtype=np.float32)
        self._layers = _views(parameters, shapes)
        for layer in self._layers:
            limit = np.sqrt(6 / (layer.shape[1] - 1 + layer.shape[2]))
            layer[:, :-1] = self.rng.uniform(-limit, limit, layer[:, :-1].shape)
        gradient = np.zeros_like(parameters)
        slopes = _views(gradient, shapes)
        wanted = targets.astype(np.float32)
        first, second = np.zeros_like(parameters), np.zeros_like(parameters)
        order = np.tile(np.arange(len(features)), (self.networks, 1))
        step = 0
        for _ in range(self.epochs):
            order = self.rng.permuted(order, axis=1)
            for start in range(0, len(features), self.batch):
                chosen = order[:, start : start + self.batch]
                self._backpropagate(features[chosen], wanted[chosen], slopes)
                step += 1
                first += np.float32(1 - BETA_1) * (gradient - first)
                second += np.float32(1 - BETA_2) * (gradient * gradient - second)
                rate = self.learning_rate * np.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)
                parameters -= np.float32(rate) * first / (np.sqrt(second) + np.float32(EPSILON))

    def predict(self, features: Features) -> NDArray[np.float32]:
        """The outputs of all networks, shape (networks, samples)."""
        values = np.broadcast_to(features, (self.networks, *features.shape))
        return self._forward(values)[-1][:, :, 0]

    def _forward(self, values: Features) -> list[NDArray[np.float32]]:
        """The values of the hidden layers, and the outputs: shape (networks, samples, units)."""
        found = []
        for layer in self._layers:
            values = values @ layer[:, :-1]
            values += layer[:, -1:]
            if layer is not self._layers[-1]:
                np.maximum(values, 0, out=values)
            found.append(values)
        return found

    def _backpropagate(
        self,
        features: Features,
        wanted: NDArray[np.float32],
        slopes: list[NDArray[np.float32]],
    ) -> None:
        """The gradient of each network's mean absolute error, into `slopes`.

        Shapes (networks, samples, features) and (networks, samples).
        """
        *hidden, outputs = self._forward(features)
        error = np.sign(outputs - wanted[:, :, None])
        error /= np.float32(wanted.shape[1])
        for place in range(len(slopes) - 1, -1, -1):
            before = hidden[place - 1] if place else features
            np.matmul(before.transpose(0, 2, 1), error, out=slopes[place][:, :-1])
            np.sum(error, axis=1, keepdims=True, out=slopes[place][:, -1:])
            if place:
                error = error @ self._layers[place][:, :-1].transpose(0, 2, 1)
                error *= before > 0


def _views(
    vector: NDArray[np.float32], shapes: list[tuple[int, int, int]]
) -> list[NDArray[np.float32]]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(vector, ends), shapes, strict=True)]
