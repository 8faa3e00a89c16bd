"""Methods for tests of runs on other machines."""

import os
import time

import numpy as np

from nasarena.suite import Problem


class Asleep:
    """Random search that sleeps first: it takes time, and next to no processor."""

    version = "1"
    paper = None
    tuned_on = ()

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds = seconds

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        time.sleep(self.seconds)
        for architecture in rng.permutation(problem.space.size):
            problem.query(architecture)


class Busy(Asleep):
    """Random search that computes first, for some seconds of a processor."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        end = time.process_time() + self.seconds
        while time.process_time() < end:
            sum(range(1000))
        for architecture in rng.permutation(problem.space.size):
            problem.query(architecture)


class Dies(Asleep):
    """Ends its process."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        os._exit(1)
