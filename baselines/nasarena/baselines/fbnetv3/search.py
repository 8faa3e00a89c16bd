"""FBNetV3's predictor as a search: pre-trained on what is free, fitted round by round."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.free_statistics import free_statistics
from nasarena.baselines.query_in_rounds import query_in_rounds
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS


class FBNetV3Predictor:
    """Queries the best predicted in rounds, by a network that is pre-trained on free statistics.

    Before the search a network on the one-hot encoding learns statistics that cost no query, of up
    to `sample` random architectures: parameters, multiply-adds and latency where the benchmark has
    them, else counts of operations along paths (`free_statistics`). After `initial` random
    architectures, every round fine-tunes the network on all labels (`FreeThenFitted`) and queries
    the `batch` best predicted of the space (of `space.pool` where there are too many). The best
    predicted is recommended.

    Source: Dai et al., CVPR 2021, arXiv:2006.02049: the pre-training on free statistics, the heads
    on one embedding, the rounds of predicted-best batches, Huber's loss and the two stages of
    fine-tuning. No code of the predictor was released; sizes, epochs, rates and a weight decay of
    1e-4 are ours.
    Departures: the paper then runs an evolution on the predictor, over a space that cannot be
    listed; here the whole space is ranked. Architectures only are searched, no training recipes.
    Where a space has graphs, they are looked at only for the free statistics.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        pretraining: passes over the architectures whose statistics are learned; 0 for none.
        sample: how many these are, at most.
        targets: what the network is fitted to: `rank-gaussian`, `z-score`, `percent` or
            `fraction`.
    """

    version = "1"
    kind = "baseline"
    paper = "Dai et al., CVPR 2021, arXiv:2006.02049"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.03

    def __init__(
        self,
        initial: int = 20,
        batch: int = 10,
        pretraining: int = 20,
        sample: int = 5_000,
        targets: str = "z-score",
    ) -> None:
        for name, value in {"initial": initial, "batch": batch, "sample": sample}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if pretraining < 0:
            raise ValueError(f"pretraining must not be negative, but is {pretraining}")
        if targets not in TARGETS:
            raise ValueError(f"targets must be {' or '.join(TARGETS)}, not {targets!r}")
        self.initial = initial
        self.batch = batch
        self.pretraining = pretraining
        self.sample = sample
        self.targets = targets

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.fbnetv3.network import FreeThenFitted

        space = problem.space
        network = FreeThenFitted(space, rng)
        if self.pretraining:
            known = space.sample(min(self.sample, space.size), rng)
            network.pretrain(known, free_statistics(problem, known), self.pretraining)

        def rate(ids: Ids, accuracies: Accuracies) -> tuple[Ids, NDArray[np.floating]]:
            network.fit(ids, TARGETS[self.targets](accuracies))
            problem.show_predictor(network.predict)
            pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
            predicted = network.predict(pool)
            problem.recommend(int(pool[predicted.argmax()]))
            return pool, predicted

        query_in_rounds(problem, rng, self.initial, self.batch, rate)
