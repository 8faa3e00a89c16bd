"""A Gaussian process on one-hot decisions, with fixed hyperparameters."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.query_in_rounds import query_in_rounds
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import z_scores

LENGTH, VARIANCE, NOISE = 9.0, 2.25, 1e-10
"""The covariance is VARIANCE times exp(-Hamming / LENGTH); NOISE is added for the queried."""

PARENTS, WALKS, EDITS, DRAWS = 5, 5, 19, 200
"""Of the released pool: the best architectures that are changed, the walks from each, the changes
of a walk, and how many of all that is reached are drawn."""


class GPOneHot:
    """Queries by the upper confidence bound of a Gaussian process on decisions.

    The covariance of two architectures is 2.25 exp(-h / 9), where h is the number of decisions in
    which they differ: a product of kernels on the one-hot encoding of each decision. Nothing is
    fitted; labels are z-scored. After `initial` random architectures, every round queries the
    `batch` architectures of highest mean + 0.5 deviations, among those of `pool`:

    * `space`, the default: all architectures (`space.pool` where there are too many).
    * `mutants`, as released: 200 draws, with replacement, from what 1 to 19 changes of the 5 best
      architectures lead to, five times each.

    The highest mean of the pool is recommended.

    Source: White et al., "BANANAS", AAAI 2021, arXiv:1910.11858, where it is a baseline (GP
    Bayesian optimisation); the released code (naszilla/naszilla 7e65491): 10 random architectures,
    one query a round.
    Departures: the whole space is ranked, because a table can be listed; that is another method
    than the released one, which is `gp-onehot[pool=mutants]`; mean and deviation are exact instead
    of estimated from 1,000 draws; the changes of a walk change one decision each, at random, where
    the release redraws every decision with a probability (on NAS-Bench-201, all from the fourth
    change on). Where a space has graphs they are not looked at.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        pool: what is ranked, `space` or `mutants`.
    """

    version = "1"
    kind = "baseline"
    paper = "White et al., AAAI 2021, arXiv:1910.11858"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 0.01

    def __init__(self, initial: int = 10, batch: int = 1, pool: str = "space") -> None:
        for name, value in {"initial": initial, "batch": batch}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if pool not in ("space", "mutants"):
            raise ValueError(f"pool must be space or mutants, not {pool!r}")
        self.initial = initial
        self.batch = batch
        self.pool = pool

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        whole = self.pool == "space" and space.enumerable
        everything = _Posterior(space, np.arange(space.size)) if whole else None

        def rate(ids: Ids, accuracies: Accuracies) -> tuple[Ids, NDArray[np.floating]]:
            posterior = everything or _Posterior(space, self._pool(space, ids, accuracies, rng))
            posterior.observe(ids[posterior.count :])
            mean, deviation = posterior.predict(z_scores(accuracies))
            problem.recommend(int(posterior.pool[mean.argmax()]))
            return posterior.pool, mean + deviation / 2

        query_in_rounds(problem, rng, self.initial, self.batch, rate)

    def _pool(
        self, space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
    ) -> Ids:
        best = ids[np.argsort(-accuracies, kind="stable")]
        if self.pool == "space":
            return space.pool(rng, best)
        reached = []
        for parent in best[:PARENTS].tolist():
            for _ in range(WALKS):
                child = parent
                for _ in range(EDITS):
                    child = space.mutate(child, rng)
                    reached.append(child)
        return np.unique(rng.choice(np.array(reached), size=DRAWS))


class _Posterior:
    """Posterior means and deviations of a pool, to which observations are added.

    The Cholesky factor of the observed covariances is in float64: with so little noise they are
    nearly singular. V = L^-1 k(observed, pool) is kept in float32.
    """

    def __init__(self, space: CategoricalSpace, pool: Ids) -> None:
        self.pool = pool
        self.count = 0
        self._space = space
        self._encoded = space.one_hot(pool)
        self._observed: Features = np.empty((0, self._encoded.shape[1]), dtype=np.float32)
        self._factor = np.zeros((64, 64))
        self._projected = np.empty((64, pool.size), dtype=np.float32)
        self._explained = np.zeros(pool.size, dtype=np.float32)

    def observe(self, ids: Ids) -> None:
        """Add architectures, shape (new,), different ones."""
        from scipy.linalg import solve_triangular

        before, after = self.count, self.count + ids.size
        self._make_room(after)
        encoded = self._space.one_hot(ids)
        self._observed = np.concatenate([self._observed, encoded])
        covariance = self._covariance(encoded, self._observed).astype(np.float64)
        rows = self._covariance(encoded, self._encoded)
        new, old = slice(before, after), slice(before)
        block = covariance[:, new] + NOISE * np.eye(ids.size)
        if before:
            side = solve_triangular(self._factor[old, old], covariance[:, old].T, lower=True).T
            self._factor[new, old] = side
            block -= side @ side.T
            rows -= side.astype(np.float32) @ self._projected[old]
        corner = np.linalg.cholesky(block)
        self._factor[new, new] = corner
        added = np.linalg.inv(corner).astype(np.float32) @ rows
        self._projected[new] = added
        self._explained += np.einsum("ij,ij->j", added, added)
        self.count = after

    def predict(self, labels: NDArray[np.float64]) -> tuple[Features, Features]:
        """Means and deviations of the pool, given labels in the order of observation."""
        from scipy.linalg import solve_triangular

        factor = self._factor[: self.count, : self.count]
        weights = solve_triangular(factor, labels, lower=True).astype(np.float32)
        means: Features = weights @ self._projected[: self.count]
        return means, np.sqrt(np.maximum(VARIANCE - self._explained, np.float32(0)))

    def _covariance(self, some: Features, others: Features) -> NDArray[np.floating]:
        different = len(self._space.choices) - some @ others.T
        different *= np.float32(-1 / LENGTH)
        covariance: NDArray[np.floating] = np.exp(different, out=different)
        covariance *= np.float32(VARIANCE)
        return covariance

    def _make_room(self, count: int) -> None:
        capacity = len(self._factor)
        if count > capacity:
            larger = max(count, 2 * capacity)
            factor = np.zeros((larger, larger))
            factor[:capacity, :capacity] = self._factor
            projected = np.empty((larger, self.pool.size), dtype=np.float32)
            projected[:capacity] = self._projected
            self._factor, self._projected = factor, projected
