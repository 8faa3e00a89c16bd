"""A small multi-layer perceptron, made fast for a few hundred samples."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.spaces import CategoricalSpace

BLOCK = 2048
"""Architectures predicted at a time: their hidden values stay in the processor's cache."""


ZERO = np.zeros((1, 1), dtype=np.float32)


class SmallMLP:
    """Two hidden layers of `width` ReLUs on the one-hot encoding, squared error, Adam.

    Samples are columns, so that a layer's values are contiguous with the constant feature as the
    last row, whose weights are the biases. All parameters lie in one float32 vector, so that a
    step of Adam is a few operations on it; layers are views of it. What a step needs is
    allocated once a fit: at this size, calls and allocations cost more than the arithmetic.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the first weights (He et al. 2015) and the minibatches.
        width: units in each hidden layer.
        steps: steps of Adam (Kingma & Ba 2015; beta 0.9 and 0.999).
        learning_rate: the learning rate of the first step; it falls to zero along a half cosine.
        weight_decay: decoupled weight decay (Loshchilov & Hutter 2019), multiplied by the learning
            rate.
        batch: samples a step; all of them while there are fewer.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        width: int = 32,
        steps: int = 100,
        learning_rate: float = 0.03,
        weight_decay: float = 0.0,
        batch: int = 128,
    ) -> None:
        self.rng = rng
        self.steps = steps
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch = batch
        self._inputs = len(space.choices)
        self._space = space
        # Looked up where the space can be listed, which is faster than encoding again.
        self._table = self._encoded(np.arange(space.size)) if space.enumerable else None
        inputs = self._features(np.zeros(1, dtype=np.int64)).shape[1]
        self._shapes = ((width, inputs), (width, width + 1), (1, width + 1))
        self._parameters = np.zeros(sum(a * b for a, b in self._shapes), dtype=np.float32)
        self._layers = self._views(self._parameters)
        self._activations: dict[int, _Activations] = {}

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train from new random weights."""
        self._draw_weights()
        samples = self._features(ids)
        wanted = targets.astype(np.float32)
        count = len(ids)
        gradient = np.empty_like(self._parameters)
        slopes = self._views(gradient)
        adam = _Adam(gradient)
        activations = self._buffers(min(count, self.batch))
        order = np.arange(count)
        position = count
        for step in range(self.steps):
            if count > self.batch:
                if position + self.batch > count:
                    self.rng.shuffle(order)
                    position = 0
                chosen = order[position : position + self.batch]
                position += self.batch
                activations.backpropagate(samples[chosen], wanted[chosen], self._layers, slopes)
            else:
                activations.backpropagate(samples, wanted, self._layers, slopes)
            rate = self.learning_rate * 0.5 * (1 + np.cos(np.pi * step / self.steps))
            if self.weight_decay:
                self._parameters *= np.float32(1 - rate * self.weight_decay)
            self._parameters -= adam.step(step, rate)

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The network's outputs, in the shape of `ids`."""
        outputs = np.empty(ids.shape, dtype=np.float32)
        flat, flat_ids = outputs.reshape(-1), ids.reshape(-1)
        for start in range(0, flat.size, BLOCK):
            chosen = flat_ids[start : start + BLOCK]
            activations = self._buffers(len(chosen))
            flat[start : start + BLOCK] = activations.forward(self._features(chosen), self._layers)
        return outputs

    def _features(self, ids: Ids) -> Features:
        """The one-hot encoding and a constant 1: shape (ids, inputs)."""
        if self._table is None:
            return self._encoded(ids)
        rows: Features = self._table[ids]
        return rows

    def _encoded(self, ids: Ids) -> Features:
        encoded = self._space.one_hot(ids)
        features = np.ones((len(ids), encoded.shape[1] + 1), dtype=np.float32)
        features[:, :-1] = encoded
        return features

    def _draw_weights(self) -> None:
        self.rng.standard_normal(out=self._parameters, dtype=np.float32)
        # One-hot features have one non-zero entry a decision: that many inputs of unit size.
        for layer, inputs in zip(
            self._layers,
            (self._inputs, *(layer.shape[1] - 1 for layer in self._layers[1:])),
            strict=True,
        ):
            layer *= np.float32(np.sqrt(2 / inputs))  # noqa: PLW2901  # a view, scaled in place
            layer[:, -1] = 0

    def _buffers(self, samples: int) -> "_Activations":
        if samples not in self._activations:
            self._activations[samples] = _Activations(self._shapes[0][0], samples)
        return self._activations[samples]

    def _views(self, vector: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        views, start = [], 0
        for rows, columns in self._shapes:
            views.append(vector[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        return views


class _Activations:
    """The values of both hidden layers for a number of samples, and what flows back."""

    def __init__(self, width: int, samples: int) -> None:
        self.first = np.ones((width + 1, samples), dtype=np.float32)
        self.second = np.ones((width + 1, samples), dtype=np.float32)
        self.sums = np.empty((width, samples), dtype=np.float32)
        self.back = np.empty((width, samples), dtype=np.float32)

    def forward(self, samples: Features, layers: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """The outputs for samples of shape (samples, features): shape (samples,)."""
        np.dot(layers[0], samples.T, out=self.sums)
        np.maximum(self.sums, ZERO, out=self.first[:-1])
        np.dot(layers[1], self.first, out=self.sums)
        np.maximum(self.sums, ZERO, out=self.second[:-1])
        outputs: NDArray[np.float32] = layers[2][0] @ self.second
        return outputs

    def backpropagate(
        self,
        samples: Features,
        wanted: NDArray[np.float32],
        layers: list[NDArray[np.float32]],
        slopes: list[NDArray[np.float32]],
    ) -> None:
        """The gradient of the mean squared error, into `slopes`, shaped as `layers`."""
        error = self.forward(samples, layers)
        error -= wanted
        error *= np.float32(2 / len(wanted))
        np.dot(self.second, error, out=slopes[2][0])
        np.sign(self.second[:-1], out=self.back)
        np.multiply(layers[2].T[:-1], error, out=self.sums)
        self.sums *= self.back
        np.dot(self.sums, self.first.T, out=slopes[1])
        np.dot(layers[1].T[:-1], self.sums, out=self.back)
        np.sign(self.first[:-1], out=self.sums)  # of a ReLU's values: its slopes
        self.back *= self.sums
        np.dot(self.back, samples, out=slopes[0])


class _Adam:
    """Adam's moments of one fit; `gradient` is read, and overwritten, at every step."""

    def __init__(self, gradient: NDArray[np.float32]) -> None:
        self.gradient = gradient
        self.first = np.zeros_like(gradient)
        self.second = np.zeros_like(gradient)
        self.scratch = np.empty_like(gradient)

    def step(self, step: int, rate: float) -> NDArray[np.float32]:
        """What to subtract from the parameters in this step, counted from 0."""
        gradient, scratch = self.gradient, self.scratch
        # Sums of gradients instead of averages: (1 - beta) goes into the step's length.
        self.first *= BETA_1
        self.first += gradient
        gradient *= gradient
        self.second *= BETA_2
        self.second += gradient
        np.sqrt(self.second, out=scratch)
        scratch += EPSILON
        np.divide(self.first, scratch, out=scratch)
        correction = np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        scratch *= np.float32(rate * correction * 0.1 / np.sqrt(0.001))
        return scratch


BETA_1, BETA_2 = np.float32(0.9), np.float32(0.999)
EPSILON = np.float32(1e-8 / np.sqrt(0.001))
