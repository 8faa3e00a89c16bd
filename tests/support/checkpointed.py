"""Methods that keep checkpoints; the first searches of each end their process in the middle."""

import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from nasarena.suite.problem import Problem

ROUNDS = 12
"""Of five queries each."""


class Checkpointed:
    """Draws from all generators; notes each of its rounds in the file `ROUNDS_FILE` names.

    Where that file has `DIE_AFTER` lines, and `.dead` behind its name is no file, it dies.
    """

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        started, best = problem.resumed or (0, 0)
        for number in range(started, ROUNDS):
            problem.checkpoint((number, best))
            self.begin(number)
            numbers = [*rng.integers(problem.space.size, size=3), self.drawn()]
            numbers.append(np.random.randint(problem.space.size))  # noqa: NPY002
            found = problem.query(np.array([*numbers, numbers[0]]))
            best = int(numbers[int(found[:5].argmax())])
            problem.recommend(best)
            problem.note("best", found.max())
            problem.show_predictor(lambda ids: np.asarray(ids) % 7)

    def drawn(self) -> int:
        """An id."""
        return random.randrange(15_625)

    def begin(self, number: int) -> None:
        """A round begins."""
        if "ROUNDS_FILE" not in os.environ:
            return
        notes = Path(os.environ["ROUNDS_FILE"])
        with notes.open("a") as file:
            file.write(f"{number}\n")
        if number == int(os.environ["DIE_AT"]):
            try:
                notes.with_suffix(".dead").open("x").close()
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)


class WithTorch(Checkpointed):
    """Draws from torch, too, which the suite does not load for it."""

    def drawn(self) -> int:
        """An id."""
        import torch

        return int(torch.randint(15_625, (1,)))


class Unpicklable:
    """Wants to keep what cannot be kept."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.checkpoint(lambda: None)


class Hanging(Checkpointed):
    """Hangs in round `DIE_AT`, once."""

    def begin(self, number: int) -> None:
        """A round begins."""
        notes = Path(os.environ["ROUNDS_FILE"])
        with notes.open("a") as file:
            file.write(f"{number}\n")
        if number == int(os.environ["DIE_AT"]) and not notes.with_suffix(".dead").exists():
            notes.with_suffix(".dead").touch()
            time.sleep(60)
