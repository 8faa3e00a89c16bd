"""NPENAS's graph isomorphism network, with its gradient written out."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features
from nasarena.suite.spaces.graphs import Graphs

Array: TypeAlias = NDArray[np.float32]

LAYERS, HIDDEN, DENSE = 3, 32, 16
PER_LAYER, SCALE, SHIFT = 6, 4, 5
"""Parameters of a layer: weights and biases twice, then those of the normalisation."""
KEPT = 0.9
"""Share of the values after the dense layer that dropout keeps while training."""
MOMENTUM, SMALLEST = 0.1, 1e-5
"""Of the batch normalisation: weight of a new batch in the running values, added variance."""


@dataclass(frozen=True)
class Inputs:
    """Architectures as the network reads them.

    Attributes:
        messages: shape (architectures, V, V): what each node of the second axis sums up, its own
            value and those of the nodes that feed it.
        nodes: shape (architectures, V, types): the sums of the one-hot types.
    """

    messages: Features
    nodes: Features

    @classmethod
    def of(cls, graphs: Graphs) -> "Inputs":
        """Those of graphs."""
        itself = np.eye(graphs.nodes.shape[1], dtype=np.float32)
        messages = graphs.adjacency.transpose(0, 2, 1) + itself
        types = np.eye(len(graphs.labels), dtype=np.float32)[graphs.nodes]
        return cls(np.ascontiguousarray(messages), messages @ types)

    def __getitem__(self, chosen: NDArray[np.int64] | slice) -> "Inputs":
        return Inputs(self.messages[chosen], self.nodes[chosen])

    def __len__(self) -> int:
        """How many architectures these are."""
        return len(self.nodes)


class GraphNetwork:
    """Three layers of sums over neighbours, each with two dense layers and batch normalisation.

    The mean over the nodes goes through a dense layer, dropout and the output layer. All
    parameters lie in one vector, and so does the gradient; layers are views of them.

    Args:
        rng: draws the first weights (uniform in 1 / sqrt(inputs), biases too) and dropout.
        types: types of nodes.
        outputs: numbers that the network gives for each architecture.
        smooth: whether units are CELUs instead of ReLUs.
    """

    def __init__(
        self, rng: np.random.Generator, types: int, outputs: int, smooth: bool = False
    ) -> None:
        self._rng = rng
        self._smooth = smooth
        shapes: list[tuple[int, ...]] = []
        for layer in range(LAYERS):
            inputs = HIDDEN if layer else types
            shapes += [(inputs, HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,)]
            shapes += [(HIDDEN,), (HIDDEN,)]
        shapes += [(HIDDEN, DENSE), (DENSE,), (DENSE, outputs), (outputs,)]
        size = sum(int(np.prod(shape)) for shape in shapes)
        self.parameters: Array = np.empty(size, dtype=np.float32)
        self.gradient: Array = np.zeros_like(self.parameters)
        self.is_bias = np.zeros(self.parameters.shape, dtype=np.bool_)
        self._views = _parts(self.parameters, shapes)
        self._slopes = _parts(self.gradient, shapes)
        biases = _parts(self.is_bias, shapes)
        for place, (view, bias) in enumerate(zip(self._views, biases, strict=True)):
            of_layer = place % PER_LAYER if place < PER_LAYER * LAYERS else None
            bias[:] = view.ndim == 1 and of_layer != SCALE
            if of_layer in {SCALE, SHIFT}:
                view[:] = of_layer == SCALE
            else:
                inputs = self._views[place - (view.ndim == 1)].shape[0]
                view[:] = rng.uniform(-1, 1, view.shape) / np.sqrt(inputs)
        self.running_mean: Array = np.zeros((LAYERS, HIDDEN), dtype=np.float32)
        self.running_variance: Array = np.ones((LAYERS, HIDDEN), dtype=np.float32)

    def outputs(self, inputs: Inputs) -> Array:
        """What the trained network gives, shape (architectures, outputs)."""
        count, nodes, _ = inputs.nodes.shape
        values = inputs.nodes.reshape(count * nodes, -1)
        for layer in range(LAYERS):
            first, bias, second, other_bias, scale, shift = _of_layer(self._views, layer)
            if layer:
                values = self._summed(inputs.messages, values)
            values = self._active(values @ first + bias)
            values = self._active(values @ second + other_bias)
            deviation = np.sqrt(self.running_variance[layer] + np.float32(SMALLEST))
            values = (values - self.running_mean[layer]) * (scale / deviation) + shift
        dense, bias, last, last_bias = self._views[PER_LAYER * LAYERS :]
        pooled = values.reshape(count, nodes, HIDDEN).mean(axis=1)
        found: Array = self._active(pooled @ dense + bias) @ last + last_bias
        return found

    def training_outputs(self, inputs: Inputs) -> Array:
        """The same with the normalisation of this batch, and dropout; `backpropagate` follows."""
        count, nodes, _ = inputs.nodes.shape
        values = inputs.nodes.reshape(count * nodes, -1)
        rows = np.float32(count * nodes)
        self._kept = []
        for layer in range(LAYERS):
            first, bias, second, other_bias, scale, shift = _of_layer(self._views, layer)
            if layer:
                values = self._summed(inputs.messages, values)
            read = values
            inner = self._active(read @ first + bias)
            outer = self._active(inner @ second + other_bias)
            mean = _total(outer) / rows
            normal = outer - mean
            variance = _total(normal * normal) / rows
            inverse = 1 / np.sqrt(variance + np.float32(SMALLEST))
            normal *= inverse
            values = normal * scale + shift
            self._kept.append((read, inner, outer, normal, inverse))
            unbiased = variance * (rows / max(rows - 1, np.float32(1)))
            self.running_mean[layer] += np.float32(MOMENTUM) * (mean - self.running_mean[layer])
            self.running_variance[layer] += np.float32(MOMENTUM) * (
                unbiased - self.running_variance[layer]
            )
        dense, bias, last, last_bias = self._views[PER_LAYER * LAYERS :]
        pooled = np.add.reduce(values.reshape(count, nodes, HIDDEN), axis=1) / np.float32(nodes)
        active = self._active(pooled @ dense + bias)
        dropped = self._rng.random(active.shape, dtype=np.float32) < KEPT
        dropout = dropped.astype(np.float32) / np.float32(KEPT)
        self._head = (inputs, pooled, active, dropout)
        found: Array = (active * dropout) @ last + last_bias
        return found

    def backpropagate(self, slope: Array) -> None:
        """The gradient of all parameters, into `gradient`.

        `slope` is the loss's slope of the last training outputs, shape (architectures, outputs).
        """
        inputs, pooled, active, dropout = self._head
        count, nodes, _ = inputs.nodes.shape
        dense, _, last, _ = self._views[PER_LAYER * LAYERS :]
        dense_slope, bias_slope, last_slope, last_bias_slope = self._slopes[PER_LAYER * LAYERS :]
        np.matmul((active * dropout).T, slope, out=last_slope)
        last_bias_slope[:] = _total(slope)
        at_dense = (slope @ last.T) * dropout * self._steepness(active)
        np.matmul(pooled.T, at_dense, out=dense_slope)
        bias_slope[:] = _total(at_dense)
        at_pool = (at_dense @ dense.T) / np.float32(nodes)
        back = np.repeat(at_pool, nodes, axis=0)
        rows = np.float32(count * nodes)
        for layer in range(LAYERS - 1, -1, -1):
            first, _, second, _, scale, _ = _of_layer(self._views, layer)
            slopes = _of_layer(self._slopes, layer)
            read, inner, outer, normal, inverse = self._kept[layer]
            slopes[SCALE][:] = _total(back * normal)
            slopes[SHIFT][:] = _total(back)
            back = back - normal * (slopes[SCALE] / rows)
            back -= slopes[SHIFT] / rows
            back *= scale * inverse
            back *= self._steepness(outer)
            np.matmul(inner.T, back, out=slopes[2])
            slopes[3][:] = _total(back)
            back = (back @ second.T) * self._steepness(inner)
            np.matmul(read.T, back, out=slopes[0])
            slopes[1][:] = _total(back)
            if layer:
                back = self._summed(inputs.messages.transpose(0, 2, 1), back @ first.T)

    @staticmethod
    def _summed(messages: Features, values: Array) -> Array:
        """Each node's messages, in the shape of `values`: (architectures x V, units)."""
        count, nodes, _ = messages.shape
        summed = messages @ values.reshape(count, nodes, -1)
        found: Array = summed.reshape(values.shape)
        return found

    def _active(self, values: Array) -> Array:
        if self._smooth:
            return celu(values)
        np.maximum(values, 0, out=values)
        return values

    def _steepness(self, active: Array) -> Array:
        """The slopes of units with these values."""
        return celu_slope(active) if self._smooth else np.sign(active)


def _parts(vector: NDArray[Any], shapes: list[tuple[int, ...]]) -> list[NDArray[Any]]:
    """Views of a vector, in these shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(vector, ends), shapes, strict=True)]


def _of_layer(parts: list[Array], layer: int) -> list[Array]:
    return parts[PER_LAYER * layer : PER_LAYER * (layer + 1)]


def _total(values: Array) -> Array:
    """The sum over rows, as a product: faster than a reduction of few columns."""
    found: Array = np.ones(len(values), dtype=np.float32) @ values
    return found


def celu(values: Array) -> Array:
    """Values above 0 as they are, exp(x) - 1 below, elementwise."""
    below = np.minimum(values, 0)
    np.exp(below, out=below)
    below -= 1
    found: Array = np.maximum(values, below)
    return found


def celu_slope(active: Array) -> Array:
    """The slope of `celu` where it has these values, elementwise."""
    slope = np.minimum(active, 0)
    slope += 1
    return slope
