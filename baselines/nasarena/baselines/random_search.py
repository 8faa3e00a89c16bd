"""Random search without replacement."""

import numpy as np

from nasarena.suite.problem import Problem


class RandomSearch:
    """Queries every architecture once, in a uniformly random order."""

    version = "1"
    kind = "baseline"
    paper = "Li & Talwalkar, UAI 2019, arXiv:1902.07638"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 2e-6

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        for architecture in rng.permutation(problem.space.size).tolist():
            problem.query(architecture)
