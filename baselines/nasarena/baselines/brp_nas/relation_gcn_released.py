"""The relation predictor with the length of training and the size of steps of its release."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from nasarena.baselines.brp_nas.relation_gcn import (
    EARLIEST_STOP,
    RelationGCN,
    RelationNetwork,
    read_by,
    relation_loss,
    tensor,
)
from nasarena.suite.arrays import Accuracies, Ids


class ReleasedRelationGCN(RelationGCN):
    """`RelationGCN`, except that a step takes few pairs, and an epoch all of them.

    An epoch uses as many ordered pairs as there are; early stopping looks at the loss over all
    pairs after it, without dropout.

    Source: the released code (SamsungLabs/eagle).
    Departures: the pairs of a step are all those among a few graphs, each embedded once and in
    float32. The release draws the pairs one by one and embeds both graphs of each in float64,
    which costs more than ten times as much.

    Attributes:
        pairs: ordered pairs a step, about.
    """

    pairs = 64

    def _train(self, network: RelationNetwork, ids: Ids, targets: Accuracies, epochs: int) -> None:
        reads, types = read_by(self.space, ids)
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
            if after < lowest:
                lowest, since = after, 0
            elif epoch > EARLIEST_STOP:
                since += 1
                if since >= self.patience:
                    break


def _blocks(count: int, pairs: int) -> Iterator[Tensor]:
    """One epoch: blocks of graphs with about `pairs` ordered pairs, `count` (`count` - 1) in all.

    The graphs are dealt out in blocks again and again, until each has met as many as there are.
    """
    size = min(count, round((1 + (1 + 4 * pairs) ** 0.5) / 2))
    for _ in range(round((count - 1) / (size - 1))):
        yield from torch.randperm(count).tensor_split(max(1, count // size))
