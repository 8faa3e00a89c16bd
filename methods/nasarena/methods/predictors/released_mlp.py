"""The network of the released WeakNAS: scikit-learn's MLPRegressor, computed faster with torch."""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

HIDDEN = (1000,) * 4
EPOCHS = 100
BATCH = 200
L2 = 1e-4
"""Times half the sum of squared weights over the samples of a minibatch, added to the loss."""

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
TOLERANCE, PATIENCE = 1e-4, 10
"""Training stops when more than `PATIENCE` epochs in a row did not lower the loss by at least
`TOLERANCE` below the lowest."""

PREDICTED_AT_A_TIME = 1024
"""Architectures whose hidden values are in memory at a time: 4 MB a layer."""


class ReleasedMLP:
    """Four hidden layers of 1,000 ReLUs on the released encoding, squared error, Adam.

    Makes the network that scikit-learn's `MLPRegressor(hidden_layer_sizes=(1000,) * 4,
    max_iter=100)` makes from the same random state, up to rounding: with the same first weights
    (Glorot & Bengio 2010), shuffles, minibatches, penalty, steps and stopping. It is faster:
    scikit-learn computes gradients in float64 if labels are float64, and allocates memory in every
    step; here all numbers are float32, and memory is allocated once.

    What the tests hold it to: narrow networks take as many epochs as scikit-learn's, and their
    predictions differ by 1e-4 at most. Wide networks drift apart in a full training: where
    rounding puts a unit's value on the other side of 0, only one of the two lets its gradient
    through. They stop within 8 epochs of each other, and their predictions over NAS-Bench-201 have
    a rank correlation of at least .999. Scikit-learn's own drifts alike between labels in float32
    and in float64: by 7 epochs, to a correlation of .9996, with 40 labels.

    On one thread of one processor the same state gives the same bits.

    Source: the released WeakNAS (VITA-Group/WeakNAS), which sets the layers and the epochs;
    `sklearn/neural_network/_multilayer_perceptron.py`, whose defaults are the other settings.

    Args:
        space: the space whose architectures are encoded, by `released_encoding`.
        rng: gives each fit its random state.
        hidden: units of each hidden layer.
        epochs: passes over the labelled architectures, at most.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        hidden: tuple[int, ...] = HIDDEN,
        epochs: int = EPOCHS,
    ) -> None:
        self.space = space
        self.rng = rng
        self.hidden = hidden
        self.epochs = epochs
        self.epochs_taken = 0
        """By the last fit."""
        self._network: _Network | None = None

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train from new random weights; `ids` and `targets` have shape (labelled,)."""
        # The legacy generator, as in scikit-learn: another would draw other weights.
        state = np.random.RandomState(int(self.rng.integers(2**31)))
        samples = self.space.released_encoding(ids)
        self._network = _Network((samples.shape[1], *self.hidden, 1), state)
        self.epochs_taken = _train(self._network, samples, targets, state, self.epochs)

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The predicted targets, in the shape of `ids`."""
        assert self._network is not None, "fit comes before predict"
        flat = np.asarray(ids).reshape(-1)
        predicted = np.empty(flat.size, dtype=np.float32)
        values = self._network.room(min(flat.size, PREDICTED_AT_A_TIME))
        for start in range(0, flat.size, PREDICTED_AT_A_TIME):
            some = flat[start : start + PREDICTED_AT_A_TIME]
            samples = _tensor(self.space.released_encoding(some))
            outputs = self._network.forward(samples, [room[: some.size] for room in values])
            predicted[start : start + some.size] = outputs.cpu().numpy()
        return predicted.reshape(np.shape(ids))


class _Network:
    """All parameters in one vector: the weights of all layers, then all biases.

    `layers` are views of it, one pair a layer from the input on: weights of shape (inputs,
    outputs), biases of shape (outputs,). `slopes` are the same views of the `gradient`.

    Args:
        units: of the input, the hidden layers and the output.
        state: draws the weights of a layer, then its biases, then those of the next.
    """

    def __init__(self, units: tuple[int, ...], state: np.random.RandomState) -> None:
        drawn = [_glorot(inputs, outputs, state) for inputs, outputs in pairwise(units)]
        weights = [values.ravel() for values, _ in drawn]
        self.units = units
        self.parameters = _tensor(np.concatenate([*weights, *(biases for _, biases in drawn)]))
        self.gradient = torch.empty_like(self.parameters)
        self.weight_count = sum(values.size for values in weights)
        self.layers = self._views(self.parameters)
        self.slopes = self._views(self.gradient)

    def _views(self, vector: Tensor) -> list[tuple[Tensor, Tensor]]:
        shapes = list(pairwise(self.units))
        sizes = [inputs * outputs for inputs, outputs in shapes]
        parts = torch.split(vector, [*sizes, *self.units[1:]])
        weights, biases = parts[: len(shapes)], parts[len(shapes) :]
        matrices = [part.view(shape) for part, shape in zip(weights, shapes, strict=True)]
        return list(zip(matrices, biases, strict=True))

    @property
    def weights(self) -> Tensor:
        """The parameters without the biases, in one vector."""
        return self.parameters[: self.weight_count]

    def room(self, samples: int) -> list[Tensor]:
        """Uninitialised values of every layer but the input, shape (samples, units) each."""
        return [self.parameters.new_empty(samples, units) for units in self.units[1:]]

    def forward(self, samples: Tensor, values: list[Tensor]) -> Tensor:
        """The outputs, shape (samples,); the values of all layers are written to `values`.

        `samples` has shape (samples, features), `values` are from `room`.
        """
        inputs = samples
        for (weights, biases), outputs in zip(self.layers, values, strict=True):
            torch.addmm(biases, inputs, weights, out=outputs)
            if outputs is not values[-1]:
                outputs.relu_()
            inputs = outputs
        return values[-1][:, 0]

    def backpropagate(self, samples: Tensor, wanted: Tensor, values: list[Tensor]) -> float:
        """Half the mean squared error; its gradient is written to `slopes`.

        `wanted` has shape (samples,), the others are as in `forward`.
        """
        errors = self.forward(samples, values) - wanted
        inputs = [samples, *values[:-1]]
        back = (errors / len(wanted))[:, None]
        for layer in reversed(range(len(self.layers))):
            weight_slopes, bias_slopes = self.slopes[layer]
            torch.mm(inputs[layer].T, back, out=weight_slopes)
            torch.sum(back, 0, out=bias_slopes)
            if layer > 0:
                back = torch.mm(back, self.layers[layer][0].T)
                back.mul_(inputs[layer] > 0)
        return float(errors.square().mean()) / 2


def _train(
    network: _Network,
    samples: Features,
    targets: Accuracies,
    state: np.random.RandomState,
    epochs: int,
) -> int:
    """Train on `samples`, shape (labelled, features); returns the epochs that it took."""
    encoded, wanted = _tensor(samples), _tensor(targets)
    count = len(targets)
    order = np.arange(count)
    values = network.room(min(BATCH, count))
    adam = _Adam(network)
    lowest, without_gain = np.inf, 0
    for epoch in range(1, epochs + 1):
        order = _shuffled(order, state)
        loss = 0.0
        for start in range(0, count, BATCH):
            chosen = order[start : start + BATCH]
            rooms = [room[: chosen.size] for room in values]
            penalty = L2 / chosen.size
            squares = float(network.weights.dot(network.weights))
            error = network.backpropagate(encoded[chosen], wanted[chosen], rooms)
            loss += (error + penalty * squares / 2) * chosen.size / count
            adam.step(penalty)
        without_gain = without_gain + 1 if loss > lowest - TOLERANCE else 0
        lowest = min(lowest, loss)
        if without_gain > PATIENCE:
            return epoch
    return epochs


class _Adam:
    """Adam (Kingma & Ba 2015), written out as scikit-learn has it.

    Not `torch.optim.Adam`: that corrects the bias of the second moment before it adds epsilon,
    scikit-learn after. With few labels many second moments are about as small as epsilon, so the
    two train different networks.
    """

    def __init__(self, network: _Network) -> None:
        self._network = network
        self._first = torch.zeros_like(network.parameters)
        self._second = torch.zeros_like(network.parameters)
        self._steps = 0

    def step(self, penalty: float) -> None:
        """One step; `penalty` times the weights is added to their gradient, which is used up."""
        self._steps += 1
        rate = LEARNING_RATE * np.sqrt(1 - BETA_2**self._steps) / (1 - BETA_1**self._steps)
        network, gradient = self._network, self._network.gradient
        gradient[: network.weight_count].add_(network.weights, alpha=penalty)
        self._first.lerp_(gradient, 1 - BETA_1)
        self._second.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
        root = torch.sqrt(self._second, out=gradient).add_(EPSILON)
        network.parameters.addcdiv_(self._first, root, value=-rate)


def _glorot(
    inputs: int, outputs: int, state: np.random.RandomState
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    bound = np.sqrt(6 / (inputs + outputs))
    weights = state.uniform(-bound, bound, (inputs, outputs))
    return weights, state.uniform(-bound, bound, outputs)


def _shuffled(order: NDArray[np.int64], state: np.random.RandomState) -> NDArray[np.int64]:
    """`order` shuffled as `sklearn.utils.shuffle` does."""
    places = np.arange(order.size)
    state.shuffle(places)
    return order[places]


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float32)).to(device())
