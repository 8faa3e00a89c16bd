"""Local search as naszilla released it."""

import numpy as np

from nasarena.suite.problem import Problem


class LocalSearchReleased:
    """Local search from the best of ten random architectures, which moves to new ones only.

    Query `initial` random architectures that were not queried before, and start from the best.
    The neighbours of the current architecture are visited in random order, without those that were
    queried before; the first that is better is the next current one. At a minimum, where no new
    neighbour is better, begin again with new random architectures. With `stop_at_minimum=false`
    there are no minima: the next current architecture is always the best of all queried ones
    whose neighbours were not yet visited.

    `local-search` differs in three ways: it starts from one random architecture, it also moves to
    better neighbours that were queried before (free of charge), and it only restarts.

    Source: White et al., UAI 2021; the released code (naszilla/naszilla, `nas_algorithms.py`),
    which stops at minima on NAS-Bench-101 and has the other rule as an option. Departure: the
    release ends with an error where the space is used up; here the search returns.

    Args:
        initial: random architectures at the start and after every minimum.
        stop_at_minimum: whether to begin again where no new neighbour is better.
    """

    version = "1"
    kind = "baseline"
    paper = "White et al., UAI 2021, arXiv:2005.02960"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 1e-4

    def __init__(self, initial: int = 10, stop_at_minimum: bool = True) -> None:
        if initial < 1:
            raise ValueError(f"initial must be at least 1, not {initial}")
        self.initial = initial
        self.stop_at_minimum = stop_at_minimum

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        accuracies: dict[int, float] = {}
        visited: set[int] = set()
        while len(accuracies) < problem.space.size:
            current: int | None = self._start(problem, rng, accuracies)
            while current is not None:
                visited.add(current)
                better = _first_better(problem, rng, current, accuracies)
                current = better if self.stop_at_minimum else _best(accuracies, visited)

    def _start(
        self, problem: Problem, rng: np.random.Generator, accuracies: dict[int, float]
    ) -> int:
        """Queries new random architectures and returns the best of them."""
        drawn: list[int] = []
        while len(drawn) < self.initial and len(accuracies) < problem.space.size:
            architecture = int(rng.integers(problem.space.size))
            if architecture not in accuracies:
                accuracies[architecture] = problem.query(architecture)
                drawn.append(architecture)
        return max(drawn, key=accuracies.__getitem__)


def _first_better(
    problem: Problem, rng: np.random.Generator, current: int, accuracies: dict[int, float]
) -> int | None:
    """The first new neighbour that is better; None where there is none, all having been queried."""
    for neighbour in rng.permutation(problem.space.neighbours(current)).tolist():
        if neighbour >= 0 and neighbour not in accuracies:
            accuracies[neighbour] = problem.query(neighbour)
            if accuracies[neighbour] > accuracies[current]:
                return int(neighbour)
    return None


def _best(accuracies: dict[int, float], visited: set[int]) -> int | None:
    """The best architecture whose neighbours were not visited, the first queried of equal ones."""
    left = (architecture for architecture in accuracies if architecture not in visited)
    return max(left, key=accuracies.__getitem__, default=None)
