"""arch2vec's variational graph autoencoder, and the embeddings that it gives a space."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nasarena.suite.arrays import Features, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

HIDDEN, LAYERS, LATENT = 128, 4, 16
DROPOUT, LEARNING_RATE, BATCH, LONGEST_GRADIENT = 0.3, 1e-3, 32, 5.0
SEED = 2006_06936
"""All runs share one pre-training, as in the release: it does not depend on a run's seed."""

EMBEDDED_AT_A_TIME = 4096
"""Architectures whose values are in memory at a time."""


class Encoder:
    """Embeddings of architectures by an autoencoder that has seen no label.

    A graph isomorphism network on the undirected graph (4 layers of 128 units, each a network of
    two linear layers, with BatchNorm) gives a normal distribution over 16 numbers for each node.
    From a draw, a linear layer and a sigmoid reconstruct the operations, and the sigmoid of inner
    products the edges. The loss is the binary cross-entropy of both, of edges above the diagonal
    alone, and the divergence from the standard normal. The mean over the nodes of the
    distributions' means is the embedding.

    Source: Yan et al., NeurIPS 2020, and the released code (MSU-MLSys-Lab/arch2vec ea01b0c): Adam
    1e-3 on gradients of length 5 at most, batches of 32, dropout 0.3 in the decoder, 10 passes over
    90 % of NAS-Bench-201. The cross-entropy of edges is divided by all places of the matrix.
    Departures: a pass is over at most `sample` architectures, drawn uniformly, so that the cost
    does not grow with the space; there are 10 passes in every space (the release makes 8 over
    NAS-Bench-101). Every pass trains as the first does; the release evaluates after
    it and then goes on without noise, dropout and new statistics of BatchNorm. How the divergence
    is weighted is our reading: its mean over nodes and graphs, divided by both numbers.

    Args:
        space: the space, whose `graphs` are encoded.
        epochs: passes over the sample.
        sample: architectures that are trained on, at most 90 % of the space.
    """

    def __init__(self, space: CategoricalSpace, epochs: int, sample: int) -> None:
        self.space = space
        rng = np.random.default_rng(SEED)
        ids = space.sample(max(2, min(sample, int(0.9 * min(space.size, 10 * sample)))), rng)
        adjacency, types, labels = _tensors(space, ids)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            self._network = Autoencoder(labels).to(device())
            adam = torch.optim.Adam(self._network.parameters(), lr=LEARNING_RATE)
            for _ in range(epochs):
                for chosen in torch.randperm(len(ids)).tensor_split(-(-len(ids) // BATCH)):
                    loss = self._network.loss(adjacency[chosen], types[chosen])
                    adam.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    nn.utils.clip_grad_norm_(self._network.parameters(), LONGEST_GRADIENT)
                    adam.step()
        self._network.eval()

    def embed(self, ids: Ids) -> Features:
        """The embeddings, shape (architectures, 16)."""
        found: Features = np.empty((len(ids), LATENT), dtype=np.float32)
        for start in range(0, len(ids), EMBEDDED_AT_A_TIME):
            some = slice(start, start + EMBEDDED_AT_A_TIME)
            with torch.no_grad():
                adjacency, types, _ = _tensors(self.space, ids[some])
                means, _ = self._network.encode(adjacency, types)
                found[some] = means.mean(dim=1).cpu().numpy()
        return found


@lru_cache(maxsize=2)
def encoder(space: CategoricalSpace, epochs: int, sample: int) -> Encoder:
    """The trained encoder of a space, once in a process."""
    return Encoder(space, epochs, sample)


@lru_cache(maxsize=2)
def space_embeddings(space: CategoricalSpace, epochs: int, sample: int) -> Features:
    """The embeddings of all architectures of a space, shape (architectures, 16), read-only."""
    found = encoder(space, epochs, sample).embed(np.arange(space.size))
    found.flags.writeable = False
    return found


class Autoencoder(nn.Module):
    """The network of `Encoder`.

    Args:
        labels: node types.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.labels = labels
        self.own = nn.Parameter(torch.zeros(LAYERS))
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Linear(labels if layer == 0 else HIDDEN, HIDDEN),
                nn.BatchNorm1d(HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, HIDDEN),
                nn.BatchNorm1d(HIDDEN),
                nn.ReLU(),
            )
            for layer in range(LAYERS)
        )
        self.mean = nn.Linear(HIDDEN, LATENT)
        self.log_deviation = nn.Linear(HIDDEN, LATENT)
        self.dropout = nn.Dropout(DROPOUT)
        self.operations = nn.Linear(LATENT, labels)

    def encode(self, adjacency: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of deviations of the nodes, each shape (graphs, V, 16)."""
        values = functional.one_hot(types, self.labels).float()
        for own, layer in zip(self.own, self.layers, strict=True):
            sums = (1 + own) * values + adjacency @ values
            values = layer(sums.flatten(0, 1)).view(*types.shape, HIDDEN)
        return self.mean(values), self.log_deviation(values)

    def loss(self, adjacency: Tensor, types: Tensor) -> Tensor:
        """The loss of one batch, of symmetric matrices (graphs, V, V) and types (graphs, V)."""
        means, logs = self.encode(adjacency, types)
        drawn = self.dropout(means + logs.exp() * torch.randn_like(means))
        named = self.operations(drawn)
        joined = drawn @ drawn.transpose(1, 2)
        wanted = functional.one_hot(types, self.labels).float()
        edges = functional.binary_cross_entropy_with_logits(joined, adjacency, reduction="none")
        surprise = functional.binary_cross_entropy_with_logits(named, wanted) + edges.triu(1).mean()
        divergence = (means.square() + (2 * logs).exp() - 2 * logs - 1).sum(dim=2).mean() / 2
        total: Tensor = surprise + divergence / types.numel()
        return total


def _tensors(space: CategoricalSpace, ids: Ids) -> tuple[Tensor, Tensor, int]:
    """Symmetric matrices without self-loops, node types, and how many types there are."""
    graphs = space.graphs(ids)
    joined = graphs.adjacency | graphs.adjacency.transpose(0, 2, 1)
    return (
        torch.from_numpy(joined).to(device()).float(),
        torch.from_numpy(graphs.nodes).to(device()),
        len(graphs.labels),
    )
