"""BRP-NAS with the settings of its release."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nasarena.baselines.brp_nas.search import BRPNAS
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem

if TYPE_CHECKING:
    from nasarena.baselines.brp_nas.relation_gcn import RelationGCN

EPOCHS, PAIRS = 50, 12
"""Of the first training; the second has twice as many, the fifth and later five times."""


class BRPNASReleased(BRPNAS):
    """BRP-NAS with its released settings, for 140 queries; a run takes 8 to 15 CPU minutes.

    100 architectures labelled in 5 iterations (20 random; then 10 best predicted and 10 random
    ones of the top half, quarter, eighth, sixteenth), trained on for 50, 100, ..., 250 epochs in
    steps of 12, 24, ..., 60 pairs; then the 40 best predicted unseen. Learning rate 3.5e-4,
    accuracies as fractions. It is for the protocol `brp-nas-released`; a larger budget goes on in
    batches of 40 with the settings of the fifth training.

    Source: Dudziak et al., NeurIPS 2020, and the released code.
    Departures: the sort by the comparator uses both ways of asking (see `RelationGCN`); the pairs
    of a step are those among a few graphs (see `ReleasedRelationGCN`).

    Version 1 began with weights in the first layer that were nine times as large as the release's,
    let early stopping count from the first epoch, and did not prune the graphs.

    Args:
        pruned: whether `none` is removed from the graphs, and `skip` contracted, as released;
            otherwise both are nodes, as in `brp-nas`.
    """

    version = "2"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 6.0

    def __init__(self, pruned: bool = True) -> None:
        super().__init__(targets="fraction", learning_rate=3.5e-4)
        self.pruned = pruned

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> "RelationGCN":
        """The comparator with the release's training."""
        from nasarena.baselines.brp_nas.relation_gcn_released import ReleasedRelationGCN

        return ReleasedRelationGCN(
            problem.space, rng, learning_rate=self.learning_rate, pruned=self.pruned
        )

    def selected(self, budget: int) -> int:
        """The release's 100, whatever the budget."""
        return min(self.models, budget)

    def train(self, predictor: Any, iteration: int, ids: Ids, targets: Accuracies) -> None:
        """Train on, for longer and in larger steps after each of the five iterations."""
        times = min(iteration + 1, self.iterations)
        predictor.pairs = PAIRS * times
        predictor.train(ids, targets, EPOCHS * times)
