"""Worker processes: each computes on one thread, ignores Ctrl-C, and ends with its parent."""

import os
import signal
import sys
import threading
import types
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

from nasarena.suite.errors import RunsFailed

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

TRACKER_IS_QUIET = "ignore:resource_tracker:UserWarning"
"""Python's tracker removes what a terminated process leaves; users need not hear of it."""

WORKER_DIED = "a worker process died (killed, out of memory, or crashed)"

Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerDied(RunsFailed):
    """A worker process died, and with it all tasks that its pool was running: `underway`."""

    def __init__(self, underway: Sequence[Any] = ()) -> None:
        super().__init__(underway)
        self.underway = underway

    def __str__(self) -> str:
        return (
            f"{WORKER_DIED}; what was stored is kept: make sure that there is enough memory, then "
            "give the same command again"
        )


def run_tasks(
    function: Callable[[Task], Result],
    waiting: deque[Task],
    workers: int,
    wake_seconds: float | None = None,
) -> Generator[list[tuple[Task, Result]]]:
    """Calls `function` on each task in one of so many new processes; yields what has finished.

    As `run_on_pool`. Processes that still work when the generator is closed are terminated.
    """
    if not waiting:
        return
    underway: dict[Future[Result], Task] = {}
    with worker_pool(min(workers, len(waiting)), underway) as pool:
        yield from run_on_pool(pool, function, waiting, workers, wake_seconds, underway)


def run_on_pool(
    pool: ProcessPoolExecutor,
    function: Callable[[Task], Result],
    waiting: deque[Task],
    workers: int,
    wake_seconds: float | None = None,
    underway: dict[Future[Result], Task] | None = None,
) -> Generator[list[tuple[Task, Result]]]:
    """Calls `function` on each task in a process of the pool; yields what has finished.

    Each list holds the tasks that finished since the last list, with their results, in any order.
    It is empty when none finished within `wake_seconds`, so that the caller can do something else
    from time to time. Tasks are taken from the left of `waiting` when a process has room for them
    (one more than there are `workers`, so that none is idle): the caller may remove others.
    `underway` is kept up to date with the tasks that were taken and have not finished.

    When `function` raises, no other task is begun, those under way are finished, and the first
    error is raised last. Raises WorkerDied when a process dies.
    """
    underway = {} if underway is None else underway
    failure: BaseException | None = None
    while waiting or underway:
        try:
            with worker_surroundings():
                while waiting and len(underway) <= workers:
                    future = pool.submit(function, waiting[0])
                    underway[future] = waiting.popleft()
        except BrokenProcessPool:
            raise WorkerDied([*underway.values()]) from None
        finished, died = [], False
        for future in wait(underway, wake_seconds, FIRST_COMPLETED).done:
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                died = True
                continue
            task = underway.pop(future)
            if error is None:
                finished.append((task, future.result()))
            else:
                failure = failure or error
                waiting.clear()
        yield finished
        if died:
            raise WorkerDied([*underway.values()])
    if failure is not None:
        raise failure


def default_workers() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def new_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of so many processes, started by the first tasks: submit in `worker_surroundings`."""
    with worker_surroundings():  # a pool's first act is to start Python's tracker
        return ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=start_worker
        )


@contextmanager
def worker_pool(workers: int, underway: Collection[Future[Any]]) -> Iterator[ProcessPoolExecutor]:
    """A new pool of `workers` processes. At the end, tasks still `underway` are not waited for.

    An interrupt ends it, too.
    """
    pool = new_pool(workers)
    try:
        yield pool
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            if underway:
                process.terminate()
        for process in processes:
            process.join()


@contextmanager
def worker_surroundings() -> Iterator[None]:
    """Processes started in this block inherit: one thread, no `__main__`, no Ctrl-C.

    A spawned process would import the program's main module once more, which a worker has no use
    for, and which starts a script over that is not written for it.
    """
    main = sys.modules["__main__"]
    warnings = filter(None, (os.environ.get("PYTHONWARNINGS"), TRACKER_IS_QUIET))
    inherited = ONE_THREAD | {"PYTHONWARNINGS": ",".join(warnings)}
    before = {name: os.environ.get(name) for name in inherited}
    sys.modules["__main__"] = types.ModuleType("__main__")
    os.environ.update(inherited)
    try:
        with interrupts_held():
            yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end of the block (and never reaches processes started in it)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker() -> None:
    """Runs first in a worker process: it ignores Ctrl-C, and ends when its parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process with its parent: otherwise it would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
