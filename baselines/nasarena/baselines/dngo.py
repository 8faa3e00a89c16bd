"""DNGO: Bayesian linear regression on the last hidden layer of a network."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.bayesian_linear import BayesianLinear
from nasarena.baselines.mutation_pool import mutation_pool, one_change
from nasarena.baselines.query_in_rounds import query_in_rounds
from nasarena.baselines.tanh_network import TanhNetwork
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import z_scores

HIDDEN = (50, 50, 50)
PARENTS, TRIES = 5, 100
"""Of the released pool: so many of the best are changed at most, and how often each is."""


class DNGO:
    """Queries by the upper confidence bound of a Bayesian linear model on a network's last layer.

    Every round trains a network of three layers of 50 tanh units on everything queried, replaces
    its output by a Bayesian linear regression whose precisions maximise the marginal likelihood
    (`BayesianLinear`), and queries the `batch` architectures of highest mean + 0.5 deviations,
    among those of `pool`:

    * `mutants`, as released: the new ones of 100 changes of one decision of the best architecture,
      and 100 of the second to fifth best while there are fewer than 100.
    * `space`: all architectures (`space.pool` where there are too many). On `nasbench201/cifar100`
      this needs 242 samples instead of 99 (docs/results.md).

    The highest mean of the pool is recommended.

    Source: Snoek et al., ICML 2015, arXiv:1502.05700; the released code of White et al.
    (naszilla/naszilla 7e65491, with automl/pybnn 59befe5): 20 random architectures, then 10 a
    round; 500 epochs in batches of 10, Adam 0.01, inputs and labels z-scored.
    Departures: the release averages its predictions over the wrong axis, which leaves one mean for
    all candidates, so that it ranks by deviation alone; here each has its own mean. A mutant
    differs in one decision, where the release changes each with probability 1/4. Features are
    one-hot, as in the other baselines that read decisions; the release's are the numbers of the
    values (`dngo[encoding=ordinal]`), of which NAS-Bench-201 has six. The two precisions maximise
    the marginal likelihood from a fixed start, with logarithms between -15 and 15. The release
    starts at random, allows logarithms up to 10, and leaves out a square in its likelihood. Where a
    space has graphs they are not looked at.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        pool: what is ranked, `mutants` or `space`.
        encoding: what the network reads, `one-hot` or `ordinal`.
        epochs: of the training in every round.
    """

    version = "2"
    kind = "baseline"
    paper = "Snoek et al., ICML 2015, arXiv:1502.05700"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 0.03

    def __init__(
        self,
        initial: int = 20,
        batch: int = 10,
        pool: str = "mutants",
        encoding: str = "one-hot",
        epochs: int = 500,
    ) -> None:
        for name, value in {"initial": initial, "batch": batch, "epochs": epochs}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if pool not in ("mutants", "space"):
            raise ValueError(f"pool must be mutants or space, not {pool!r}")
        if encoding not in ("one-hot", "ordinal"):
            raise ValueError(f"encoding must be one-hot or ordinal, not {encoding!r}")
        self.initial = initial
        self.batch = batch
        self.pool = pool
        self.encoding = encoding
        self.epochs = epochs

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space

        def rate(ids: Ids, accuracies: Accuracies) -> tuple[Ids, NDArray[np.floating]]:
            surrogate = BayesianNetwork(TanhNetwork(HIDDEN, self.epochs))
            surrogate.fit(self.features(space, ids), z_scores(accuracies), rng)
            problem.show_predictor(lambda ids: surrogate.predict(self.features(space, ids))[0])
            pool = self.candidates(space, ids, accuracies, rng)
            mean, variance = surrogate.predict(self.features(space, pool))
            problem.recommend(int(pool[mean.argmax()]))
            return pool, mean + np.sqrt(variance) / 2

        query_in_rounds(problem, rng, self.initial, self.batch, rate)

    def candidates(
        self, space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
    ) -> Ids:
        """What a round ranks, shape (ranked,)."""
        if self.pool == "space":
            return space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
        return mutation_pool(
            space,
            ids,
            accuracies,
            rng,
            one_change,
            parents=PARENTS,
            tries=TRIES,
            wanted=TRIES,
            least=self.batch,
        )

    def features(self, space: CategoricalSpace, ids: Ids) -> Features:
        """What the network reads, shape (architectures, columns)."""
        if self.encoding == "one-hot":
            return space.one_hot(ids)
        return space.decisions(ids).astype(np.float32)


class BayesianNetwork:
    """A network, and a Bayesian linear model of its last hidden layer.

    Args:
        network: trained on features that are z-scored by those of the labelled.
    """

    def __init__(self, network: TanhNetwork) -> None:
        self.network = network
        self.linear = BayesianLinear()

    def fit(
        self, features: Features, labels: NDArray[np.float64], rng: np.random.Generator
    ) -> None:
        """Fit both to features, shape (labelled, columns), and labels, shape (labelled,)."""
        self._mean = features.mean(axis=0)
        deviation = features.std(axis=0)
        # A column that is the same in all of them tells nothing: it is left at its own scale.
        self._deviation = np.where(deviation > 0, deviation, np.float32(1))
        scaled = self._scaled(features)
        self.network.fit(scaled, labels, rng)
        self.linear.fit(self.network.basis(scaled), labels)

    def predict(self, features: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means and variances of labels, each shape (architectures,)."""
        return self.linear.predict(self.network.basis(self._scaled(features)))

    def _scaled(self, features: Features) -> Features:
        scaled: Features = (features - self._mean) / self._deviation
        return scaled
