"""A Dask scheduler and workers as processes of their own, for tests that kill them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Fleet:
    """Processes of `dask scheduler` and `dask worker`, and whatever else is started for a test."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.others: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        """Of the scheduler; the same after it was started again."""
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        """Start it, and wait until it listens."""
        where = ("--host", "127.0.0.1", "--port", self.port, "--dashboard-address", ":0")
        self.scheduler = self._start(sys.executable, "-m", "dask", "scheduler", *where)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the scheduler does not listen")

    def start_worker(self) -> None:
        """Start a worker with one thread, and no nanny that would start it again."""
        how = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers.append(self._start(sys.executable, "-m", "dask", "worker", self.address, *how))

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        """Start something else, which is killed at the end if it still runs."""
        self.others.append(self._start(*command))
        return self.others[-1]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process, without a chance to say anything."""
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()

    def close(self) -> None:
        """Kill all that was started."""
        for process in [*self.others, *self.workers, *filter(None, [self.scheduler])]:
            self.kill(process)

    def _start(self, *command: object) -> subprocess.Popen[bytes]:
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                [*map(str, command)],
                cwd=self.folder,
                env=os.environ | {"DASK_TEMPORARY_DIRECTORY": str(self.folder / "scratch")},
                stdout=log,
                stderr=log,
            )


@contextmanager
def fleet(folder: Path, workers: int) -> Iterator[Fleet]:
    """A scheduler with so many workers, which end at the end of the block."""
    one = Fleet(folder)
    try:
        one.start_scheduler()
        for _ in range(workers):
            one.start_worker()
        yield one
    finally:
        one.close()
