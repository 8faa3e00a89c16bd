"""A method that asks for trainings of several lengths, for worker processes, too."""

import numpy as np

from nasarena.suite import Problem
from nasarena.suite.methods import method_card, method_names


def by_several_lengths() -> set[str]:
    """The registered methods that search by trainings of several lengths, and cannot without."""
    return {name for name in method_names() if getattr(method_card(name).make, "fidelities", False)}


class Asks:
    """Asks for any length of any few architectures, again and again; keeps checkpoints."""

    fidelities = True

    def __init__(self, few: int = 12) -> None:
        self.few = few

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        known = problem.fidelities
        assert known is not None
        while True:
            problem.checkpoint("nothing")
            ids = rng.integers(min(300, problem.space.size), size=int(rng.integers(1, self.few)))
            length = int(rng.choice(known.epochs))
            answers = problem.query(ids, length)
            problem.recommend(int(ids[answers.argmax()]))


class AsksForSeven:
    """Asks for a length of training that hardly any table has."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.query([0], fidelity=7)
