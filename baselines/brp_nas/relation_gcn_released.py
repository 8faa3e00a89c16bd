"""The relation predictor trained as its authors released it: pair by pair, in float64."""

import numpy as np
import torch

from baselines.brp_nas.relation_gcn import (
    EARLIEST_STOP,
    RelationGCN,
    RelationNetwork,
    pair_divergence,
    read_by,
    relation_loss,
)
from suite.arrays import Accuracies, Ids


class ReleasedRelationGCN(RelationGCN):
    """`RelationGCN`, except that a step takes some ordered pairs, each with graphs of its own.

    Both graphs of every pair are embedded by themselves, each with its own dropout; in float64.
    An epoch meets every ordered pair once; early stopping looks at the loss over all pairs after
    it, without dropout.

    Source: the released code (SamsungLabs/eagle).

    Attributes:
        pairs: ordered pairs a step.
    """

    dtype = torch.float64
    pairs = 64

    def _train(self, network: RelationNetwork, ids: Ids, targets: Accuracies, epochs: int) -> None:
        reads, types = read_by(self.space, ids)
        reads_all, types_all = torch.from_numpy(reads).double(), torch.from_numpy(types)
        wanted = torch.from_numpy(np.asarray(targets, dtype=np.float64))
        pairs = torch.cartesian_prod(torch.arange(len(ids)), torch.arange(len(ids)))
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)
        lowest, since = np.inf, 0
        for epoch in range(epochs):
            network.train()
            for i, j in (
                some.T
                for some in pairs[torch.randperm(len(pairs))].split(self.pairs)  # type: ignore[no-untyped-call]
            ):
                first, _ = network.log_odds(network(reads_all[i], types_all[i]))
                _, second = network.log_odds(network(reads_all[j], types_all[j]))
                # Summed over the pairs of a step, as released.
                loss = pair_divergence(first + second, wanted[i] - wanted[j]).sum()
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
