"""The `nasarena` command without the seconds that Python needs to start and load the libraries.

A process that has loaded them forks for each command: a process of its own, as a new one is. All
commands have their worker processes forked from one, too, which has loaded what methods need; a
command that is started anew (`started`) starts one for itself, as users' commands do.
"""

import array
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FILES = 3
"""Standard input, output and errors of a command."""


class CommandServer:
    """Runs commands, one after another, in processes forked from one."""

    def __init__(self, program: Path, environment: dict[str, str]) -> None:
        self._program = program
        self.environment = environment
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
            )

    def run(
        self, arguments: list[str], environment: dict[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """What a command said and how it ended."""
        with (
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        ):
            asked = [[str(self._program), *arguments], environment, str(folder)]
            files = array.array("i", [file.fileno() for file in (nothing, output, errors)])
            content = json.dumps(asked).encode()
            self._ours.sendmsg(
                [len(content).to_bytes(8, "big")],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)],
            )
            self._ours.sendall(content)
            self._ours.settimeout(300)
            code = int.from_bytes(_exactly(self._ours, 4), "big", signed=True)
            for file in (output, errors):
                file.seek(0)
            return subprocess.CompletedProcess(arguments, code, output.read(), errors.read())

    def close(self) -> None:
        """End the process."""
        self._ours.shutdown(socket.SHUT_RDWR)  # a process forked meanwhile may hold it, too
        self._ours.close()
        self._process.wait(60)


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = connection.recv(size - len(content))
        if not more:
            raise EOFError
        content += more
    return content


def _serve(connection: socket.socket) -> Any:
    """Forks for each command; in the fork, returns the command's function."""
    import nasarena.leaderboard
    import nasarena.suite.benchmarks.registry
    import nasarena.suite.runs.experiment
    import nasarena.suite.statistics.summary  # noqa: F401  # loaded, so that forks have it
    from nasarena.suite.cli import main

    # Of the commands, and not of their workers: see `measuring_processes`.
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    workers = _forking_workers()
    while True:
        header, files, *_ = socket.recv_fds(connection, 8, FILES)
        if not header:
            return lambda: sys.exit(0)
        asked = json.loads(_exactly(connection, int.from_bytes(header, "big")))
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process == 0:
            connection.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            sys.argv, environment, folder = asked
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            # It would wait for that process as for a child, to see whether it still runs.
            workers.ensure_running = lambda: None
            return main
        for file in files:
            os.close(file)
        _, status = os.waitpid(process, 0)
        connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def _forking_workers() -> Any:
    """The process that worker processes are forked from; it runs."""
    from multiprocessing import forkserver

    from nasarena.suite.workers import processes

    processes.load_before_forking(["torch", "sklearn"])
    processes._context()
    with processes.worker_surroundings():
        forkserver.ensure_running()
    return forkserver._forkserver


if __name__ == "__main__":
    command = _serve(socket.socket(fileno=int(sys.argv[1])))
    # What a console script has: no folder of ours, nor the current one, to import from.
    sys.path[:] = [path for path in sys.path if path not in ("", str(Path(__file__).parent))]
    command()
