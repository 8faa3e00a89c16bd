"""Best-first local search with random jumps."""

from heapq import heappop, heappush

import numpy as np

from nasarena.suite import Problem


class OwnMethod:
    """Queries neighbours of the best architecture so far that has neighbours left.

    With probability `explore`, and where no neighbours are left, it queries a random architecture.
    It decides by comparing accuracies and by whole random numbers, so that a seed gives the same
    trace on every processor.

    Args:
        explore: the share of queries that are random.
    """

    version = "1"

    def __init__(self, explore: float = 0.1) -> None:
        self.explore = explore

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        """Query until nasarena ends the search."""
        space = problem.space
        parents: list[tuple[float, int, list[int]]] = []  # a heap, the best first
        seen: set[int] = set()
        while True:
            while parents and not parents[0][2]:
                heappop(parents)
            if not parents or rng.random() < self.explore:
                candidate = int(rng.integers(space.size))
            else:
                best_parent = parents[0]
                candidate = best_parent[2].pop()
            accuracy = problem.query(candidate)
            if candidate not in seen:
                seen.add(candidate)
                neighbours = space.neighbours(candidate)
                left = rng.permutation(neighbours[neighbours >= 0]).tolist()
                heappush(parents, (-accuracy, candidate, left))
