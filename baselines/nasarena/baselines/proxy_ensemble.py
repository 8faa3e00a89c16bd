"""Search by several zero-cost scores at once: architectures in the order of their mean rank."""

from typing import ClassVar

import numpy as np

from nasarena.suite.problem import Problem
from nasarena.suite.tables.proxies import highest_first


class ProxyEnsemble:
    """Queries architectures in the order of their mean rank by zero-cost scores, highest first.

    Each score counts alike. An architecture's mean is over the scores that it has; those without
    any come last, in random order. Nothing is learned from what queries answer.

    Source: votes of several scores are in Abdelfattah et al., ICLR 2021, section 4.2; the mean rank
    in its place is nasarena's own.

    Args:
        scores: names with `+` between them, or `all` that the benchmark has.
    """

    version = "1"
    kind = "baseline"
    paper = "Abdelfattah et al., ICLR 2021, arXiv:2101.08134"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 2e-5

    def __init__(self, scores: str = "all") -> None:
        self.scores = scores

    @property
    def proxies(self) -> tuple[str, ...]:
        """The scores that it cannot search without; () for all."""
        return () if self.scores == "all" else tuple(self.scores.split("+"))

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        ranks = problem.proxies(*self.proxies).mean_rank()
        for architecture in highest_first(ranks, rng).tolist():
            problem.query(architecture)
