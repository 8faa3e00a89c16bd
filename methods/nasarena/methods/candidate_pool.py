"""A part of a space to rank: neighbours of the best so far, and architectures drawn uniformly."""

import numpy as np

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace

PARENTS = 100
"""The neighbours of at most so many of the best are candidates, as in pools of open spaces."""


def candidate_pool(space: CategoricalSpace, count: int, rng: np.random.Generator, best: Ids) -> Ids:
    """At most `count` architectures, ascending, each once; the whole space if it is smaller.

    At most half of them are neighbours of the first of `best` (drawn uniformly where they have more
    of them), the others are drawn uniformly from the space. An architecture that comes from both
    counts once, so that there may be a few less. `best` are ids, highest label first.
    """
    if count >= space.size:
        return np.arange(space.size)
    near = np.unique(space.neighbours(best[:PARENTS]))
    near = near[near >= 0]
    if near.size > count // 2:
        near = rng.choice(near, size=count // 2, replace=False)
    found: Ids = np.unique(np.concatenate([near, space.sample(count - near.size, rng)]))
    return found
