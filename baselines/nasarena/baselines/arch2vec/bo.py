"""arch2vec-bo: Bayesian optimisation in embeddings that were learned without labels."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.dngo import BayesianNetwork
from nasarena.baselines.query_in_rounds import query_in_rounds
from nasarena.baselines.tanh_network import TanhNetwork
from nasarena.suite.acquisition import expected_improvement
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import fractions

HIDDEN = (128,)
PAPER = "Yan et al., NeurIPS 2020, arXiv:2006.06936"


class Arch2VecBO:
    """Expected improvement under DNGO's model, on embeddings that an autoencoder learned.

    Before the search a variational graph autoencoder is trained to reconstruct architectures of
    the space (`Encoder`): it sees the structure of a sample and no label, which is free. Every
    round trains a network of one layer of 128 tanh units on the embeddings of everything queried,
    fits a Bayesian linear regression on that layer, as in `dngo`, and queries the `batch`
    architectures of the space of highest expected improvement on the best label. The highest mean
    is recommended. Where a space cannot be listed, `space.pool` is ranked; where it has no graphs
    of its own, its decisions are a chain.

    Source: Yan et al., NeurIPS 2020, and the released code (MSU-MLSys-Lab/arch2vec ea01b0c): 16
    random architectures, then 5 a round on NAS-Bench-101 (1 on NAS-Bench-201); 100 epochs in
    batches of 10, Adam 0.01, accuracies as fractions.
    Departures: those of `Encoder`; 5 a round on every space; expected improvement is that of the
    best label and the deviation, where the release takes the variance for the deviation and a fixed
    incumbent (0.95 or 1.0); what was queried is not queried again, which the release does not
    notice and charges.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        epochs: of the training in every round.
        pretraining: passes of the autoencoder's training.
        sample: architectures of such a pass, at most.
    """

    version = "2"
    kind = "baseline"
    paper = PAPER
    tuned_on: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.03

    def __init__(
        self,
        initial: int = 16,
        batch: int = 5,
        epochs: int = 100,
        pretraining: int = 10,
        sample: int = 15_000,
    ) -> None:
        numbers = {"initial": initial, "batch": batch, "epochs": epochs}
        for name, value in (numbers | {"pretraining": pretraining, "sample": sample}).items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.initial = initial
        self.batch = batch
        self.epochs = epochs
        self.pretraining = pretraining
        self.sample = sample

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space

        def rate(ids: Ids, accuracies: Accuracies) -> tuple[Ids, NDArray[np.floating]]:
            labels = fractions(accuracies)
            model = BayesianNetwork(TanhNetwork(HIDDEN, self.epochs))
            model.fit(self.embeddings(space, ids), labels, rng)
            problem.show_predictor(lambda ids: model.predict(self.embeddings(space, ids))[0])
            pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
            mean, variance = model.predict(self.embeddings(space, pool))
            problem.recommend(int(pool[mean.argmax()]))
            return pool, expected_improvement(mean, np.sqrt(variance), labels.max())

        query_in_rounds(problem, rng, self.initial, self.batch, rate)

    def embeddings(self, space: CategoricalSpace, ids: Ids) -> Features:
        """The embeddings of architectures, shape (architectures, 16)."""
        from nasarena.baselines.arch2vec.autoencoder import encoder, space_embeddings

        if not space.enumerable:
            return encoder(space, self.pretraining, self.sample).embed(ids)
        found: Features = space_embeddings(space, self.pretraining, self.sample)[ids]
        return found
