"""BONAS's graph network, whose global node is the embedding of an architecture."""

from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasarena.baselines.brp_nas.equal_nodes import gathers
from nasarena.suite.arrays import Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

HIDDEN, LAYERS = 64, 4
LEARNING_RATE, BATCH = 1e-3, 128
EMBEDDED_AT_A_TIME = 4096
"""Architectures whose graphs are in memory at a time."""


class EmbeddingGCN:
    """Graph convolutions fitted to accuracies; gives the values of the global node.

    Four convolutions of 64 units on the graph with self-loops, not normalised: a node sums the
    values of the nodes that feed it, and its own. Each is followed by BatchNorm and ReLU. A global
    node reads all nodes, and no node reads it. A linear layer and a sigmoid on its last value
    predict the accuracy. The loss is the mean of exp(y - 1) (p - y)^2, so that good architectures
    weigh more. Adam, batches of 128.

    Args:
        space: the space whose architectures are embedded, by `graphs`.
        rng: draws the weights and the batches.
        epochs: of the training.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator, epochs: int) -> None:
        self.space = space
        self.rng = rng
        self.epochs = epochs
        self._network: Network | None = None

    def fit(self, ids: Ids, targets: NDArray[np.floating]) -> None:
        """Train from new random weights; `targets` are accuracies between 0 and 1."""
        reads, types = _read_by(self.space, ids)
        tensors = [torch.from_numpy(values).to(device()) for values in (reads, types, targets)]
        matrices, kinds, wanted = tensors[0].float(), tensors[1], tensors[2].float()
        # Torch's global generator is put back afterwards: nothing else depends on this fit.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            network = Network(len(self.space.graphs(ids[:1]).labels) + 1).to(device())
            adam = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
            for _ in range(self.epochs):
                for chosen in torch.randperm(len(ids)).tensor_split(-(-len(ids) // BATCH)):
                    predicted = network(matrices[chosen], kinds[chosen])
                    loss = weighted_loss(predicted, wanted[chosen])
                    adam.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    adam.step()
        self._network = network.eval()

    def embed(self, ids: Ids) -> NDArray[np.float32]:
        """The embeddings, shape (architectures, 64)."""
        assert self._network is not None, "fit comes before embed"
        found = np.empty((len(ids), HIDDEN), dtype=np.float32)
        for start in range(0, len(ids), EMBEDDED_AT_A_TIME):
            some = slice(start, start + EMBEDDED_AT_A_TIME)
            with torch.no_grad():
                embedded = self._network.embed_all(*_read_by(self.space, ids[some]))
            found[some] = embedded.cpu().numpy()
        return found


class Network(nn.Module):
    """The network of `EmbeddingGCN`.

    Args:
        node_types: of the space, and one for the global node.
    """

    def __init__(self, node_types: int) -> None:
        super().__init__()
        sizes = pairwise([node_types, *[HIDDEN] * LAYERS])
        self.linear = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in sizes)
        for layer in self._weights():
            nn.init.uniform_(layer.weight, -0.05, 0.05)
        self.norms = nn.ModuleList(nn.BatchNorm1d(HIDDEN) for _ in range(LAYERS))
        self.output = nn.Linear(HIDDEN, 1)

    def forward(self, reads: Tensor, types: Tensor) -> Tensor:
        """Predicted accuracies, shape (graphs,), of graphs as `_read_by` gives them."""
        first, *others = self._weights()
        values = reads @ functional.embedding(types, first.weight.T)
        values = self._normed(0, values)
        for place, layer in enumerate(others, start=1):
            values = self._normed(place, reads @ layer(values))
        predicted: Tensor = torch.sigmoid(self.output(values[:, 0]))[:, 0]
        return predicted

    def embed_all(self, reads: NDArray[np.bool_], types: NDArray[np.int64]) -> Tensor:
        """The values of the global nodes after training, computing equal nodes once."""
        steps, position = gathers(reads, types, LAYERS)
        values: Tensor | None = None
        for place, (layer, step) in enumerate(zip(self._weights(), steps, strict=True)):
            sources, offsets = (
                torch.from_numpy(part).to(device()) for part in (step.sources, step.offsets)
            )
            weighted = layer.weight.T if values is None else layer(values)
            sums = functional.embedding_bag(sources, weighted, offsets, mode="sum")
            values = self._normed(place, sums)
        assert values is not None
        return values[torch.from_numpy(position).to(device())]

    def _normed(self, place: int, sums: Tensor) -> Tensor:
        values: Tensor = self.norms[place](sums.flatten(0, -2))
        return functional.relu(values).view(sums.shape)

    def _weights(self) -> list[nn.Linear]:
        return cast(list[nn.Linear], list(self.linear))


def weighted_loss(predicted: Tensor, wanted: Tensor) -> Tensor:
    """The mean of exp(y - 1) (p - y)^2 over accuracies y and predictions p, between 0 and 1."""
    return (torch.exp(wanted - 1) * (predicted - wanted).square()).mean()


def _read_by(space: CategoricalSpace, ids: Ids) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Architectures with the global node before the others: what each node reads, and its type.

    Shapes (architectures, 1 + V, 1 + V) and (architectures, 1 + V). A node reads itself and those
    that feed it; the global node, of the type after the space's, reads all.
    """
    graphs = space.graphs(ids)
    count, nodes = graphs.nodes.shape
    reads = np.zeros((count, 1 + nodes, 1 + nodes), dtype=np.bool_)
    reads[:, 1:, 1:] = graphs.adjacency.transpose(0, 2, 1) | np.eye(nodes, dtype=np.bool_)
    reads[:, 0] = True
    types = np.concatenate([np.full((count, 1), len(graphs.labels)), graphs.nodes], axis=1)
    return reads, types
