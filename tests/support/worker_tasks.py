"""What tests let worker processes do; a module of its own, so that these find it."""

import os
import threading
import time


def do(task: str) -> str:
    """Does what the task says: `raise`, `die`, `sleep`, `linger`, `grow`, or nothing.

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
