"""AceNAS: learning to rank, from weights that know what is free."""

from typing import ClassVar

import numpy as np

from nasarena.baselines.acenas.ranking import relevance
from nasarena.baselines.free_statistics import free_statistics
from nasarena.baselines.mutation_pool import new_random
from nasarena.baselines.query_in_rounds import best_new
from nasarena.suite.problem import Problem

ITERATIONS = 5
LAST = 10
"""Queries that are kept for the best predicted in the end."""


class AceNAS:
    """A graph network, pre-trained on free statistics and fine-tuned to rank architectures.

    Before the search the network (`RankingGCN`) learns statistics that cost no query, of up to
    `sample` random architectures: parameters, multiply-adds and latency where the benchmark has
    them, else counts of operations along paths (`free_statistics`). Ten queries are kept for the
    end, and five iterations label a fifth of the others each: the first at random, the next ones
    half the best predicted and half at random; after each, training goes on from the present
    weights with LambdaRank. In the end the best predicted new ones are queried in their order.

    Source: Zhang et al., 2021, arXiv:2108.03001, and the released code (ultmaster/AceNAS 46c8895):
    the network, relevance and LambdaRank (Adam 0.005, decay 5e-4, 300 epochs in batches of 20,
    patience 50); pre-training by Adam 0.001, falling to 0 by a cosine, in batches of 20.
    Departures: there is no supernet here, so that pre-training has no accuracy with shared weights
    among its targets, only what is free. For speed it takes `pretraining` passes over `sample`
    architectures instead of 300 over a few thousand: 20 over 1,000 take 4 CPU seconds of every run
    on NAS-Bench-201, and 300 would take 60. The last ten queries stand for the release's look at
    its best predicted. Where a space cannot be listed, `space.pool` is ranked; where it has no
    graphs of its own, its decisions are a chain.

    Args:
        pretraining: passes over the architectures whose statistics are learned; 0 for none.
        sample: how many these are, at most.
        epochs: of the fine-tuning in every iteration, at most.
    """

    version = "2"
    kind = "baseline"
    paper = "Zhang et al., 2021, arXiv:2108.03001"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.08

    def __init__(self, pretraining: int = 20, sample: int = 1_000, epochs: int = 300) -> None:
        for name, value in {"sample": sample, "epochs": epochs}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if pretraining < 0:
            raise ValueError(f"pretraining must not be negative, but is {pretraining}")
        self.pretraining = pretraining
        self.sample = sample
        self.epochs = epochs

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.acenas.network import RankingGCN

        space = problem.space
        network = RankingGCN(space, rng)
        if self.pretraining:
            known = space.sample(min(self.sample, space.size), rng)
            network.pretrain(known, free_statistics(problem, known), self.pretraining)
        labelled = max(1, problem.budget - LAST)
        ids = space.sample(min(max(1, labelled // ITERATIONS), space.size), rng)
        accuracies = problem.query(ids)
        iteration = 1
        while ids.size < space.size and not problem.exhausted:
            if iteration <= ITERATIONS:
                network.rank(ids, relevance(accuracies), self.epochs)
            problem.show_predictor(network.predict)
            pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
            predicted = network.predict(pool)
            problem.recommend(int(pool[predicted.argmax()]))
            iteration += 1
            if iteration <= ITERATIONS:
                wanted = max(1, labelled * iteration // ITERATIONS - ids.size)
                chosen = best_new(pool, predicted, ids, wanted // 2)
                others = wanted - chosen.size
            else:
                chosen = best_new(pool, predicted, ids, problem.remaining)
                others = 0 if chosen.size else 1
            taken = np.concatenate([ids, chosen])
            chosen = np.concatenate([chosen, new_random(space, taken, others, rng)])
            if not chosen.size:
                return
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
