"""The second contender: two Gaussian processes over cells that take turns."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.methods.candidate_pool import candidate_pool
from nasarena.methods.path_gp import PathGP
from nasarena.suite.acquisition import expected_improvement
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import rank_gaussian

LISTED = 30_000
"""All architectures of spaces that have at most so many are ranked."""

POOL = 5_000
"""So many are ranked of larger ones, in every round."""

NETWORK_LENGTH = 1.2
"""The length of the second covariance; the mean squared distance of two architectures is 2."""

Predict = Callable[[Ids, Accuracies, Ids], tuple[Features, Features, float]]
"""Means, deviations and the noise, given queried ids, their labels, and the pool that is ranked."""


class PathNetGP(PathGP):
    """`path-gp`, and a second Gaussian process, with a covariance by untrained graph networks.

    Up to `growth` queries it is `path-gp`, but for the weight of a decision (below). From then on
    the two processes take turns, query by query. The covariance of the second is the mean of that
    by decisions and a rational quadratic of the distance between `network_features`. Its expected
    improvement is that of a label with noise, so that it relies more on its mean. Labels, rounds,
    twins and recommendation are those of `path-gp`. A decision counts 3 over their number in both
    covariances (1/2 on NAS-Bench-201, as in `path-gp`).

    Of spaces with more than LISTED architectures a pool is ranked in every round: POOL of them
    (`candidate_pool`), or the space's own `pool` where it cannot be listed.

    Source: nasarena's own. The second process and the turns were chosen on `nasbench201/cifar10`
    and `nasbenchgraph/citeseer` with seeds 0 to 99, among the variants that docs/contender.md
    names. The first is that of `path-gp`, whose recipe was chosen by its results on all twelve
    tables: so none of them is unseen data for this method either.

    Args:
        initial: random cells queried first.
        growth: queries after which a round grows by one cell, and the second process joins.
        skip_twins: never propose an isomorphic twin of what was queried.
    """

    version = "1"
    kind = "contender"
    paper = None
    tuned_on: ClassVar[tuple[str, ...]] = PathGP.tuned_on
    seconds_per_query = 1e-2

    def __init__(self, initial: int = 5, growth: int = 50, skip_twins: bool = True) -> None:
        super().__init__(initial, growth, skip_twins)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        processes = _processes(space)
        turns = cycle(range(len(processes)))
        ids: Ids = np.empty(0, dtype=np.int64)
        accuracies = np.empty(0)
        chosen = space.sample(min(self.initial, space.size), rng)
        while chosen.size:
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
            best = ids[np.argsort(-accuracies, kind="stable")]
            pool = self._pool(space, rng, best)
            count = 1 + ids.size // self.growth
            whose = [0] if ids.size < self.growth else list(islice(turns, count))
            labels = rank_gaussian(accuracies)
            means, improvements = {}, {}
            for process in {0, *whose}:
                mean, deviation, noise = processes[process](ids, labels, pool)
                if process:
                    deviation = np.sqrt(deviation**2 + np.float32(noise))
                means[process] = mean
                improvements[process] = expected_improvement(mean, deviation, labels.max())
            problem.recommend(int(pool[means[0].argmax()]))
            classes = space.classes(pool) if self.skip_twins else pool
            known = space.classes(ids) if self.skip_twins else ids
            closed = np.isin(classes, known)
            chosen = pool[list(_in_turn([improvements[one] for one in whose], classes, closed))]

    def _pool(self, space: CategoricalSpace, rng: np.random.Generator, best: Ids) -> Ids:
        """What a round ranks; `best` are the queried ids, highest label first."""
        if not space.enumerable or space.size <= LISTED:
            return space.pool(rng, best)
        return candidate_pool(space, POOL, rng, best)


def _processes(space: CategoricalSpace) -> list[Predict]:
    """The two processes: by paths, and by networks."""
    # Imported here: listing methods loads no SciPy.
    from nasarena.methods.cell_kernel import CellKernel
    from nasarena.methods.network_features import network_features
    from nasarena.methods.pool_posterior import pool_posterior
    from nasarena.methods.space_posterior import SpacePosterior

    decay = 3 / len(space.choices)
    kernels: list[Callable[[CategoricalSpace, Ids | None], CellKernel]] = [
        lambda space, cells: CellKernel(space, cells=cells, decay=decay),
        lambda space, cells: CellKernel(
            space, NETWORK_LENGTH, cells, decay=decay, features=network_features
        ),
    ]

    def over_all(kernel: Callable[[CategoricalSpace, Ids | None], CellKernel]) -> Predict:
        posterior = SpacePosterior(space.size, kernel(space, None).rows)

        def predict(ids: Ids, labels: Accuracies, _: Ids) -> tuple[Features, Features, float]:
            posterior.observe(ids[posterior.ids.size :])
            return *posterior.predict(labels), posterior.noise

        return predict

    if space.enumerable and space.size <= LISTED:
        return [over_all(kernel) for kernel in kernels]
    return [partial(pool_posterior, space, kernel=kernel) for kernel in kernels]


def _in_turn(
    improvements: list[NDArray[np.floating]],
    classes: NDArray[np.int64],
    closed: NDArray[np.bool_],
) -> Iterator[int]:
    """The place of highest improvement by each in turn, from a class that is not closed yet."""
    for improvement in improvements:
        if closed.all():
            return
        place = int(np.where(closed, -np.inf, improvement).argmax())
        closed = closed | (classes == classes[place])
        yield place
