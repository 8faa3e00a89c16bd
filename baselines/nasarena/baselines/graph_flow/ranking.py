"""Predictors that are trained to order pairs of architectures."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nasarena.baselines.graph_flow.network import FlowNetwork
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.graphs import Graphs

MARGIN = 0.1
"""By how much the better of a pair should be ahead."""

PREDICTED_AT_A_TIME = 4096
"""Architectures whose values are in memory at a time: below 100 MB."""


class PairRanking(ABC):
    """A flow network that is trained by the hinge loss of pairs; predicts an order.

    The loss is the mean, over all pairs of a batch whose labels differ, of what the better one is
    less than 0.1 ahead of the other. The outputs have no scale of their own. `predict` moves and
    stretches them, so that those of the labelled have the mean and the deviation of the targets.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the weights, the batches and dropout.
        epochs: in each, every labelled architecture is in one batch.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator, epochs: int) -> None:
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1, not {epochs}")
        self.space = space
        self.rng = rng
        self.epochs = epochs
        self._network: FlowNetwork | None = None
        self._shift, self._scale = 0.0, 1.0

    @abstractmethod
    def new_network(self, node_types: int) -> FlowNetwork:
        """A network with random weights."""

    @abstractmethod
    def new_optimiser(self, network: FlowNetwork) -> torch.optim.Optimizer:
        """What trains it."""

    @abstractmethod
    def lowest_rate(self) -> float:
        """Where the optimiser's learning rate falls to, along a half cosine from epoch to epoch."""

    @abstractmethod
    def batch(self, labelled: int) -> int:
        """Architectures a step, at most, with so many labels."""

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train from new random weights; `ids` and `targets` have shape (labelled,).

        With a single architecture, or equal labels, there is no pair and nothing to learn.
        """
        # Torch's global generator is put back afterwards: nothing else depends on this fit.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            graphs = self.space.graphs(ids)
            network = self.new_network(len(graphs.labels)).to(device())
            network.train()
            self._train(network, graphs, np.asarray(targets))
        self._network = network.eval()
        self._shift, self._scale = 0.0, 1.0
        outputs = self.predict(ids)
        spread = float(outputs.std())
        self._scale = float(np.std(targets)) / spread if spread > 0 else 1.0
        self._shift = float(np.mean(targets)) - self._scale * float(outputs.mean())

    def _train(self, network: FlowNetwork, graphs: Graphs, targets: Accuracies) -> None:
        optimiser = self.new_optimiser(network)
        lowest, highest = self.lowest_rate(), optimiser.param_groups[0]["lr"]
        count = len(targets)
        batches = -(-count // self.batch(count))
        for epoch in range(self.epochs):
            share = (1 + np.cos(np.pi * epoch / self.epochs)) / 2
            for group in optimiser.param_groups:
                group["lr"] = lowest + (highest - lowest) * share
            for chosen in np.array_split(torch.randperm(count).numpy(), batches):
                better = targets[chosen][:, None] > targets[chosen]
                if not better.any():
                    continue
                some = Graphs(graphs.adjacency[chosen], graphs.nodes[chosen], graphs.labels)
                outputs = network(some)
                loss = hinge_loss(outputs, torch.from_numpy(better).to(device()))
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """Numbers in the order of the predictions, in the shape of `ids`: higher is better."""
        assert self._network is not None, "fit comes before predict"
        flat = np.asarray(ids).reshape(-1)
        predicted = np.empty(flat.size, dtype=np.float32)
        for start in range(0, flat.size, PREDICTED_AT_A_TIME):
            some = slice(start, start + PREDICTED_AT_A_TIME)
            graphs = self.space.graphs(flat[some])
            with torch.no_grad():
                outputs = self._network.outputs(graphs)
            predicted[some] = outputs.cpu().numpy()
        scaled = predicted * np.float32(self._scale) + np.float32(self._shift)
        return scaled.reshape(np.shape(ids))


def hinge_loss(outputs: Tensor, better: Tensor) -> Tensor:
    """The mean of max(0, margin - lead) over the pairs whose first is `better` than the second.

    `outputs` has shape (graphs,), `better` (graphs, graphs), with at least one pair.
    """
    lead = outputs[:, None] - outputs
    return (functional.relu(MARGIN - lead) * better).sum() / better.sum()
