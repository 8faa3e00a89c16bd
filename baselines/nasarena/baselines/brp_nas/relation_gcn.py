"""BRP-NAS's binary relation predictor: a graph network that compares two architectures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasarena.baselines.brp_nas.equal_nodes import gathers
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

PREDICTED_AT_A_TIME = 4096
"""Architectures whose values are in memory at a time: below 200 MB."""

EARLIEST_STOP = 20
"""Epochs before early stopping begins to count, as released."""


class RelationGCN:
    """Fitted on labelled architectures; predicts their order from comparisons of pairs.

    The network (Dudziak et al., NeurIPS 2020, and the released code): graph convolutions on the
    operations' graph with self-loops, not normalised, each with LayerNorm, ReLU and dropout; a node
    reads the nodes that it feeds. A global node reads all nodes, and no node reads it; its last
    value is the architecture's embedding. A linear layer on two embeddings and a log-softmax give
    the probability that the first is better, fitted by Kullback-Leibler divergence to the softmax
    of the pair's targets, with AdamW and a learning rate that falls to 0 along a cosine.

    The comparator is a sum: with Linear(2h, 2), the log-odds of i against j are
    u(i) + v(j) + constant, each a linear function of one embedding. Averaged over both ways of
    asking, i beats j by s(i) - s(j) with s = (u - v) / 2: one number an architecture, whose order
    is the comparator's and transitive. `predict` answers it, shifted to the fitted targets'
    mean; as the log-odds are fitted to differences of targets, it is on their scale.

    Departures: every step embeds a block of graphs once and takes all their ordered pairs, in
    float32 and with a larger learning rate, instead of 64 pairs embedded one by one in float64;
    early stopping looks at the loss of the steps (with dropout), from the first epoch on; the first
    layer's weights start larger (the release's are `ReleasedRelationGCN`'s).

    Args:
        space: the space whose architectures are compared.
        rng: draws the weights, the blocks and dropout.
        hidden: units of each layer.
        layers: graph convolutions.
        dropout: share of a layer's values set to zero while training.
        epochs: epochs of `fit`; in each, every labelled architecture is in one block.
        block: labelled architectures whose pairs make a step.
        learning_rate: the learning rate of the first epoch.
        weight_decay: decoupled weight decay, multiplied by the learning rate.
        patience: epochs without a smaller loss, after 20, after which training stops.
    """

    dtype = torch.float32

    def __init__(
        self,
        space: CategoricalSpace,
        rng: np.random.Generator,
        hidden: int = 600,
        layers: int = 4,
        dropout: float = 0.2,
        epochs: int = 60,
        block: int = 20,
        learning_rate: float = 1e-3,
        weight_decay: float = 5e-4,
        patience: int = 35,
    ) -> None:
        self.space = space
        self.rng = rng
        self.hidden = hidden
        self.layers = layers
        self.dropout = dropout
        self.epochs = epochs
        self.block = block
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.patience = patience
        self._network: RelationNetwork | None = None
        self._shift = 0.0

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Train from new random weights; `ids` and `targets` have shape (labelled,)."""
        self._network = None
        self.train(ids, targets, self.epochs)

    def train(self, ids: Ids, targets: Accuracies, epochs: int) -> None:
        """Train on from the present weights (new ones before the first time).

        Optimiser and schedule are new. With fewer than two architectures there is no pair, and
        nothing to learn.
        """
        with _random(self.rng):
            if self._network is None:
                node_types = len(self.space.graphs(ids[:1]).labels) + 1
                self._network = self.new_network(node_types).to(device(), self.dtype)
            if len(ids) > 1:
                self._network.train()
                self._train(self._network, ids, targets, epochs)
            self._network.eval()
        self._shift = 0.0
        self._shift = float(np.mean(targets) - self.predict(ids).mean())

    def new_network(self, node_types: int) -> "RelationNetwork":
        """A network with random weights, for node types with that of the global node."""
        return RelationNetwork(node_types, self.hidden, self.layers, self.dropout)

    def read_by(self, ids: Ids) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """What each node of the architectures reads, and its type, as `read_by`."""
        return read_by(self.space, ids)

    def _train(
        self, network: "RelationNetwork", ids: Ids, targets: Accuracies, epochs: int
    ) -> None:
        reads, types = self.read_by(ids)
        reads_all, types_all = tensor(reads).float(), tensor(types)
        wanted = tensor(np.asarray(targets, dtype=np.float32))
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)
        blocks = -(-len(ids) // self.block)
        lowest, since = np.inf, 0
        for epoch in range(epochs):
            loss_sum = 0.0
            for chosen in torch.randperm(len(ids)).tensor_split(blocks):
                embedded = network(reads_all[chosen], types_all[chosen])
                loss = relation_loss(*network.log_odds(embedded), wanted[chosen])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                loss_sum += loss.item()
            schedule.step()
            if loss_sum < lowest:
                lowest, since = loss_sum, 0
            elif epoch > EARLIEST_STOP:
                since += 1
                if since >= self.patience:
                    break

    def predict(self, ids: Ids) -> NDArray[np.float32]:
        """The comparator's order as numbers, in the shape of `ids`: higher is better."""
        first, second = self.log_odds(ids)
        return ((first - second) / 2 + self._shift).astype(np.float32)

    def log_odds(self, ids: Ids) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The two parts of the comparator, each in the shape of `ids`.

        The log-odds that architecture i is better than j, asked in this order, are
        `first[i] + second[j]`.
        """
        assert self._network is not None, "fit comes before predict"
        flat = np.asarray(ids).reshape(-1)
        parts: list[tuple[Tensor, Tensor]] = []
        for start in range(0, flat.size, PREDICTED_AT_A_TIME):
            reads, types = self.read_by(flat[start : start + PREDICTED_AT_A_TIME])
            with torch.no_grad():
                parts.append(self._network.log_odds(self._network.embed_all(reads, types)))
        first, second = (torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True))
        return first.reshape(np.shape(ids)), second.reshape(np.shape(ids))


class Convolution(nn.Module):
    """One graph convolution's weights; callers sum over what a node reads.

    Args:
        inputs: units of the layer before, or node types.
        hidden: units.
        spread: the first weights are uniform within one over its root.
    """

    def __init__(self, inputs: int, hidden: int, spread: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(hidden, inputs).uniform_(-1, 1) / spread**0.5)
        self.bias = nn.Parameter(torch.empty(hidden).uniform_(-1, 1) / hidden**0.5)
        self.norm = nn.LayerNorm(hidden)

    def normed(self, sums: Tensor) -> Tensor:
        """Sums of weighted inputs, shape (..., hidden), made the layer's values."""
        values: Tensor = functional.relu(self.norm(sums + self.bias))
        return values


class RelationNetwork(nn.Module):
    """The graph convolutions and the comparing layer.

    Args:
        node_types: of the space, and one for the global node.
        hidden: units of each layer.
        layers: graph convolutions, at least two.
        dropout: share of a layer's values set to zero while training.
        as_released: the first weights of every layer are uniform within one over the root of
            `hidden`; otherwise of the layer's inputs, which is larger in the first layer.
    """

    def __init__(
        self,
        node_types: int,
        hidden: int,
        layers: int,
        dropout: float,
        as_released: bool = False,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        sizes = [node_types, *[hidden] * (layers - 1)]
        self.convolutions = nn.ModuleList(
            Convolution(inputs, hidden, hidden if as_released else inputs) for inputs in sizes
        )
        self.head = nn.Linear(2 * hidden, 2)

    def forward(self, reads: Tensor, types: Tensor) -> Tensor:
        """The embeddings, shape (graphs, hidden), of graphs as `read_by` gives them."""
        # Summing over what is read and multiplying by the weights may change places: in the last
        # layer, where one node is wanted, it is summed first, in the others the weights come first.
        first, *others = self._layers()
        last = others.pop()
        weighted = functional.embedding(types, self.by_type(first))
        values = self._dropped(first.normed(reads @ weighted))
        for layer in others:
            values = self._dropped(layer.normed(reads @ (values @ layer.weight.T)))
        global_sum = (reads[:, :1] @ values)[:, 0]
        return self._dropped(last.normed(global_sum @ last.weight.T))

    def embed_all(self, reads: NDArray[np.bool_], types: NDArray[np.int64]) -> Tensor:
        """What `forward` gives without dropout, computing equal nodes once."""
        steps, position = gathers(reads, types, len(self.convolutions))
        sums = [(tensor(step.sources), tensor(step.offsets)) for step in steps]
        first, *others = self._layers()
        last = others.pop()
        values = first.normed(
            functional.embedding_bag(sums[0][0], self.by_type(first), sums[0][1], mode="sum")
        )
        for layer, (sources, offsets) in zip(others, sums[1:-1], strict=True):
            values = layer.normed(
                functional.embedding_bag(sources, values @ layer.weight.T, offsets, mode="sum")
            )
        global_sums = functional.embedding_bag(sums[-1][0], values, sums[-1][1], mode="sum")
        return last.normed(global_sums @ last.weight.T)[tensor(position)]

    def by_type(self, first: "Convolution") -> Tensor:
        """What a node of each type gives to those that read it, shape (types, hidden)."""
        return first.weight.T

    def _layers(self) -> list["Convolution"]:
        return cast(list[Convolution], list(self.convolutions))

    def _dropped(self, values: Tensor) -> Tensor:
        return functional.dropout(values, self.dropout, self.training)

    def log_odds(self, embedded: Tensor) -> tuple[Tensor, Tensor]:
        """The parts of the log-odds that belong to the first and to the second of a pair.

        Both of shape (graphs,); the constant is in the first.
        """
        difference = self.head.weight[0] - self.head.weight[1]
        constant = self.head.bias[0] - self.head.bias[1]
        hidden = embedded.shape[-1]
        return embedded @ difference[:hidden] + constant, embedded @ difference[hidden:]


def relation_loss(first: Tensor, second: Tensor, targets: Tensor) -> Tensor:
    """The mean divergence of predicted from target comparisons over all ordered pairs.

    For i and j different, KL(softmax(t_i, t_j) || softmax(z)) where the log-odds of z are
    first_i + second_j. All three have shape (graphs,), at least two graphs.
    """
    divergence = pair_divergence(
        first[:, None] + second[None, :], targets[:, None] - targets[None, :]
    )
    pairs = len(targets) * (len(targets) - 1)
    return (divergence.sum() - divergence.diagonal().sum()) / pairs


def pair_divergence(predicted: Tensor, wanted: Tensor) -> Tensor:
    """KL(wanted || predicted) of comparisons given as log-odds, elementwise."""
    share = torch.sigmoid(wanted)
    won = share * (functional.logsigmoid(wanted) - functional.logsigmoid(predicted))
    lost = (1 - share) * (functional.logsigmoid(-wanted) - functional.logsigmoid(-predicted))
    return won + lost


def read_by(space: CategoricalSpace, ids: Ids) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Architectures with the global node before the others: what each node reads, and its type.

    Shapes (architectures, 1 + V, 1 + V) and (architectures, 1 + V). A node reads itself and those
    that it feeds; the global node, of the type after the space's, reads all.
    """
    graphs = space.graphs(ids)
    count, nodes = graphs.nodes.shape
    reads = np.zeros((count, 1 + nodes, 1 + nodes), dtype=np.bool_)
    reads[:, 1:, 1:] = graphs.adjacency | np.eye(nodes, dtype=np.bool_)
    reads[:, 0] = True
    types = np.concatenate([np.full((count, 1), len(graphs.labels)), graphs.nodes], axis=1)
    return reads, types


def tensor(values: NDArray[Any]) -> Tensor:
    """An array as a tensor on the device of the run."""
    return torch.from_numpy(values).to(device())


@contextmanager
def _random(rng: np.random.Generator) -> Iterator[None]:
    """Torch's global generator, seeded from `rng` and put back afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        yield
