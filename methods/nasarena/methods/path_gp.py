"""The project's contender: a Gaussian process over cells, and expected improvement."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.methods.candidate_pool import candidate_pool
from nasarena.suite.acquisition import expected_improvement
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import rank_gaussian


class PathGP:
    """Queries the cells of highest expected improvement under a Gaussian process.

    Labels are replaced by the normal quantiles of their ranks, so that the many bad cells of a
    space do not distort the model. The covariance compares decisions and functional paths, in the
    same way in every space (`CellKernel`). The noise is chosen by marginal likelihood. After
    `initial` random cells every round queries the cells of highest expected improvement on the best
    label: one at first, one more for each `growth` queries made. The highest posterior mean is
    recommended. In spaces too large to list, a pool of its own is ranked in every round
    (`space.pool`). With `ranked`, the same is done in every space, with at most so many candidates
    (`candidate_pool`): memory and time then hardly depend on the size of the space. For each query
    made, 4 bytes are kept for every architecture of the space otherwise: 1.7 GB at 1,000 queries on
    the 423,624 cells of NAS-Bench-101.

    With `skip_twins` (the default), a cell is not proposed if an isomorphic one was queried before;
    isomorphism classes are public structure. Under protocols that charge twins by id, compare it
    with other methods as `path-gp[skip_twins=false]`.

    Source: nasarena's own. The recipe that it was developed from was chosen by its results on all
    twelve tables, so none of them is unseen data for this method.

    Args:
        initial: random cells queried first.
        growth: queries after which a round grows by one cell.
        skip_twins: after the first random cells, propose no isomorphic twin of what was queried.
        ranked: architectures that are ranked in a round, at most (the whole space once all of these
            were queried); None for the whole space, or its `pool` where it is too large to list.
    """

    version = "1"
    kind = "contender"
    paper = None
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/*", "nasbenchgraph/*")
    skips_twins = True
    seconds_per_query = 5e-3

    def __init__(
        self,
        initial: int = 5,
        growth: int = 50,
        skip_twins: bool = True,
        ranked: int | None = None,
    ) -> None:
        for name, value in {"initial": initial, "growth": growth, "ranked": ranked}.items():
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.initial = initial
        self.growth = growth
        self.skip_twins = skip_twins
        self.ranked = ranked

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        # Imported here: listing methods loads no SciPy.
        from nasarena.methods.cell_kernel import CellKernel

        space = problem.space
        if space.enumerable and self.ranked is None:
            first = space.sample(min(self.initial, space.size), rng)
            self._search_all(problem, CellKernel(space).rows, first)
        else:
            self._search_pools(problem, rng)

    def _search_all(self, problem: Problem, rows: Callable[[Ids], Features], chosen: Ids) -> None:
        """The search from these first cells, with the covariances that `rows` gives."""
        from nasarena.methods.space_posterior import SpacePosterior

        space = problem.space
        classes = self._classes(space)
        closed = np.zeros(space.size, dtype=bool)
        posterior = SpacePosterior(space.size, rows)
        accuracies = np.empty(0)
        while chosen.size:
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            closed[classes[chosen]] = True
            posterior.observe(chosen)
            labels = rank_gaussian(accuracies)
            mean, deviation = posterior.predict(labels)
            problem.recommend(int(mean.argmax()))
            improvement = expected_improvement(mean, deviation, labels.max())
            improvement[closed[classes]] = -np.inf
            chosen = self._highest(improvement, classes, 1 + accuracies.size // self.growth)

    def _classes(self, space: CategoricalSpace) -> Ids:
        """Which cells count as one, shape (architectures,)."""
        everything = np.arange(space.size)
        return space.classes(everything) if self.skip_twins else everything

    def _search_pools(self, problem: Problem, rng: np.random.Generator) -> None:
        """The same search, with a pool of its own in every round instead of the whole space."""
        space = problem.space
        ids = np.empty(0, dtype=np.int64)
        accuracies = np.empty(0)
        chosen = space.sample(min(self.initial, space.size), rng)
        while chosen.size:
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
            best = ids[np.argsort(-accuracies, kind="stable")]
            pool = self._pool(space, rng, best)
            chosen = self._from_pool(problem, ids, accuracies, pool)
            if not chosen.size and self.ranked is not None and space.enumerable:
                # All of a small pool may be known although something of the space is not.
                chosen = self._from_pool(problem, ids, accuracies, np.arange(space.size))

    def _from_pool(self, problem: Problem, ids: Ids, accuracies: Accuracies, pool: Ids) -> Ids:
        """What to query next of `pool`; recommends the highest mean."""
        from nasarena.methods.pool_posterior import pool_posterior

        space = problem.space
        labels = rank_gaussian(accuracies)
        classes = space.classes(pool) if self.skip_twins else pool
        mean, deviation, _ = pool_posterior(space, ids, labels, pool)
        problem.recommend(int(pool[mean.argmax()]))
        improvement = expected_improvement(mean, deviation, labels.max())
        known = space.classes(ids) if self.skip_twins else ids
        improvement[np.isin(classes, known)] = -np.inf
        return pool[self._highest(improvement, classes, 1 + accuracies.size // self.growth)]

    def _pool(self, space: CategoricalSpace, rng: np.random.Generator, best: Ids) -> Ids:
        """What a round ranks; `best` are the queried ids, highest label first."""
        if self.ranked is None:
            return space.pool(rng, best)
        return candidate_pool(space, self.ranked, rng, best)

    def _highest(
        self, improvement: NDArray[np.floating], classes: NDArray[np.int64], count: int
    ) -> Ids:
        """At most `count` places of highest improvement, from as many classes, highest first."""
        # A class has few members, so that a few times `count` candidates are enough.
        width = min(50 * count, improvement.size)
        candidates = np.argpartition(improvement, improvement.size - width)[-width:]
        candidates = candidates[np.argsort(-improvement[candidates], kind="stable")]
        candidates = candidates[improvement[candidates] > -np.inf]
        _, first = np.unique(classes[candidates], return_index=True)
        return candidates[np.sort(first)[:count]]
