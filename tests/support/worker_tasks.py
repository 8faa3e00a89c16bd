"""What tests let worker processes do; a module of its own, so that these find it."""

import os
import time


def do(task: str) -> str:
    """Does what the task says: `raise`, `die`, `sleep`, or nothing; returns the task."""
    if task == "raise":
        raise ValueError("a task that fails")
    if task == "die":
        os._exit(1)
    if task == "sleep":
        time.sleep(60)
    return task
