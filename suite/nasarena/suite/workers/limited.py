"""Work on files of strangers, in a process that may take so much memory and so long, not more."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from nasarena.suite.errors import UserError
from nasarena.suite.workers.processes import end_pool, new_pool, wait_for, worker_surroundings

Call = Callable[..., Any]
"""Calls a function of a module with arguments in the limited process; returns what it returns."""


class OverLimit(Exception):
    """A call that went beyond a limit. The message says how, and goes on from what was read."""


def _say_nothing() -> None:
    """What Python or a library prints when it crashes is not for the user, who gets a sentence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


@contextmanager
def limited_process(memory: int, seconds: float) -> Iterator[Call]:
    """Gives a function that calls others in a process of its own, one after another.

    The process may take `memory` bytes (on Linux; elsewhere there is no such limit), and `seconds`
    of wall time for each call: a pickle of a few bytes can ask for either without end, and can
    crash the process that reads it. What a call raises is raised here; OverLimit when it takes
    more, or its process dies.
    """
    pool = new_pool(1, memory if sys.platform.startswith("linux") else None)

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            with worker_surroundings():
                future = pool.submit(function, *arguments)
            return future.result(seconds)
        except TimeoutError:
            raise OverLimit(f"takes more than {seconds:g} seconds to read") from None
        except MemoryError:
            raise OverLimit(f"takes more than {memory / 1e9:g} GB of memory to read") from None
        except BrokenProcessPool:
            raise OverLimit(
                f"crashed the process that read it, or took more than the {memory / 1e9:g} GB of "
                "memory that this has"
            ) from None

    try:
        with worker_surroundings():
            started = pool.submit(_say_nothing)
        try:
            started.result()  # the time until then does not count
        except BrokenProcessPool:
            raise UserError(
                "the process that is to read the file could not be started; make sure that there "
                "is enough memory, then give the same command again"
            ) from None
        yield call
    finally:
        wait_for(end_pool(pool, now=True))
