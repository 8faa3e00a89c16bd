"""Random search without replacement."""

import numpy as np

from nasarena.suite.problem import Problem


class RandomSearch:
    """Queries every architecture once, in a uniformly random order.

    In a space that is too large to list it draws them one by one: repeats, if any, cost nothing.
    """

    version = "1"
    kind = "baseline"
    paper = "Li & Talwalkar, UAI 2019, arXiv:1902.07638"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 1e-5

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        size = problem.space.size
        if problem.space.enumerable:
            for architecture in rng.permutation(size).tolist():
                problem.query(architecture)
        else:
            while True:
                problem.query(int(rng.integers(size)))
