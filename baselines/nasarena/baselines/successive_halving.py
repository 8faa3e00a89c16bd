"""Successive halving: many architectures get a short training, and the better ones longer ones."""

from typing import NamedTuple

import numpy as np

from nasarena.suite.arrays import Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.tables.fidelities import Fidelities


class Rung(NamedTuple):
    """A length of training on which architectures compete: its epochs, and its cost.

    The cost is in full trainings, from the start.
    """

    epochs: int
    cost: float


def ladder(fidelities: Fidelities, eta: float) -> list[Rung]:
    """Lengths of training from short to full, each at least `eta` times the cost before it.

    Benchmarks have some lengths only: from the full training down, each is the longest that costs
    at most an `eta`-th of the next.
    """
    every = [Rung(*each) for each in zip(fidelities.epochs, fidelities.costs, strict=True)]
    rungs = [every[-1]]
    for shorter in reversed(every[:-1]):
        if shorter.cost * eta <= rungs[0].cost * (1 + 1e-9):
            rungs.insert(0, shorter)
    return rungs


def sizes(first: int, rungs: list[Rung]) -> list[int]:
    """How many architectures are trained on each rung, so that each rung costs about the same."""
    return [int(first * rungs[0].cost / rung.cost * (1 + 1e-9)) or 1 for rung in rungs]


class Draws:
    """Architectures drawn uniformly, none twice until all were drawn."""

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator) -> None:
        self._space = space
        self._rng = rng
        self._seen: set[int] = set()

    @property
    def is_empty(self) -> bool:
        """Whether all were drawn."""
        return len(self._seen) == self._space.size

    def draw(self, count: int) -> Ids:
        """`count` architectures, fewer only where the space has no more; begins anew after all."""
        if self.is_empty:
            self._seen.clear()
        count = min(count, self._space.size - len(self._seen))
        drawn: dict[int, None] = {}
        while len(drawn) < count:
            few = self._space.sample(min(count, self._space.size), self._rng).tolist()
            drawn |= dict.fromkeys(id for id in few if id not in self._seen)
        chosen = list(drawn)[:count]
        self._seen.update(chosen)
        return np.array(chosen, dtype=np.int64)


def halve(problem: Problem, architectures: Ids, rungs: list[Rung]) -> int:
    """Train all on the first rung, and the best of each rung on the next; returns the last one."""
    for count, rung in zip(sizes(architectures.size, rungs), rungs, strict=True):
        architectures = architectures[:count]
        accuracies = problem.query(architectures, fidelity=rung.epochs)
        architectures = architectures[np.argsort(-accuracies, kind="stable")]
    return int(architectures[0])


class SuccessiveHalving:
    """Trains random architectures for a few epochs, and the better ones of each length longer.

    As many are kept from one length to the next as make all lengths cost about the same; the best
    one is trained in full. Then the search begins again with new architectures, until the budget
    is used.

    Source: Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter
    optimization", AISTATS 2016, Algorithm 1. Departures: the lengths are those that the benchmark
    has, and where two are further apart than `eta`, fewer are kept in between; the number of
    architectures follows from the lengths, and the search begins again with the rest of the budget.

    Args:
        eta: each length costs at least `eta` times the one before; the paper's halving is 2.
    """

    version = "1"
    kind = "baseline"
    paper = "Jamieson & Talwalkar, AISTATS 2016, arXiv:1502.07943"
    tuned_on: tuple[str, ...] = ()
    fidelities = True
    seconds_per_query = 1e-5

    def __init__(self, eta: float = 2.0) -> None:
        if eta <= 1:
            raise ValueError(f"eta must be above 1, not {eta}")
        self.eta = eta

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        assert problem.fidelities is not None
        rungs = ladder(problem.fidelities, self.eta)
        count = int(np.ceil(rungs[-1].cost / rungs[0].cost - 1e-9))
        draws = Draws(problem.space, rng)
        while True:
            problem.recommend(halve(problem, draws.draw(count), rungs))
