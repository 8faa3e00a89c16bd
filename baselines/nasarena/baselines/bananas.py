"""BANANAS: an ensemble of networks on path encodings, asked by Thompson sampling."""

import numpy as np

from nasarena.baselines.mutation_pool import independent_changes, mutation_pool
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace

CHANGES = 1.5
"""Decisions that a mutation changes on average: on NAS-Bench-201 each with probability 1/4."""

POOL = 100
"""Children from which on no further parent is mutated, and the mutations of each parent."""

PARENTS = 5
"""At most so many of the best architectures are mutated in a round."""


class BANANAS:
    """Queries mutants of the best architectures, chosen by draws from an ensemble's predictions.

    Query `initial` random architectures. Then in every round: fit `ensemble` networks to the
    errors of all that was queried, in percent; mutate the best architecture 100 times and keep the
    children that were not queried, and while there are fewer than 100, go on with the next best,
    up to the fifth; draw one error for each child from the normal distribution with the mean and
    the deviation of the networks (independent Thompson sampling); query the `batch` lowest draws.

    The networks have 10 layers of 20 (`NarrowNetworks`), fitted by mean absolute error for
    `epochs` epochs. They read functional paths: how often operations, and pairs of them, lie on
    paths from input to output that are alive, with `skip` handed through.

    Source: White et al., AAAI 2021; the released code (naszilla/naszilla 7e65491), whose settings
    these are on NAS-Bench-101 and NAS-Bench-201. With `encoding=literal` the networks read what
    they read there: which successions of operations lead from input to output, of at most 3
    operations on NAS-Bench-101 and 2 elsewhere (the release's truncation to 40 and 30 numbers),
    with `none` and `skip` as operations like others. On NAS-Bench-201 this has 1,625 different
    rows for 15,625 cells: the operation on the edge from node 1 to node 2 is in none of them. On
    NAS-Bench-Graph, whose paths have up to 4 operations, it sees only the short ones.
    Departures: the default encoding has paths of every length, since the truncated one hides
    operations (above). A mutation changes 1.5 decisions on average in every space, as the release
    on NAS-Bench-201; on NAS-Bench-101 it is that of the reference notebook, which flips edges with
    probability 1/7 instead of 1/21. Random cells are drawn uniformly. Where fewer than `batch`
    children are new, random architectures are added. The release's weights and steps are taken to
    be the defaults of Keras. Spaces without graphs have no paths, so the networks read the one-hot
    encoding.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        ensemble: networks fitted in every round.
        epochs: epochs of the training in every round.
        encoding: what the networks read: `functional` or `literal`.
        pool: what is ranked: `mutation`, or `all` for the whole space (`space.pool`). `all` is
            another method; it shows what the mutations contribute.
    """

    version = "1"
    kind = "baseline"
    paper = "White et al., AAAI 2021, arXiv:1910.11858"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 0.03

    def __init__(
        self,
        initial: int = 10,
        batch: int = 10,
        ensemble: int = 5,
        epochs: int = 150,
        encoding: str = "functional",
        pool: str = "mutation",
    ) -> None:
        counts = {"initial": initial, "batch": batch, "ensemble": ensemble, "epochs": epochs}
        for name, value in counts.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if encoding not in {"functional", "literal"}:
            raise ValueError(f"encoding must be functional or literal, not {encoding!r}")
        if pool not in {"mutation", "all"}:
            raise ValueError(f"pool must be mutation or all, not {pool!r}")
        self.initial = initial
        self.batch = batch
        self.ensemble = ensemble
        self.epochs = epochs
        self.encoding = encoding
        self.pool = pool

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.narrow_networks import NarrowNetworks

        space = problem.space
        networks = NarrowNetworks(rng, self.ensemble, epochs=self.epochs)
        ids = space.sample(min(self.initial, space.size), rng)
        accuracies = problem.query(ids)
        while ids.size < space.size:
            networks.fit(self.encoded(space, ids), 100 - accuracies)
            problem.show_predictor(
                lambda asked: -networks.predict(self.encoded(space, asked)).mean(axis=0)
            )
            candidates = self.candidates(space, ids, accuracies, rng)
            errors = networks.predict(self.encoded(space, candidates))
            drawn = rng.normal(errors.mean(axis=0), errors.std(axis=0))
            chosen = candidates[np.argsort(drawn, kind="stable")[: self.batch]]
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])

    def encoded(self, space: CategoricalSpace, ids: Ids) -> Features:
        """What the networks read of architectures, shape (count,): one row for each."""
        from nasarena.baselines.path_features import functional_features, literal_features

        if self.encoding == "functional":
            return functional_features(space, ids)
        return literal_features(space, ids, 3 if space.name.startswith("nasbench101") else 2)

    def candidates(
        self, space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
    ) -> Ids:
        """What a round ranks: architectures that are not among `ids`, shape (ranked,)."""
        if self.pool == "all":
            best = ids[np.argsort(-accuracies, kind="stable")]
            pool = space.pool(rng, best)
            return pool[~np.isin(pool, ids)]
        return mutation_pool(
            space,
            ids,
            accuracies,
            rng,
            independent_changes(CHANGES),
            parents=PARENTS,
            tries=POOL,
            wanted=POOL,
            least=self.batch,
        )
