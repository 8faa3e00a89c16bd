"""The contender with zero-cost scores: they choose its first cells, and are in its covariance."""

import numpy as np

from nasarena.methods.path_gp import PathGP
from nasarena.methods.scored import ScoreKernel, names_of, score_features
from nasarena.suite.arrays import Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.tables.proxies import highest_first


class PathGPProxies(PathGP):
    """`path-gp` that begins with the cells which zero-cost scores rank highest.

    The covariance is the mean of that of `path-gp` and of one by the scores (`ScoreKernel`). All
    else is as in `path-gp`, with its settings; those were chosen without scores, and the mean for
    no benchmark. A cell that lacks a score has the middle one in its place, and one without any is
    not among the first.

    Source: nasarena's own; warm starts by zero-cost scores are in Abdelfattah et al., ICLR 2021,
    section 4, scores as features of predictors in White et al., NeurIPS 2021, arXiv:2104.01177.

    Args:
        scores: names with `+` between them, or `all` that the benchmark has.
        skip_twins: never propose an isomorphic twin of what was queried.
    """

    version = "1"

    def __init__(self, scores: str = "all", skip_twins: bool = True) -> None:
        super().__init__(skip_twins=skip_twins)
        self.scores = scores

    @property
    def proxies(self) -> tuple[str, ...]:
        """The scores that it cannot search without; () for all."""
        return names_of(self.scores)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.methods.cell_kernel import CellKernel

        proxies = problem.proxies(*self.proxies)
        by_cell, by_score = CellKernel(problem.space), ScoreKernel(score_features(proxies))

        def rows(ids: Ids) -> Features:
            covariances = by_cell.rows(ids)
            covariances += by_score.rows(ids)
            covariances /= 2
            return covariances

        order = highest_first(proxies.mean_rank(), rng)
        _, first = np.unique(self._classes(problem.space)[order], return_index=True)
        self._search_all(problem, rows, order[np.sort(first)[: self.initial]])
