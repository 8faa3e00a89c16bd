"""BONAS: a graph network, a Bayesian linear model on its embedding, and an upper bound."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.bayesian_linear import BayesianLinear
from nasarena.baselines.query_in_rounds import query_in_rounds
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import fractions

POPULATION, TOURNAMENT, CANDIDATES = 30, 10, 100
NEAREST = 1e-4
"""How near to 0 and 1 accuracies may come: their logits are finite."""


class BONAS:
    """Bayesian optimisation with a graph network as the surrogate's features.

    Every round trains the graph network anew on everything queried (`EmbeddingGCN`), fits a
    Bayesian linear regression, without an intercept, from its embedding to the logit of accuracy
    (`BayesianLinear`), and queries the `batch` candidates of highest upper confidence bound: the
    mean of the accuracy and half its deviation, both approximated through the sigmoid
    (`upper_bound`). Candidates are, by `pool`:

    * `mutants`, the released sampler: a population of 30 is drawn from what was queried; the
      winners of tournaments of 10 give all that one change of a decision leads to, until there are
      100 new ones (or 30 tournaments were held).
    * `space`: all architectures (`space.pool` where there are too many).

    The highest mean among the candidates is recommended.

    Source: Shi et al., NeurIPS 2020, arXiv:1911.09336; the released code (pipilurj/BONAS 78808c3):
    the network, its loss and training (100 epochs), the regression, the bound and the sampler.
    Departures: the released bound cannot run (it writes `^` for powers), the formulas are those
    that it means; the released settings make 100 candidates and query 100, which is random search,
    here 10 of about 100 are queried (of fewer where 30 tournaments give fewer); winners' mutants do
    not enter the population, as they have no accuracy yet. The release only has weight-sharing
    labels of another space, so `initial` and `batch` are ours; 30 is the fewest that its sampler
    can start from. The precisions of the regression maximise the same evidence by a simplex instead
    of fixed-point steps. Spaces without graphs are read as chains of their decisions
    (`space.graphs`). Accuracies are percent; other objectives are cut off at 0.01 and 99.99.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        pool: what the candidates are, `mutants` or `space`.
        epochs: of the network's training in every round.
    """

    version = "1"
    kind = "baseline"
    paper = "Shi et al., NeurIPS 2020, arXiv:1911.09336"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.03

    def __init__(
        self, initial: int = 30, batch: int = 10, pool: str = "mutants", epochs: int = 100
    ) -> None:
        for name, value in {"initial": initial, "batch": batch, "epochs": epochs}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if pool not in ("mutants", "space"):
            raise ValueError(f"pool must be mutants or space, not {pool!r}")
        self.initial = initial
        self.batch = batch
        self.pool = pool
        self.epochs = epochs

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.bonas.embedding_gcn import EmbeddingGCN

        space = problem.space
        network = EmbeddingGCN(space, rng, self.epochs)
        linear = BayesianLinear()

        def rate(ids: Ids, accuracies: Accuracies) -> tuple[Ids, NDArray[np.floating]]:
            targets = np.clip(fractions(accuracies), NEAREST, 1 - NEAREST)
            network.fit(ids, targets)
            linear.fit(network.embed(ids), np.log(targets / (1 - targets)))
            problem.show_predictor(lambda ids: linear.predict(network.embed(ids))[0])
            pool = self._candidates(space, ids, accuracies, rng)
            if not pool.size:
                return pool, np.empty(0)
            mean, variance = linear.predict(network.embed(pool))
            problem.recommend(int(pool[mean.argmax()]))
            return pool, upper_bound(mean, variance)

        query_in_rounds(problem, rng, self.initial, self.batch, rate)

    def _candidates(
        self, space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
    ) -> Ids:
        if self.pool == "space":
            return space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
        return tournament_mutants(space, ids, accuracies, rng)


def tournament_mutants(
    space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
) -> Ids:
    """New architectures one decision away from winners of tournaments, shape (candidates,).

    `ids` and `accuracies` are what was queried, shape (queried,).
    """
    population = rng.permutation(ids.size)[:POPULATION]
    found = np.empty(0, dtype=np.int64)
    for _ in range(POPULATION):
        drawn = rng.permutation(population)[:TOURNAMENT]
        around = space.neighbours(ids[drawn[accuracies[drawn].argmax()]])
        found = np.union1d(found, around[(around >= 0) & ~np.isin(around, ids)])
        if found.size >= CANDIDATES:
            break
    return found


def upper_bound(mean: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean plus half the deviation of the sigmoid of a normal variable, elementwise.

    E sigma(x) is sigma(m / sqrt(1 + pi s^2 / 8)), and sigma(x)^2 about sigma(a (x + b)) with
    a = 4 - 2 sqrt(2) and b = -ln(1 + sqrt(2)), whose mean is approximated in the same way.
    """
    from scipy.special import expit

    a, b = 4 - 2 * np.sqrt(2), -np.log(1 + np.sqrt(2))
    first = expit(mean / np.sqrt(1 + np.pi / 8 * variance))
    second = expit(a * (mean + b) / np.sqrt(1 + np.pi / 8 * a**2 * variance))
    bound: NDArray[np.float64] = first + 0.5 * np.sqrt(np.maximum(second - first**2, 0))
    return bound
