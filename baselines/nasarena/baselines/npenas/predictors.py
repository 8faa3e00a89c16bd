"""What NPENAS predicts errors with: one number for each architecture, or a distribution."""

from abc import ABC, abstractmethod

import numpy as np

from nasarena.baselines.npenas.graph_network import (
    Array,
    GraphNetwork,
    Inputs,
    celu,
    celu_slope,
)
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.spaces import CategoricalSpace

AT_A_TIME = 2048
"""Architectures predicted at a time."""

LEARNING_RATE, DECAY, BETA, EPSILON = 5e-3, 1e-4, 0.9, 1e-8


class ErrorPredictor(ABC):
    """A graph network that is fitted to errors in percent.

    Adam with beta 0 and 0.9, biases at twice the rate and without weight decay, rates falling to
    zero along a half cosine from epoch to epoch.

    Args:
        space: the space whose architectures are predicted.
        rng: draws the first weights, the batches and dropout.
        epochs: in each, every architecture is in one batch.
        steps: at most so many steps a fit, which shorten it to whole epochs, at least one; None
            for no limit.
        batch: architectures a step; the last batch of an epoch has what is left.
    """

    outputs: int
    smooth: bool

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        epochs: int,
        steps: int | None,
        batch: int = 10,
    ) -> None:
        self.space = space
        self.rng = rng
        self.epochs = epochs
        self.steps = steps
        self.batch = batch

    @abstractmethod
    def slope(self, outputs: Array, wanted: Array) -> Array:
        """The slope of the loss, in the shape of the outputs; `wanted` has shape (batch,)."""

    def fit(self, ids: Ids, errors: Accuracies) -> None:
        """Train from new weights; `ids` and `errors` have shape (labelled,)."""
        inputs, wanted = self._inputs(ids), errors.astype(np.float32)
        self.network = network = GraphNetwork(
            self.rng, inputs.nodes.shape[2], self.outputs, self.smooth
        )
        rates = np.where(network.is_bias, np.float32(2), np.float32(1))
        decays = np.where(network.is_bias, np.float32(0), np.float32(DECAY))
        squares = np.zeros_like(network.parameters)
        batches = -(-len(ids) // self.batch)
        limit = self.epochs if self.steps is None else max(1, self.steps // batches)
        epochs = min(self.epochs, limit)
        step = 0
        for epoch in range(epochs):
            rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * epoch / epochs))
            order = self.rng.permutation(len(ids))
            for start in range(0, len(ids), self.batch):
                chosen = order[start : start + self.batch]
                found = network.training_outputs(inputs[chosen])
                network.backpropagate(self.slope(found, wanted[chosen]))
                gradient = network.gradient
                gradient += decays * network.parameters
                step += 1
                squares *= np.float32(BETA)
                squares += np.float32(1 - BETA) * gradient * gradient
                scale = np.sqrt(squares * np.float32(1 / (1 - BETA**step)))
                scale += np.float32(EPSILON)
                gradient *= rates
                gradient /= scale
                gradient *= np.float32(rate)
                network.parameters -= gradient

    def _inputs(self, ids: Ids) -> Inputs:
        return Inputs.of(self.space.graphs(ids))

    def predicted(self, ids: Ids) -> Array:
        """The network's outputs, shape (ids, outputs)."""
        parts = [
            self.network.outputs(self._inputs(ids[start : start + AT_A_TIME]))
            for start in range(0, ids.size, AT_A_TIME)
        ]
        return np.concatenate(parts)


class PointPredictor(ErrorPredictor):
    """Predicts `highest` times a sigmoid; fitted by squared error."""

    outputs, smooth = 1, False

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        epochs: int,
        steps: int | None,
        highest: float,
    ) -> None:
        super().__init__(space, rng, epochs, steps)
        self.highest = np.float32(highest)

    def slope(self, outputs: Array, wanted: Array) -> Array:
        """Of the mean of (prediction - wanted)^2."""
        share = _sigmoid(outputs)
        found: Array = 2 * (self.highest * share - wanted[:, None]) / np.float32(len(wanted))
        found *= self.highest * share * (1 - share)
        return found

    def errors(self, ids: Ids) -> Array:
        """Predicted errors, percent, shape (ids,)."""
        found: Array = self.highest * _sigmoid(self.predicted(ids)[:, 0])
        return found


class DistributionPredictor(ErrorPredictor):
    """Predicts a normal distribution; fitted by likelihood. The log-variance is a CELU."""

    outputs, smooth = 2, True

    def slope(self, outputs: Array, wanted: Array) -> Array:
        """Of the mean of (log-variance + (mean - wanted)^2 / variance) / 2."""
        log_variance = celu(outputs[:, 1])
        apart = outputs[:, 0] - wanted
        weighted = apart * np.exp(-log_variance)
        found = np.empty_like(outputs)
        found[:, 0] = weighted
        found[:, 1] = (1 - apart * weighted) / 2 * celu_slope(log_variance)
        found /= np.float32(len(wanted))
        return found

    def distributions(self, ids: Ids) -> tuple[Array, Array]:
        """Means and deviations of the predicted errors, percent, each of shape (ids,)."""
        outputs = self.predicted(ids)
        return outputs[:, 0], np.exp(celu(outputs[:, 1]) / 2)


def _sigmoid(values: Array) -> Array:
    from scipy.special import expit

    found: Array = expit(values)
    return found
