"""Worker processes: each computes on one thread, ignores Ctrl-C, and ends with its parent."""

import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any, TypeAlias

from nasarena.suite.errors import UserError
from nasarena.suite.workers.limits import limit_memory
from nasarena.suite.workers.variables import environment as variables_here
from nasarena.suite.workers.variables import variables

INHERITED = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "PYTHONHASHSEED": "0",
}
"""Variables of all worker processes: one thread, and one order of sets of texts.

Python draws that order anew for each program, and what a library picks can depend on it.
"""

TRACKER_IS_QUIET = "ignore:resource_tracker:UserWarning"
"""Python's tracker removes what a terminated process leaves; users need not hear of it."""

_loaded = dict.fromkeys(["nasarena.suite.runs.execute"])
"""Loaded once in the process that all others are forked from: each starts in milliseconds then."""

END_SECONDS = 3.0
"""A process that has nothing more to do, and is not at its end by then, is killed."""


_ONE_AT_A_TIME = threading.RLock()
"""Held in `worker_surroundings`, which belong to the whole process: several threads may start."""


def default_workers() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_workers(workers: int | None) -> int | None:
    """Returns the number. Raises UserError for more processes than could ever help."""
    most = max(64, 2 * default_workers())
    if workers is not None and workers > most:
        raise UserError(
            f"{workers:,} processes are too many; give at most {most} with --workers, or leave it "
            "out for one for each processor"
        )
    return workers


def load_before_forking(modules: Iterable[str]) -> None:
    """Have modules loaded once for all worker processes, if none was started yet.

    One that is not installed is left out.
    """
    _loaded.update(dict.fromkeys(modules))


def new_pool(
    workers: int, memory: int | None = None, environment: Mapping[str, str] | None = None
) -> ProcessPoolExecutor:
    """A pool of so many processes, started by the first tasks: submit in `worker_surroundings`.

    Each may take `memory` bytes more than it has when it starts. `environment` is added to the
    variables of this process.
    """
    with worker_surroundings():  # a pool's first act is to start Python's tracker
        return ProcessPoolExecutor(
            workers,
            mp_context=_context(),
            initializer=start_worker,
            initargs=(variables_here() | dict(environment or {}), memory),
        )


def start_process(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process of its own that does one thing; it should call `start_worker` first."""
    with worker_surroundings():
        process: BaseProcess = _context().Process(target=target, args=arguments)
        process.start()
    return process


def _context() -> SpawnContext | ForkServerContext:
    """Processes forked from one that has loaded some modules and done nothing; else, new ones."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_loaded))
    return context


@contextmanager
def worker_surroundings() -> Iterator[None]:
    """Processes started in this block have `INHERITED`, no `__main__`, and no Ctrl-C.

    A new process would import the program's main module once more, which a worker has no use
    for, and which starts a script over that is not written for it.
    """
    with _ONE_AT_A_TIME:
        main = sys.modules["__main__"]
        warnings = filter(None, (os.environ.get("PYTHONWARNINGS"), TRACKER_IS_QUIET))
        inherited = INHERITED | {"PYTHONWARNINGS": ",".join(dict.fromkeys(warnings))}
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            with variables(inherited), interrupts_held():
                yield
        finally:
            sys.modules["__main__"] = main


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


def start_worker(environment: Mapping[str, str], memory: int | None = None) -> None:
    """Runs first in a worker process: it ignores Ctrl-C, and ends when its parent ends.

    It has the environment of the process that asked for it, which may be another than that of the
    one it was forked from. What it starts is in its process group, and ends with it.
    """
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    if memory is not None:
        limit_memory(memory)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process with its parent: otherwise it would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        _kill_group(os.getpid())
        os._exit(1)


Leaving: TypeAlias = BaseProcess | threading.Thread
"""What a pool leaves when it is shut down: its processes, and the thread that served them."""


def end_pool(pool: ProcessPoolExecutor, *, now: bool) -> list[Leaving]:
    """Tell a pool's processes to end, and return them for `wait_for`; with `now`, kill them.

    The pool's thread is among them: a program that ends before it makes Python complain.
    """
    leaving: list[Leaving] = [*(pool._processes or {}).values()]
    thread: Any = pool._executor_manager_thread
    if thread is not None:
        leaving.append(thread)
    pool.shutdown(wait=False, cancel_futures=True)
    if now:
        _kill(leaving)
    return leaving


def wait_for(leaving: Iterable[Leaving], seconds: float = END_SECONDS) -> None:
    """Waits until processes are at their end; kills those that are not by then.

    A thread that a method left running keeps its process from ending. Whatever they started
    themselves is killed, too.
    """
    deadline = monotonic() + seconds
    leaving = list(leaving)
    for one in leaving:
        one.join(max(deadline - monotonic(), 0.0))
    _kill(leaving)
    for one in leaving:
        one.join(END_SECONDS)


def _kill(leaving: Iterable[Leaving]) -> None:
    """Kill processes with all that they started; those that have ended are no error."""
    for one in leaving:
        if isinstance(one, BaseProcess):
            if one.pid is not None:
                _kill_group(one.pid)
            one.kill()  # it may not have had a group of its own yet


def _kill_group(leader: int) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
