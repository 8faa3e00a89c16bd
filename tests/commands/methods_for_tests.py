"""Methods that do what methods should not."""

import multiprocessing
import os
import signal
import time

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


class CannotBeBuilt:
    def __init__(self):
        if multiprocessing.parent_process():
            raise RuntimeError("no device here")

    def search(self, problem, rng):
        pass


class SaysTooMuch:
    def search(self, problem, rng):
        raise ValueError("a\nb\n\x1b[31mred " + 1000 * "x")


class CannotSay(Exception):
    def __str__(self):
        raise RuntimeError("not even that")


class RaisesTheUnspeakable:
    def search(self, problem, rng):
        raise CannotSay


class PressesCtrlC:
    def search(self, problem, rng):
        raise KeyboardInterrupt


class SwallowsTheEnd:
    """Stops by itself when the harness has ended its search."""

    def search(self, problem, rng):
        try:
            for architecture in range(problem.space.size):
                problem.query(architecture)
        except BaseException:
            return


class DrawsWhenBuilt:
    """Draws from the global generator before it searches."""

    def __init__(self):
        self.start = np.random.randint(1000)  # noqa: NPY002  # what it is about

    def search(self, problem, rng):
        for architecture in range(self.start, problem.space.size):
            problem.query(architecture)


class SlowOnMostSeeds:
    """Ends at once for one seed of the stream, never for the others."""

    def search(self, problem, rng):
        if problem.query(int(rng.integers(problem.space.size))) and rng.random() < 2:
            marker = os.environ["FIRST_RUN_MARKER"]
            try:
                os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                time.sleep(600)
        problem.query(np.arange(problem.budget))


class FailsOnSeedOne:
    """Fails once: the marker file says whether it has."""

    def search(self, problem, rng):
        marker = os.environ["FAIL_WHILE_THIS_EXISTS"]
        if os.path.exists(marker) and rng.random() < 2:
            raise RuntimeError("not today")
        problem.query(np.arange(problem.budget))
