"""Searches that query the best-rated architectures of a pool, round after round."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.mutation_pool import new_random
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem

Rate = Callable[[Ids, Accuracies], tuple[Ids, NDArray[np.floating]]]
"""Given what was queried and its labels: a pool and how it rates it, each of shape (rated,)."""


def query_in_rounds(
    problem: Problem, rng: np.random.Generator, initial: int, batch: int, rate: Rate
) -> None:
    """Query `initial` random architectures, then the `batch` best-rated new ones in every round.

    Where all of a pool were queried, new architectures are drawn uniformly. The search ends with
    the budget or where the space is used up.
    """
    space = problem.space
    ids = np.empty(0, dtype=np.int64)
    accuracies = np.empty(0)
    chosen = space.sample(min(initial, space.size), rng)
    while chosen.size:
        accuracies = np.concatenate([accuracies, problem.query(chosen)])
        ids = np.concatenate([ids, chosen])
        if problem.exhausted:
            return
        pool, ratings = rate(ids, accuracies)
        chosen = best_new(pool, ratings, ids, batch)
        if not chosen.size:
            chosen = new_random(space, ids, batch, rng)


def best_new(pool: Ids, ratings: NDArray[np.floating], queried: Ids, count: int) -> Ids:
    """At most `count` of the pool that are not among `queried`, the highest rating first.

    `pool` and `ratings` have shape (rated,), `queried` has shape (queried,).
    """
    left = np.flatnonzero(~np.isin(pool, queried))
    order = np.argsort(-ratings[left], kind="stable")
    return pool[left[order[:count]]]
