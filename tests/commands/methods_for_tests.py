"""Methods that do what methods should not."""

import os
import signal

import numpy as np


class Good:
    """Queries in order."""

    def search(self, problem, rng):
        for architecture in range(problem.space.size):
            problem.query(architecture)


class Raises:
    def search(self, problem, rng):
        problem.query(3)
        raise RuntimeError("no idea what to query")


class ReturnsEarly:
    def search(self, problem, rng):
        problem.query([1, 2, 3])


class AsksOutside:
    def search(self, problem, rng):
        problem.query(10**6)


class AsksFloats:
    def search(self, problem, rng):
        problem.query(np.array([0.5, 1.0]))


class AsksNaN:
    def search(self, problem, rng):
        problem.query(float("nan"))


class Repeats:
    def search(self, problem, rng):
        while True:
            problem.query(5)


class Killed:
    def search(self, problem, rng):
        problem.query(1)
        os.kill(os.getpid(), signal.SIGKILL)


class FailsOnSeedOne:
    """Fails once: the marker file says whether it has."""

    def search(self, problem, rng):
        marker = os.environ["FAIL_WHILE_THIS_EXISTS"]
        if os.path.exists(marker) and rng.random() < 2:
            raise RuntimeError("not today")
        problem.query(np.arange(problem.budget))
