"""First-improvement local search with restarts."""

import numpy as np

from nasarena.suite.problem import Problem


class LocalSearch:
    """Moves to the first better neighbour until there is none, then restarts at random.

    The neighbours of the current architecture are queried one by one in random order; the first
    that is better is the next current one. If no neighbour is better, the search restarts from an
    architecture drawn uniformly.

    Source: White et al., "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021;
    "first improvement" is the variant that does not query the whole neighbourhood.
    """

    version = "1"
    kind = "baseline"
    paper = "White et al., UAI 2021, arXiv:2005.02960"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 3e-5

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        while True:
            current = int(rng.integers(problem.space.size))
            accuracy = problem.query(current)
            while (better := self._first_better(problem, rng, current, accuracy)) is not None:
                current, accuracy = better

    def _first_better(
        self, problem: Problem, rng: np.random.Generator, current: int, accuracy: float
    ) -> tuple[int, float] | None:
        for neighbour in rng.permutation(problem.space.neighbours(current)).tolist():
            if neighbour >= 0:
                found = problem.query(neighbour)
                if found > accuracy:
                    return neighbour, found
        return None
