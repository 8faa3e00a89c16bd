"""AceNAS's graph network: pre-trained on free statistics, fine-tuned to rank."""

from copy import deepcopy
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasarena.baselines.acenas.ranking import ndcg
from nasarena.suite.arrays import Features, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

HIDDEN, LAYERS, KEPT, DENSE, DROPOUT = 64, 4, 10, 128, 0.5
BATCH, PATIENCE = 20, 50
PRETRAINING_RATE, FINE_TUNING_RATE, WEIGHT_DECAY = 1e-3, 5e-3, 5e-4
PREDICTED_AT_A_TIME = 4096
"""Architectures whose values are in memory at a time."""


class RankingGCN:
    """A graph network whose output orders architectures.

    Args:
        space: the space, whose `graphs` are read.
        rng: draws the weights, the batches and dropout.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator) -> None:
        self.space = space
        self.rng = rng
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            types = len(space.graphs(np.zeros(1, dtype=np.int64)).labels)
            self.network = Network(types).to(device())

    def pretrain(self, ids: Ids, statistics: Features, epochs: int) -> None:
        """Learn statistics, shape (architectures, statistics), a head each; keep the first head."""
        wanted = torch.from_numpy(statistics).to(device())
        matrices, types = _tensors(self.space, ids)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            others = nn.ModuleList(_head() for _ in range(statistics.shape[1] - 1)).to(device())
            weights = [*self.network.parameters(), *others.parameters()]
            adam = torch.optim.Adam(weights, lr=PRETRAINING_RATE)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=epochs)
            self.network.train()
            for _ in range(epochs):
                for chosen in _batches(len(ids)):
                    embedded = self.network.embed(matrices[chosen], types[chosen])
                    heads = [self.network.head, *others]
                    predicted = torch.cat([head(embedded) for head in heads], dim=1)
                    loss = functional.mse_loss(predicted, wanted[chosen])
                    adam.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    adam.step()
                schedule.step()

    def rank(self, ids: Ids, wanted: NDArray[np.float64], epochs: int) -> None:
        """Train on from the present weights to order by relevance, shape (labelled,).

        It stops when NDCG over the labelled did not rise for 50 epochs; the best weights are kept.
        """
        relevant = torch.from_numpy(wanted.astype(np.float32)).to(device())
        matrices, types = _tensors(self.space, ids)
        best, since, kept = 0.0, 0, deepcopy(self.network.state_dict())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            adam = torch.optim.Adam(
                self.network.parameters(), lr=FINE_TUNING_RATE, weight_decay=WEIGHT_DECAY
            )
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=epochs)
            self.network.train()
            for _ in range(epochs):
                seen = np.empty(len(ids), dtype=np.float32)
                for chosen in _batches(len(ids)):
                    predicted = self.network(matrices[chosen], types[chosen])
                    adam.zero_grad()
                    predicted.backward(lambda_slopes(predicted.detach(), relevant[chosen]))
                    adam.step()
                    seen[chosen.numpy()] = predicted.detach().cpu().numpy()
                schedule.step()
                reached = ndcg(seen, wanted)
                since += 1
                if reached > best:
                    best, since, kept = reached, 0, deepcopy(self.network.state_dict())
                elif since >= PATIENCE:
                    break
        self.network.load_state_dict(kept)

    def predict(self, ids: Ids) -> Features:
        """Numbers that order the architectures, the highest first, shape (architectures,)."""
        self.network.eval()
        predicted: Features = np.empty(len(ids), dtype=np.float32)
        for start in range(0, len(ids), PREDICTED_AT_A_TIME):
            some = slice(start, start + PREDICTED_AT_A_TIME)
            with torch.no_grad():
                values = self.network(*_tensors(self.space, ids[some]))
            predicted[some] = values.cpu().numpy()
        return predicted


class Network(nn.Module):
    """Graph convolutions, sort pooling, and a head.

    Four convolutions of 64 units, each followed by ReLU. Sort pooling, as DGL has it, sorts the
    units of every node and keeps the ten nodes whose largest unit is highest, in this order (zeros
    where there are fewer); a convolution over each of them, the maximum of every two and a
    convolution over the five maxima make 64 numbers, a linear layer 128. The head has a layer of
    128 with ReLU and dropout.

    Args:
        types: node types.
    """

    def __init__(self, types: int) -> None:
        super().__init__()
        self.types = types
        sizes = pairwise([types, *[HIDDEN] * LAYERS])
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in sizes)
        self.of_nodes = nn.Linear(HIDDEN, HIDDEN // 2)
        self.of_pairs = nn.Linear(HIDDEN // 2 * (KEPT // 2), HIDDEN)
        self.fuse = nn.Linear(HIDDEN, DENSE)
        self.head = _head()

    def embed(self, matrices: Tensor, types: Tensor) -> Tensor:
        """Embeddings, shape (graphs, 128), of graphs as `_tensors` gives them."""
        values = functional.one_hot(types, self.types).float()
        for layer in self.layers:
            values = functional.relu(matrices @ layer(values))
        values = values.sort(dim=2).values
        order = values[:, :, -1].argsort(dim=1, descending=True, stable=True)[:, :KEPT]
        kept = values.gather(1, order[:, :, None].expand(-1, -1, HIDDEN))
        kept = functional.pad(kept, (0, 0, 0, KEPT - kept.shape[1]))
        pairs = functional.relu(self.of_nodes(kept))
        pairs = pairs.view(len(types), KEPT // 2, 2, -1).amax(dim=2)
        pooled = functional.relu(self.of_pairs(pairs.flatten(1)))
        embedded: Tensor = self.fuse(pooled)
        return embedded

    def forward(self, matrices: Tensor, types: Tensor) -> Tensor:
        """The outputs, shape (graphs,)."""
        outputs: Tensor = self.head(self.embed(matrices, types))[:, 0]
        return outputs


def lambda_slopes(predicted: Tensor, wanted: Tensor) -> Tensor:
    """The slope of the ranking loss in each prediction; both have shape (batch,).

    For i more relevant than j the slope in i falls, and that in j rises, by the chance that the
    prediction has them the other way round, times the change of NDCG if they changed places. The
    places are those of the relevance itself, the least relevant first, as released; in LambdaRank
    they are those of the predictions, the highest first.
    """
    best_first = torch.sort(wanted, descending=True).values
    places = torch.arange(1, len(wanted) + 1, device=wanted.device, dtype=wanted.dtype)
    ideal = ((2**best_first - 1) / torch.log2(places + 1)).sum()
    if ideal == 0:
        return torch.zeros_like(predicted)
    rank = torch.empty_like(places)
    rank[torch.sort(wanted, stable=True).indices] = places
    discount = 1 / torch.log2(rank + 1)
    gain = 2**wanted
    change = ((gain[:, None] - gain) * (discount[:, None] - discount)).abs() / ideal
    sign = torch.sign(wanted[:, None] - wanted)
    lost = torch.sigmoid(predicted - predicted[:, None])
    return ((0.5 * (1 - sign) - lost) * change).sum(dim=1)


def _head() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(DENSE, DENSE), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(DENSE, 1)
    )


def _batches(count: int) -> tuple[Tensor, ...]:
    return torch.randperm(count).tensor_split(-(-count // BATCH))


def _tensors(space: CategoricalSpace, ids: Ids) -> tuple[Tensor, Tensor]:
    """What each node sums, with self-loops and divided by the root of both degrees, and the types.

    Shapes (architectures, V, V), where a node reads those that feed it, and (architectures, V).
    """
    graphs = space.graphs(ids)
    fed_by = graphs.adjacency.transpose(0, 2, 1) | np.eye(graphs.nodes.shape[1], dtype=np.bool_)
    inputs, outputs = fed_by.sum(axis=2), fed_by.sum(axis=1)
    scaled = fed_by / np.sqrt(inputs[:, :, None] * outputs[:, None, :])
    matrices = torch.from_numpy(scaled.astype(np.float32)).to(device())
    return matrices, torch.from_numpy(graphs.nodes).to(device())
