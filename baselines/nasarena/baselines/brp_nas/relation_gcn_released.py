"""The relation predictor with the length of training and the size of steps of its release."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nasarena.baselines.brp_nas.pruned_graphs import pruned_edges
from nasarena.baselines.brp_nas.relation_gcn import (
    EARLIEST_STOP,
    Convolution,
    RelationGCN,
    RelationNetwork,
    read_by,
    relation_loss,
    tensor,
)
from nasarena.suite.arrays import Accuracies, Ids


class ReleasedRelationGCN(RelationGCN):
    """`RelationGCN` with the start and the training of the release.

    The first weights of every layer are uniform within one over the root of its outputs (600), the
    first layer's, too. A step takes few pairs; an epoch uses as many ordered pairs as there are.
    Early stopping looks at the loss over all pairs after an epoch, without dropout, and takes its
    first best after epoch 21.

    With `pruned`, the nodes of `none` and `skip`, and those that are not on a path from the input
    to the output, have no edges and no type (`pruned_edges`); they read themselves alone, and the
    global node reads them as well.

    Source: the released code (SamsungLabs/eagle 4b57e3c).
    Departures: the pairs of a step are all those among a few graphs, each embedded once and in
    float32. The release draws the pairs one by one and embeds both graphs of each in float64,
    which costs more than ten times as much.

    Args:
        pruned: whether the graphs are pruned, as in the release.
        settings: as those of `RelationGCN`.

    Attributes:
        pairs: ordered pairs a step, about.
    """

    pairs = 64

    def __init__(self, *settings: Any, pruned: bool = True, **named: Any) -> None:
        super().__init__(*settings, **named)
        self.pruned = pruned

    def new_network(self, node_types: int) -> RelationNetwork:
        """A network with the release's first weights."""
        return ReleasedNetwork(node_types, self.hidden, self.layers, self.dropout, as_released=True)

    def read_by(self, ids: Ids) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """As in `RelationGCN`; nodes without a type have the one after the global node's."""
        reads, types = read_by(self.space, ids)
        if self.pruned:
            graphs = self.space.graphs(ids)
            edges, typed = pruned_edges(graphs)
            reads[:, 1:, 1:] = edges | np.eye(typed.shape[1], dtype=np.bool_)
            types[:, 1:] = np.where(typed, types[:, 1:], len(graphs.labels) + 1)
        return reads, types

    def _train(self, network: RelationNetwork, ids: Ids, targets: Accuracies, epochs: int) -> None:
        reads, types = self.read_by(ids)
        reads_all, types_all = tensor(reads).float(), tensor(types)
        wanted = tensor(np.asarray(targets, dtype=np.float32))
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)
        lowest, since = np.inf, 0
        for epoch in range(epochs):
            network.train()
            for graphs in _blocks(len(ids), self.pairs):
                embedded = network(reads_all[graphs], types_all[graphs])
                loss = relation_loss(*network.log_odds(embedded), wanted[graphs])
                # Summed over the pairs of a step, as released.
                loss = loss * (len(graphs) * (len(graphs) - 1))
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            schedule.step()
            network.eval()
            with torch.no_grad():
                embedded = network(reads_all, types_all)
                after = relation_loss(*network.log_odds(embedded), wanted).item()
            if epoch <= EARLIEST_STOP:
                continue
            if after < lowest:
                lowest, since = after, 0
            else:
                since += 1
                if since >= self.patience:
                    break


class ReleasedNetwork(RelationNetwork):
    """The network with one more type, of nodes whose features are all zero."""

    def by_type(self, first: Convolution) -> Tensor:
        """As in `RelationNetwork`, with a row of zeros after it."""
        return functional.pad(first.weight.T, (0, 0, 0, 1))


def _blocks(count: int, pairs: int) -> Iterator[Tensor]:
    """One epoch: blocks of graphs with about `pairs` ordered pairs, `count` (`count` - 1) in all.

    The graphs are dealt out in blocks again and again, until each has met as many as there are.
    """
    size = min(count, round((1 + (1 + 4 * pairs) ** 0.5) / 2))
    for _ in range(round((count - 1) / (size - 1))):
        yield from torch.randperm(count).tensor_split(max(1, count // size))
