"""The pool of candidates that BANANAS, NPENAS and NAS-BOWL rank: mutants of the best so far."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.spaces import CategoricalSpace

Mutants: TypeAlias = Callable[[CategoricalSpace, int, int, np.random.Generator], list[int]]
"""Gives so many children, repeats and the parent itself among them, of an architecture."""


def mutation_pool(
    space: CategoricalSpace,
    ids: Ids,
    accuracies: Accuracies,
    rng: np.random.Generator,
    mutants: Mutants,
    parents: int,
    tries: int,
    wanted: int,
    least: int,
) -> Ids:
    """Architectures that were not queried: mutants of the best, then of the next best.

    Each parent is mutated `tries` times; children that were queried, or are in the pool already,
    are dropped. The next parent follows while there are fewer than `wanted`, so that there can be
    more in the end, and fewer where the parents are used up. If even `least` are lacking, new
    architectures drawn uniformly are added, as far as the space has any.

    Args:
        space: the space that is searched.
        ids: what was queried, shape (queried,).
        accuracies: what it reached, shape (queried,).
        rng: draws the mutants.
        mutants: how a parent is mutated.
        parents: at most so many of the best are mutated.
        tries: mutants drawn of each.
        wanted: children from which on no further parent is mutated.
        least: what the pool has at least.
    """
    queried = set(ids.tolist())
    pool: dict[int, None] = {}
    for place in np.argsort(-accuracies, kind="stable")[:parents]:
        if len(pool) >= wanted:
            break
        children = mutants(space, int(ids[place]), tries, rng)
        pool.update((child, None) for child in children if child not in queried)
    found = np.fromiter(pool, dtype=np.int64, count=len(pool))
    if found.size >= least:
        return found
    known = np.concatenate([ids, found])
    return np.concatenate([found, new_random(space, known, least - found.size, rng)])


def new_random(space: CategoricalSpace, known: Ids, count: int, rng: np.random.Generator) -> Ids:
    """`count` architectures drawn uniformly from those that are not `known`, or all of them."""
    # Of so many different ones, enough are new.
    drawn = space.sample(min(count + known.size, space.size), rng)
    return drawn[~np.isin(drawn, known)][:count]


def one_change(
    space: CategoricalSpace, parent: int, count: int, rng: np.random.Generator
) -> list[int]:
    """Children of `space.mutate`: one decision changed, or the notebook's rule on NAS-Bench-101."""
    return [space.mutate(parent, rng) for _ in range(count)]


def independent_changes(expected: float) -> Mutants:
    """Children of which each decision was changed independently, `expected` changes on average.

    A changed decision gets another of its values, drawn uniformly. Where the decisions then denote
    no architecture, and on NAS-Bench-101, whose smaller cells could hardly grow by single
    decisions, a child of `space.mutate` takes their place.
    """

    def mutants(
        space: CategoricalSpace, parent: int, count: int, rng: np.random.Generator
    ) -> list[int]:
        if space.name.startswith("nasbench101"):
            return one_change(space, parent, count, rng)
        values = np.array([len(names) for names in space.choices])
        changed = rng.random((count, values.size)) < expected / values.size
        steps = 1 + rng.integers(values - 1, size=(count, values.size))
        decisions = (space.decisions(parent) + changed * steps) % values
        children: list[int] = space.ids(decisions).tolist()
        return [child if child >= 0 else space.mutate(parent, rng) for child in children]

    return mutants
