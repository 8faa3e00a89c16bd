"""What tests let worker processes do; a module of its own, so that these find it."""

import os
import signal
import threading
import time
from importlib.metadata import PackageNotFoundError
from multiprocessing import parent_process
from multiprocessing.connection import Connection


def do(task: str) -> str:
    """Does what the task says: `raise`, `die`, `sleep`, `linger`, `die later`, `grow`, or
    nothing.

    Returns the task.
    """
    if task == "raise":
        raise ValueError("a task that fails")
    if task == "die":
        os._exit(1)
    if task == "sleep":
        time.sleep(60)
    if task == "linger":  # a thread that keeps the process from ending
        threading.Thread(target=time.sleep, args=(60,)).start()
    if task == "die later":
        threading.Timer(0.2, os._exit, (1,)).start()
    if task == "grow":
        bytearray(400_000_000)
    return task


def whose(task: tuple[str, int]) -> int:
    """The process that does the task."""
    return os.getpid()


def die_once(marker: str) -> str:
    """Ends its process, unless the file is there; it is afterwards."""
    try:
        open(marker, "x").close()
    except FileExistsError:
        return "done"
    os._exit(1)


def end_worker(task: str) -> str:
    """Ends the worker whose child this is, if the task is `end`; else returns the task."""
    parent = parent_process()
    if task == "end" and parent is not None and parent.pid is not None:
        os.kill(parent.pid, signal.SIGKILL)
        time.sleep(60)
    return task


def end_worker_once(marker: str) -> str:
    """As `end_worker`, unless the file is there; it is afterwards."""
    try:
        open(marker, "x").close()
    except FileExistsError:
        return "done"
    return end_worker("end")


def setting(name: str) -> str | None:
    """A variable of the environment."""
    return os.environ.get(name)


def ended(task: str, reason: str) -> str:
    """What is said of a task that was not done."""
    return f"{task}: {reason}"


def version_there(package: str) -> str:
    """The version of a package, which only the main process has."""
    if parent_process() is not None:
        raise PackageNotFoundError(package)
    return "1"


def namespaces_refused(connection: Connection, environment: object, hidden: object) -> None:
    """What a process says that cannot hide the table from methods."""
    connection.send_bytes(b"strict runs need user namespaces")
