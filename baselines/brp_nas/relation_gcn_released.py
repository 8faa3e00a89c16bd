"""The relation predictor trained as long as its authors released it: pair by pair."""

import numpy as np
import torch

from baselines.brp_nas.relation_gcn import (
    EARLIEST_STOP,
    RelationGCN,
    RelationNetwork,
    pair_divergence,
    read_by,
    relation_loss,
    tensor,
)
from suite.arrays import Accuracies, Ids


class ReleasedRelationGCN(RelationGCN):
    """`RelationGCN`, except that a step takes some of all ordered pairs.

    An epoch meets every ordered pair once; early stopping looks at the loss over all pairs after
    it, without dropout.

    Source: the released code (SamsungLabs/eagle).
    Departures: a step embeds each of its graphs once, whose pairs then share its dropout, in
    float32; the release embeds both graphs of every pair in float64, which costs about four
    times as much.

    Attributes:
        pairs: ordered pairs a step.
    """

    pairs = 64

    def _train(self, network: RelationNetwork, ids: Ids, targets: Accuracies, epochs: int) -> None:
        reads, types = read_by(self.space, ids)
        reads_all, types_all = tensor(reads).float(), tensor(types)
        wanted = tensor(np.asarray(targets, dtype=np.float32))
        pairs = torch.cartesian_prod(torch.arange(len(ids)), torch.arange(len(ids)))
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)
        lowest, since = np.inf, 0
        for epoch in range(epochs):
            network.train()
            for some in pairs[torch.randperm(len(pairs))].split(self.pairs):  # type: ignore[no-untyped-call]
                graphs, places = torch.unique(some, return_inverse=True)
                embedded = network(reads_all[graphs], types_all[graphs])
                first, second = network.log_odds(embedded)
                predicted = first[places[:, 0]] + second[places[:, 1]]
                # Summed over the pairs of a step, as released.
                difference = wanted[some[:, 0]] - wanted[some[:, 1]]
                loss = pair_divergence(predicted, difference).sum()
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
