"""Neural Predictor's network: accuracy regression by graph convolutions in both directions."""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

PREDICTED_AT_A_TIME = 2048
"""Architectures whose values are in memory at a time: a few ten MB."""


class GCNRegressor:
    """A graph network fitted by squared error; predicts the targets themselves.

    Source: Wen et al., ECCV 2020: three graph convolutions of 144 units, each the mean of one
    along the data flow and one against it (neighbours and the node itself averaged, ReLU), the
    mean over the nodes, a layer of 128, an output; Adam with a cosine schedule, batches of 10,
    300 epochs, weight decay 1e-3, dropout 0.1.
    Departures: targets are on a scale of their own, so the output has no sigmoid; weight decay is
    decoupled; with a larger learning rate, 40 epochs suffice.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the weights, the batches and dropout.
        hidden: units of each convolution.
        layers: graph convolutions.
        dense: units of the layer after them.
        dropout: share of a convolution's values set to zero while training.
        epochs: in each, every labelled architecture is in one batch.
        batch: labelled architectures a step.
        learning_rate: the learning rate of the first step; it falls to zero along a half cosine.
        weight_decay: decoupled weight decay, multiplied by the learning rate.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        hidden: int = 144,
        layers: int = 3,
        dense: int = 128,
        dropout: float = 0.1,
        epochs: int = 40,
        batch: int = 10,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
    ) -> None:
        self.space = space
        self.rng = rng
        self.hidden = hidden
        self.layers = layers
        self.dense = dense
        self.dropout = dropout
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self._network: GCN | None = None

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train from new random weights; `ids` and `targets` have shape (labelled,)."""
        # Torch's global generator is put back afterwards: nothing else depends on this fit.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            node_types = len(self.space.graphs(ids[:1]).labels)
            network = self.new_network(node_types).to(device())
            self._train(network, ids, targets)
        self._network = network.eval()

    def new_network(self, node_types: int) -> "GCN":
        """A network with random weights."""
        return GCN(node_types, self.hidden, self.layers, self.dense, self.dropout)

    def optimiser(self, network: "GCN") -> torch.optim.Optimizer:
        """What trains it."""
        return torch.optim.AdamW(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )

    def _train(self, network: "GCN", ids: Ids, targets: Accuracies) -> None:
        along, against, types = _tensors(self.space, ids)
        wanted = torch.from_numpy(np.asarray(targets, dtype=np.float32)).to(device())
        optimiser = self.optimiser(network)
        batches = -(-len(ids) // self.batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimiser, T_max=self.epochs * batches
        )
        network.train()
        for _ in range(self.epochs):
            for chosen in torch.randperm(len(ids)).tensor_split(batches):
                predicted = network(along[chosen], against[chosen], types[chosen])
                loss = functional.mse_loss(predicted, wanted[chosen])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The predicted targets, in the shape of `ids`."""
        assert self._network is not None, "fit comes before predict"
        flat = np.asarray(ids).reshape(-1)
        predicted = np.empty(flat.size, dtype=np.float32)
        for start in range(0, flat.size, PREDICTED_AT_A_TIME):
            some = slice(start, start + PREDICTED_AT_A_TIME)
            with torch.no_grad():
                predicted[some] = self._network(*_tensors(self.space, flat[some])).cpu().numpy()
        return predicted.reshape(np.shape(ids))


class GCN(nn.Module):
    """The network of `GCNRegressor`, which describes the arguments."""

    def __init__(
        self, node_types: int, hidden: int, layers: int, dense: int, dropout: float
    ) -> None:
        super().__init__()
        sizes = [node_types, *[hidden] * layers]
        self.along = nn.ModuleList(_linear(a, b) for a, b in pairwise(sizes))
        self.against = nn.ModuleList(_linear(a, b) for a, b in pairwise(sizes))
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(hidden, dense)
        self.output = nn.Linear(dense, 1)
        self.node_types = node_types

    def forward(self, along: Tensor, against: Tensor, types: Tensor) -> Tensor:
        """Predictions, shape (graphs,), for graphs as `_tensors` gives them."""
        values = functional.one_hot(types, self.node_types).float()
        for with_flow, against_flow in zip(self.along, self.against, strict=True):
            values = functional.relu(along @ with_flow(values)) + functional.relu(
                against @ against_flow(values)
            )
            values = self.dropout(values / 2)
        return self.read_out(values.mean(dim=1))

    def read_out(self, pooled: Tensor) -> Tensor:
        """Predictions, shape (graphs,), from the mean values of the nodes, (graphs, hidden)."""
        predicted: Tensor = self.output(functional.relu(self.dense(pooled)))
        return predicted[:, 0]


class ReproducedGCNRegressor(GCNRegressor):
    """`GCNRegressor` as the public reproduction of Neural Predictor has it.

    There is no ReLU after the layer of 128, but dropout; that layer and the output have no bias;
    weight decay is added to the gradient. 300 epochs in batches of 10, a learning rate of 1e-4.

    Source: ultmaster/neuralpredictor.pytorch 3dda3bf, the released code of others: the authors
    released none.
    Departures: the reproduction normalises the matrix against the flow twice, which weighs
    neighbours by their own degrees; here neighbours and the node itself are averaged in both
    directions, as in the paper. Its learning rate falls after every epoch and it leaves out the
    last labels of an epoch, here it falls after every step and none is left out.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the weights, the batches and dropout.
        epochs: in each, every labelled architecture is in one batch.
        learning_rate: the learning rate of the first step.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        epochs: int = 300,
        learning_rate: float = 1e-4,
    ) -> None:
        super().__init__(space, rng, epochs=epochs, learning_rate=learning_rate)

    def new_network(self, node_types: int) -> "GCN":
        """A network with random weights."""
        return ReproducedGCN(node_types, self.hidden, self.layers, self.dense, self.dropout)

    def optimiser(self, network: "GCN") -> torch.optim.Optimizer:
        """Adam, whose weight decay is a part of the gradient."""
        return torch.optim.Adam(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )


class ReproducedGCN(GCN):
    """The network of `ReproducedGCNRegressor`."""

    def __init__(
        self, node_types: int, hidden: int, layers: int, dense: int, dropout: float
    ) -> None:
        super().__init__(node_types, hidden, layers, dense, dropout)
        self.dense = nn.Linear(hidden, dense, bias=False)
        self.output = nn.Linear(dense, 1, bias=False)

    def read_out(self, pooled: Tensor) -> Tensor:
        """As in `GCN`: linear, with dropout between the layers."""
        predicted: Tensor = self.output(self.dropout(self.dense(pooled)))
        return predicted[:, 0]


def _linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.xavier_uniform_(layer.weight)
    return layer


def _tensors(space: CategoricalSpace, ids: Ids) -> tuple[Tensor, Tensor, Tensor]:
    """What each node averages along and against the data flow, and the node types.

    Shapes (architectures, V, V) twice, rows summing to one, and (architectures, V).
    """
    graphs = space.graphs(ids)
    itself = np.eye(graphs.nodes.shape[1], dtype=np.float32)
    feeds = graphs.adjacency + itself
    fed_by = graphs.adjacency.transpose(0, 2, 1) + itself
    along, against = (
        torch.from_numpy(matrix / matrix.sum(axis=2, keepdims=True)).to(device())
        for matrix in (fed_by, feeds)
    )
    return along, against, torch.from_numpy(graphs.nodes).to(device())
