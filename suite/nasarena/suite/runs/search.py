"""The method's side of a run: seeded, searched, and its process left as it was."""

import os
import random
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from nasarena.suite.benchmarks.registry import closed_to_methods
from nasarena.suite.methods import MethodChoice
from nasarena.suite.observed_labels import random_stream
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.runs.checkpoints import Checkpoints
from nasarena.suite.runs.global_state import GlobalState
from nasarena.suite.runs.recorded_error import recorded_error
from nasarena.suite.spaces.open_space import too_many


class Searched(NamedTuple):
    """How a search ended: what it raised, if that failed it, and the settings that it changed."""

    error: str | None
    changed: tuple[str, ...]


def search(
    choice: MethodChoice,
    benchmark: str,
    seed: int,
    new_problem: Callable[[], Problem],
    checkpoints: Checkpoints,
) -> Searched:
    """Let a method search. Whatever it raises is caught.

    `new_problem` makes its problem; it is called again if the search has to be begun anew.
    """
    if "torch" in choice.card.requires:
        import_module("torch")  # before its generator is seeded
    process = os.getpid()
    with threadpool_limits(limits=1):
        # The method is imported by now: what it sets then holds for all runs of its cell alike.
        state = GlobalState.now()
        while True:
            torch_was_loaded = "torch" in sys.modules
            problem = new_problem()
            _seed_global_generators(benchmark, seed)
            rng = random_stream(benchmark, seed, "search")
            checkpoints.begin(rng)
            error = None
            try:
                with closed_to_methods():
                    # Built for each run, after seeding: its __init__ may draw weights.
                    choice.build().search(problem, rng)
            except SearchEnded:
                pass
            except BaseException as raised:  # whatever it is, the other runs go on
                error = recorded_error(_explained(raised, problem))
            if os.getpid() != process:  # the method forked: only one of the two is the worker
                os._exit(0)
            changed = state.restore()
            # A method that imported torch while it searched drew from an unseeded generator.
            if torch_was_loaded or "torch" not in sys.modules:
                return Searched(error, tuple(changed))
            checkpoints.forget()


def _explained(raised: BaseException, problem: Problem) -> BaseException:
    """The error; where a list of an open space was too large for the memory, with what to do."""
    if problem.space.enumerable or not isinstance(raised, MemoryError):
        return raised
    said = f"{raised} ({too_many(problem.space.size)})"
    return MemoryError(said.strip()).with_traceback(raised.__traceback__)


def _seed_global_generators(benchmark: str, seed: int) -> None:
    """For methods that draw from the libraries' global generators instead of `rng`."""
    number = int(random_stream(benchmark, seed, "global").integers(2**32))
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002  # the legacy generator is what is seeded here
    if torch := sys.modules.get("torch"):
        torch.manual_seed(number)
