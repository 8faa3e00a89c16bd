"""Trainings on worker processes, as many at once as were asked for."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from multiprocessing.util import Finalize

from nasarena.suite.live.measurement import Measurement
from nasarena.suite.workers.places import Places
from nasarena.suite.workers.waiting import Waiting

PROCESSES = "NASARENA_EVALUATING_PROCESSES"
"""Tells the process in which a method searches how many others train for it."""

Evaluate = Callable[[int], Measurement]
"""Trains an architecture; a function of a module, so that other processes find it."""


@contextmanager
def evaluating_on(processes: int) -> Iterator[None]:
    """Searches started in this block train on so many processes."""
    before = os.environ.get(PROCESSES)
    os.environ[PROCESSES] = str(processes)
    try:
        yield
    finally:
        if before is None:
            del os.environ[PROCESSES]
        else:
            os.environ[PROCESSES] = before


def evaluated(evaluate: Evaluate, ids: Sequence[int]) -> Iterator[tuple[int, Measurement]]:
    """Trains architectures; yields each as it finishes, in any order.

    When one fails, those under way are finished, no other is begun, and its error is raised at the
    end: what was trained is not lost. Raises WorkerDied when a process dies.
    """
    processes = int(os.environ.get(PROCESSES, "1"))
    for finished in _places(processes).run(evaluate, Waiting(ids)):
        yield from finished


@cache
def _places(processes: int) -> Places:
    """Processes kept for the next queries: each needs seconds to load the libraries."""
    places = Places(processes)
    # A process that ends waits for those it started before executors tell theirs to end; and the
    # queue through which they are told is closed at priority 10.
    Finalize(None, places.close, exitpriority=100)
    return places
