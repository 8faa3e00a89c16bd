"""ASHA: successive halving that promotes one architecture at a time."""

from bisect import insort
from itertools import pairwise

import numpy as np

from nasarena.baselines.successive_halving import Draws, SuccessiveHalving, ladder
from nasarena.suite.problem import Problem


class ASHA(SuccessiveHalving):
    """Promotes an architecture to a longer training as soon as it is among the best of its length.

    Architectures to promote are looked for from the longest training down. Where there is none, a
    new random architecture gets the shortest training.

    Source: Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020,
    Algorithm 2, with one worker: queries answer at once here. Departures: the lengths are those
    that the benchmark has, and where two are further apart than `eta`, a smaller share is
    promoted, in proportion; where the whole space was drawn, the best that waits is promoted even
    if it is not in that share.

    Args:
        eta: each length costs at least `eta` times the one before.
    """

    version = "1"
    paper = "Li et al., MLSys 2020, arXiv:1810.05934"
    seconds_per_query = 3e-5

    def __init__(self, eta: float = 4.0) -> None:
        super().__init__(eta)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        assert problem.fidelities is not None
        rungs = ladder(problem.fidelities, self.eta)
        draws = Draws(problem.space, rng)
        levels = [_Level(low.cost / high.cost) for low, high in pairwise(rungs)]
        while True:
            architecture, place = _promoted(levels, draws.is_empty)
            if architecture is None:
                architecture, place = int(draws.draw(1)[0]), 0
            accuracy = problem.query(architecture, fidelity=rungs[place].epochs)
            if place < len(levels):
                levels[place].add(accuracy, architecture)


class _Level:
    """What was trained for one length: the best, and how many of them may be promoted."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._ordered: list[tuple[float, int]] = []
        self._promoted: set[int] = set()

    def add(self, accuracy: float, architecture: int) -> None:
        insort(self._ordered, (-accuracy, architecture))

    def promote(self, any_share: bool) -> int | None:
        """The best that waits among those that may be promoted; None where none does."""
        count = len(self._ordered)
        if not any_share:
            count = int(count * self._share * (1 + 1e-9))
        for _, architecture in self._ordered[:count]:
            if architecture not in self._promoted:
                self._promoted.add(architecture)
                return architecture
        return None


def _promoted(levels: list[_Level], all_drawn: bool) -> tuple[int | None, int]:
    """What is promoted, and to which rung. Where all were drawn, also what is not of the best."""
    for any_share in (False, True) if all_drawn else (False,):
        for place in reversed(range(len(levels))):
            architecture = levels[place].promote(any_share)
            if architecture is not None:
                return architecture, place + 1
    return None, 0
