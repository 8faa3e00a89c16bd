"""DDP-NAS: a distribution over architectures that loses its least probable values."""

from typing import ClassVar

import numpy as np

from nasarena.baselines.categorical_distribution import CategoricalDistribution
from nasarena.suite.problem import Problem
from nasarena.suite.targets import z_scores

DRAWS = 10
"""How many times the queries of a stage are drawn at most, repeats counted."""


class DDPNAS:
    """A product of categorical distributions that is pruned until one architecture is left.

    In each round `samples` architectures are drawn from the distribution and queried. The logit of
    each value goes up by `learning_rate` times the sum of how far its samples lie above the
    round's mean, in standard deviations of the round, over `samples`. The budget is divided into as
    many stages as the decision with most values can lose values. At the end of a stage the least
    probable value of every decision that has several left is dropped. It cannot return, so a run
    may have lost the optimum. When one architecture is left, or if the stages end earlier because
    they drew only repeats (a stage draws at most ten times its queries), the search begins anew
    with an even distribution and what is left of the budget.

    Source: Zheng et al., "Dynamic Distribution Pruning for Efficient Network Architecture
    Search", 2019, from its abstract; the details are from memory, as tanglang96/DDPNAS (2e9b88f)
    has code for testing only. The learning rate and the samples of a round are nasarena's own,
    chosen at 300 queries on the benchmarks in `tuned_on`.
    Departures: the paper samples by short trainings with shared weights and prunes every few
    epochs; here a sample is a query, and stages are parts of the budget. The paper ends with one
    architecture; here what is left of the budget is used. Decisions of two values, such as the
    edges of NAS-Bench-101, are fixed after the first stage. What denotes no architecture is drawn
    again up to 100 times; then the nearest of 32 random architectures is taken. It looks at
    decisions only, so it needs no graph.

    Args:
        samples: architectures drawn in a round.
        learning_rate: of each update of the logits.
    """

    version = "1"
    kind = "baseline"
    paper = "Zheng et al., 2019, arXiv:1905.13543"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10", "nasbenchgraph/citeseer")
    seconds_per_query = 3e-3

    def __init__(self, samples: int = 10, learning_rate: float = 2.0) -> None:
        if samples < 2:
            raise ValueError(f"samples must be at least 2, not {samples}")
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {learning_rate}")
        self.samples = samples
        self.learning_rate = learning_rate

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        while True:
            distribution = CategoricalDistribution(problem.space)
            stages = max(len(values) for values in problem.space.choices) - 1
            for left in range(stages, 0, -1):
                self._stage(problem, distribution, max(1, problem.remaining // left), rng)
                drop_least_probable(distribution)
            _, last = distribution.architectures(1, rng)
            problem.query(last)

    def _stage(
        self,
        problem: Problem,
        distribution: CategoricalDistribution,
        queries: int,
        rng: np.random.Generator,
    ) -> None:
        """Rounds until so many queries were charged, or ten times as many were drawn."""
        aim = problem.remaining - queries
        for _ in range(-(-DRAWS * queries // self.samples)):
            if problem.remaining <= aim:
                return
            decisions, ids = distribution.architectures(self.samples, rng)
            advantages = z_scores(problem.query(ids)) / self.samples
            distribution.logits += self.learning_rate * distribution.gradient(decisions, advantages)


def drop_least_probable(distribution: CategoricalDistribution) -> None:
    """Make the least probable value of each decision impossible, unless it is the only one."""
    logits = distribution.logits
    present = np.isfinite(logits)
    several = np.flatnonzero(present.sum(axis=1) > 1)
    least = np.where(present, logits, np.inf).argmin(axis=1)
    logits[several, least[several]] = -np.inf
