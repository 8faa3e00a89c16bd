"""Trainings on worker processes, as many at once as were asked for."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from multiprocessing.util import Finalize

from nasarena.suite.live.measurement import Measurement
from nasarena.suite.workers.cluster import Cluster
from nasarena.suite.workers.places import Places
from nasarena.suite.workers.scheduler_address import SchedulerAddress, read_address
from nasarena.suite.workers.variables import variables
from nasarena.suite.workers.waiting import Waiting

PROCESSES = "NASARENA_EVALUATING_PROCESSES"
"""Tells the process in which a method searches how many others train for it."""

SCHEDULER = "NASARENA_EVALUATING_SCHEDULER"
"""The address of the scheduler whose workers train, if it has one."""

Evaluate = Callable[[int], Measurement]
"""Trains an architecture; a function of a module, so that other processes find it."""


@contextmanager
def evaluating_on(processes: int, scheduler: SchedulerAddress | None = None) -> Iterator[None]:
    """Searches started in this block train on so many processes, or on a scheduler's workers."""
    said = {PROCESSES: str(processes), SCHEDULER: scheduler.text if scheduler else ""}
    with variables(said):
        yield


def evaluated(evaluate: Evaluate, ids: Sequence[int]) -> Iterator[tuple[int, Measurement]]:
    """Trains architectures; yields each as it finishes, in any order.

    When one fails, those under way are finished, no other is begun, and its error is raised at the
    end: what was trained is not lost. Raises WorkerDied when a process dies, UserError when the
    scheduler is lost.
    """
    processes = int(os.environ.get(PROCESSES, "1"))
    places = _places(processes, os.environ.get(SCHEDULER, ""))
    for finished in places.run(evaluate, Waiting(ids)):
        yield from finished


@cache
def _places(processes: int, scheduler: str) -> Places | Cluster:
    """Processes kept for the next queries: each needs seconds to load the libraries."""
    places = Cluster(read_address(scheduler)) if scheduler else Places(processes)
    # A process that ends waits for those it started before executors tell theirs to end; and the
    # queue through which they are told is closed at priority 10.
    Finalize(None, places.close, exitpriority=100)
    return places
