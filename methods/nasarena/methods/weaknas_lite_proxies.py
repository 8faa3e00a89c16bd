"""WeakNAS-lite with zero-cost scores: they choose its first samples, and its network reads them."""

import numpy as np

from nasarena.methods.scored import names_of, warmed
from nasarena.methods.weaknas_lite import WeakNASLite
from nasarena.suite.problem import Problem


class WeakNASLiteProxies(WeakNASLite):
    """`weaknas-lite` that begins with the architectures which zero-cost scores rank highest.

    Its network reads the scores beside the decisions. All else is as in `weaknas-lite`, with its
    settings; those were chosen without scores, and the ones below for no benchmark. An architecture
    that lacks a score has the middle one in its place, and one without any is not among the first.

    Source: as `weaknas-lite`; warm starts by zero-cost scores are in Abdelfattah et al., ICLR 2021,
    section 4, scores as features of predictors in White et al., NeurIPS 2021, arXiv:2104.01177.

    Args:
        scores: names with `+` between them, or `all` that the benchmark has.
    """

    version = "1"
    seconds_per_query: float | None = 2e-3

    def __init__(self, scores: str = "all") -> None:
        super().__init__()
        self.scores = scores

    @property
    def proxies(self) -> tuple[str, ...]:
        """The scores that it cannot search without; () for all."""
        return names_of(self.scores)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        super().search(warmed(problem, problem.proxies(*self.proxies), rng), rng)
