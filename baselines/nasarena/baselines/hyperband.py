"""Hyperband: successive halving with several trade-offs of how many against how long."""

import numpy as np

from nasarena.baselines.successive_halving import Draws, Rung, SuccessiveHalving, halve, ladder
from nasarena.suite.problem import Problem


def brackets(rungs: list[Rung]) -> list[tuple[int, list[Rung]]]:
    """How many architectures each bracket starts with, and on which rungs they compete.

    The bracket that starts with the shortest training comes first; the last trains in full only.
    With `s + 1` of `s_max + 1` rungs it has ceil((s_max + 1) / (s + 1) * R / r) architectures, r
    its shortest training and R the full one (Algorithm 1).
    """
    count, full = len(rungs), rungs[-1].cost
    return [
        (int(np.ceil(count / (count - start) * full / rungs[start].cost - 1e-9)), rungs[start:])
        for start in range(count)
    ]


class Hyperband(SuccessiveHalving):
    """Runs brackets of successive halving in turn, from many short trainings to a few full ones.

    No single trade-off between many trainings and long ones suits all problems. Each bracket is
    one such trade-off, and all brackets cost about the same.

    Source: Li et al., "Hyperband: a novel bandit-based approach to hyperparameter optimization",
    JMLR 18(185), 2018, Algorithm 1, whose numbers of architectures are rounded up there (its
    authors' code rounds them down). Departures: the lengths are those that the benchmark has, and
    where two are further apart than `eta`, fewer are kept in between; the brackets are repeated
    until the budget is used.

    Args:
        eta: each length costs at least `eta` times the one before.
    """

    version = "1"
    paper = "Li et al., JMLR 18(185), 2018, arXiv:1603.06560"

    def __init__(self, eta: float = 3.0) -> None:
        super().__init__(eta)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        assert problem.fidelities is not None
        rungs = ladder(problem.fidelities, self.eta)
        draws = Draws(problem.space, rng)
        while True:
            for count, own in brackets(rungs):
                halve(problem, draws.draw(count), own)
