"""Small networks of tanh units, whose last hidden layer is the basis of a linear model."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features

BLOCK = 2048
"""Samples whose hidden values are in memory at a time."""

BETA_1, BETA_2 = np.float32(0.9), np.float32(0.999)
EPSILON = np.float32(1e-8 / np.sqrt(0.001))


class TanhNetwork:
    """Hidden layers of tanh units and a linear output: squared error, Adam, small batches.

    Samples are columns, with a constant 1 as the last row whose weights are the biases. All
    parameters lie in one float32 vector, so that a step of Adam is a few operations on it: at this
    size calls cost more than the arithmetic. First weights and biases are uniform within one over
    the root of a layer's inputs, as torch's linear layers draw them.

    Args:
        hidden: units of each hidden layer.
        epochs: passes over the samples.
        batch: samples a step; all where there are fewer. Those that are left over at the end of an
            epoch are left out of it.
        learning_rate: of Adam (Kingma & Ba 2015; beta 0.9 and 0.999).
    """

    def __init__(
        self, hidden: tuple[int, ...], epochs: int, batch: int = 10, learning_rate: float = 0.01
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self._layers: list[NDArray[np.float32]] = []

    def fit(
        self, features: Features, targets: NDArray[np.floating], rng: np.random.Generator
    ) -> None:
        """Train from new random weights on features (n, columns) and targets (n,)."""
        parameters = self._draw(features.shape[1], rng)
        gradient = np.empty_like(parameters)
        slopes = self._views(gradient, features.shape[1])
        first, second = np.zeros_like(parameters), np.zeros_like(parameters)
        step_taken = np.empty_like(parameters)
        samples = _with_constant(features).T.copy()
        wanted = np.asarray(targets, dtype=np.float32)
        count = len(wanted)
        batch = min(self.batch, count)
        values = self._room(batch)
        step = 0
        for _ in range(self.epochs):
            order = rng.permutation(count)
            for start in range(0, count - batch + 1, batch):
                chosen = order[start : start + batch]
                self._backpropagate(samples[chosen].T, wanted[chosen], values, slopes)
                step += 1
                # Sums of gradients instead of averages: (1 - beta) goes into the step's length.
                first *= BETA_1
                first += gradient
                gradient *= gradient
                second *= BETA_2
                second += gradient
                np.sqrt(second, out=step_taken)
                correction = np.sqrt(1 - 0.999**step)
                step_taken += EPSILON * np.float32(correction)
                np.divide(first, step_taken, out=step_taken)
                rate = self.learning_rate * correction / (1 - 0.9**step) * 0.1 / np.sqrt(0.001)
                step_taken *= np.float32(rate)
                parameters -= step_taken

    def basis(self, features: Features) -> Features:
        """The values of the last hidden layer, shape (n, units), of features (n, columns)."""
        found: Features = np.empty((len(features), self.hidden[-1]), dtype=np.float32)
        for start in range(0, len(features), BLOCK):
            some = features[start : start + BLOCK]
            values = self._room(len(some))
            self._forward(_with_constant(some), values)
            found[start : start + BLOCK] = values[-1][:-1].T
        return found

    def outputs(self, features: Features) -> NDArray[np.float32]:
        """The network's own predictions, shape (n,)."""
        weights = self._layers[-1][0]
        predicted: NDArray[np.float32] = self.basis(features) @ weights[:-1] + weights[-1]
        return predicted

    def _draw(self, columns: int, rng: np.random.Generator) -> NDArray[np.float32]:
        size = sum(rows * (inputs + 1) for inputs, rows in self._shapes(columns))
        parameters = rng.random(size, dtype=np.float32) * 2 - 1
        self._layers = self._views(parameters, columns)
        for layer in self._layers:
            layer /= np.float32(np.sqrt(layer.shape[1] - 1))  # noqa: PLW2901  # a view
        return parameters

    def _shapes(self, columns: int) -> list[tuple[int, int]]:
        return list(pairwise((columns, *self.hidden, 1)))

    def _views(self, vector: NDArray[np.float32], columns: int) -> list[NDArray[np.float32]]:
        views, start = [], 0
        for inputs, rows in self._shapes(columns):
            size = rows * (inputs + 1)
            views.append(vector[start : start + size].reshape(rows, inputs + 1))
            start += size
        return views

    def _room(self, samples: int) -> list[NDArray[np.float32]]:
        """For the values of each hidden layer, with the constant, samples last."""
        return [np.ones((units + 1, samples), dtype=np.float32) for units in self.hidden]

    def _forward(
        self, samples: NDArray[np.float32], values: list[NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """The outputs, shape (1, n); the values of the hidden layers are written to `values`."""
        inputs = samples
        for layer, outputs in zip(self._layers, values, strict=False):
            np.tanh(np.dot(layer, inputs), out=outputs[:-1])
            inputs = outputs
        predicted: NDArray[np.float32] = np.dot(self._layers[-1], inputs)
        return predicted

    def _backpropagate(
        self,
        samples: NDArray[np.float32],
        wanted: NDArray[np.float32],
        values: list[NDArray[np.float32]],
        slopes: list[NDArray[np.float32]],
    ) -> None:
        """The gradient of the mean squared error, into `slopes`, shaped as the layers."""
        back = self._forward(samples, values)
        back -= wanted
        back *= np.float32(2 / len(wanted))
        for place in range(len(values), 0, -1):
            hidden = values[place - 1]
            np.dot(back, hidden.T, out=slopes[place])
            back = np.dot(self._layers[place].T, back)[:-1]
            square = np.multiply(hidden[:-1], hidden[:-1])
            np.subtract(np.float32(1), square, out=square)
            back *= square
        np.dot(back, samples.T, out=slopes[0])


def _with_constant(features: Features) -> NDArray[np.float32]:
    samples = np.ones((features.shape[1] + 1, len(features)), dtype=np.float32)
    samples[:-1] = features.T
    return samples
