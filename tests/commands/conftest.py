"""The installed command, run as a user would."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import pytest

from command_server import CommandServer

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def nasarena_program() -> Path:
    """The installed console script of the Python that runs the tests."""
    return Path(sys.executable).with_name("nasarena")


@pytest.fixture
def started(
    tmp_path: Path, nasarena_program: Path
) -> Generator[Callable[..., subprocess.Popen[str]]]:
    """Starts `nasarena` in a new folder and a group of its own, to be interrupted as by Ctrl-C.

    What still runs when the test ends is killed.
    """
    # A program started in the background ignores Ctrl-C, and its children would as well.
    heed = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "

    processes = []

    def start(*arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", f"{heed}os.execv(sys.argv[1], sys.argv[1:])"),
                *(str(nasarena_program), *map(str, arguments)),
            ],
            cwd=tmp_path,
            env=os.environ | (env or {}),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        with process:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


class Servers:
    """The processes that commands are forked from: one that coverage measures, and one without.

    Measured, a command takes twice as long. Measured are those that nasarena must refuse, and of
    the others the first with its first two words and its options.
    """

    def __init__(self, measuring: CommandServer, unmeasured: CommandServer) -> None:
        self.measuring = measuring
        self._unmeasured = unmeasured
        self._met: set[frozenset[str]] = set()

    def server_for(self, arguments: Sequence[str]) -> CommandServer:
        """The one that is to run a command."""
        words = {word.partition("=")[0] for word in arguments if word.startswith("-")}
        shape = frozenset({*arguments[:2], *words})
        if shape in self._met:
            return self._unmeasured
        self._met.add(shape)
        return self.measuring


@pytest.fixture(scope="session")
def command_servers(
    nasarena_program: Path, measuring_processes: dict[str, str]
) -> Generator[Servers]:
    """What commands are forked from."""
    measuring = CommandServer(nasarena_program, os.environ | measuring_processes)
    unmeasured = CommandServer(nasarena_program, dict(os.environ))
    yield Servers(measuring, unmeasured)
    measuring.close()
    unmeasured.close()


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    """What Python reads when it starts: a command with other such variables is started anew."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


@pytest.fixture
def nasarena(tmp_path: Path, nasarena_program: Path, command_servers: Servers) -> Command:
    """Runs `nasarena` with arguments in a new folder; `env` adds to the environment."""

    def run(
        *arguments: object,
        env: dict[str, str] | None = None,
        cwd: Path = tmp_path,
        measured: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        environment = os.environ | (env or {})
        words = [*map(str, arguments)]
        if _of_python(environment) == _of_python(command_servers.measuring.environment):
            server = command_servers.measuring if measured else command_servers.server_for(words)
            return server.run(words, environment, cwd)
        return subprocess.run(
            [nasarena_program, *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def refused(nasarena: Command) -> Callable[..., str]:
    """Runs `nasarena`, which must refuse: exit code 2, no traceback. Returns what it said."""

    def run(*arguments: object, **options: object) -> str:
        done = nasarena(*arguments, measured=True, **options)
        assert done.returncode == 2, done
        assert "Traceback" not in done.stderr + done.stdout
        complaint = done.stderr.splitlines()[-1]
        assert complaint.startswith("nasarena: ")
        return complaint

    return run
