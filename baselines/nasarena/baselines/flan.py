"""FLAN as a search: a predictor that is trained again in short rounds."""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import ClassVar

import numpy as np

from nasarena.baselines.brp_nas.search import Selection, choose
from nasarena.baselines.mutation_pool import new_random
from nasarena.suite.problem import Problem

ROUNDS = (4, 4, 4, 4, 8, 4, 4, 16, 16, 32, 32)
"""Queries of each round: 128 in all."""


class FLAN:
    """FLAN: half of a round's queries are the best predicted, half drawn from a shrinking top list.

    Rounds have 4, 4, 4, 4, 8, 4, 4, 16, 16, 32 and 32 queries. The first is random. Before each of
    the others a new predictor (`FLANPredictor`) is trained on all labels and ranks the space. Half
    of a round's queries are the best predicted new architectures. The others are drawn from the top
    list: the best predicted N / 2^i of N architectures, and at least `top`, where i counts the
    rounds from 0.

    Source: Akhauri & Abdelfattah, ICML 2024, arXiv:2403.02484, and the released code
    (abdelfattah-lab/flan_nas 1a9d282), with the 40 epochs of its example. The README's options
    `--periter_samps` and `--samp_lim` have no effect there; the rounds are those of the code.
    Departures: those of `FLANPredictor`. The release's predictor is trained on another space
    before; without that, it ranks the first round by random weights, and here it is drawn. With
    budgets above 128, where the release ends, rounds of 32 go on in the same way. Where a space
    cannot be listed, `space.pool` is ranked.
    `flan[epochs=20]` takes about 21 instead of 31 CPU seconds for 300 queries on
    `nasbenchgraph/citeseer` (two seeds). On five of six benchmarks no difference in samples was
    found; on `nasbench201/cifar10` it needed half as many (51 against 110, ten seeds,
    docs/results.md).

    Args:
        epochs: epochs of each training.
        top: architectures that a round draws from, at least.
    """

    version = "1"
    kind = "baseline"
    paper = "Akhauri & Abdelfattah, ICML 2024, arXiv:2403.02484"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.1

    def __init__(self, epochs: int = 40, top: int = 512) -> None:
        for name, value in {"epochs": epochs, "top": top}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.epochs = epochs
        self.top = top

    def selections(self, size: int) -> Iterator[Selection]:
        """What each round takes of `size` ranked architectures; they do not end."""
        for place, count in enumerate(chain(ROUNDS, repeat(ROUNDS[-1]))):
            best = count // 2 if place else 0
            yield Selection(best, count - best, max(self.top, size >> place) if place else size)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.graph_flow.flan import FLANPredictor

        space = problem.space
        predictor = FLANPredictor(space, rng, self.epochs)
        ids = np.empty(0, dtype=np.int64)
        accuracies = np.empty(0)
        order = space.pool(rng, best=ids)
        for selection in self.selections(order.size):
            chosen = choose(order, np.isin(order, ids), selection, rng)
            if not chosen.size:
                chosen = new_random(space, ids, selection.best + selection.random, rng)
            if not chosen.size:
                return
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
            if problem.remaining and ids.size < space.size:
                predictor.fit(ids, accuracies)
                problem.show_predictor(predictor.predict)
                pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
                order = pool[np.argsort(-predictor.predict(pool), kind="stable")]
                problem.recommend(int(order[0]))
