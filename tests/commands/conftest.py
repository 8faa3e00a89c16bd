"""The installed command, run as a user would."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
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


@pytest.fixture(scope="session")
def command_server(
    nasarena_program: Path, measuring_processes: dict[str, str]
) -> Generator[CommandServer]:
    """The process that commands are forked from."""
    server = CommandServer(nasarena_program, os.environ | measuring_processes)
    yield server
    server.close()


@pytest.fixture(scope="session")
def unmeasured_server(nasarena_program: Path) -> Generator[CommandServer]:
    """The same for the commands of tests marked `no_cover`: measured, they take twice as long.

    So marked are long tests whose commands other tests run too, measured.
    """
    server = CommandServer(nasarena_program, dict(os.environ))
    yield server
    server.close()


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    """What Python reads when it starts: a command with other such variables is started anew."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


@pytest.fixture
def nasarena(request: pytest.FixtureRequest, tmp_path: Path, nasarena_program: Path) -> Command:
    """Runs `nasarena` with arguments in a new folder; `env` adds to the environment."""
    measured = request.node.get_closest_marker("no_cover") is None
    server = request.getfixturevalue("command_server" if measured else "unmeasured_server")

    def run(
        *arguments: object, env: dict[str, str] | None = None, cwd: Path = tmp_path
    ) -> subprocess.CompletedProcess[str]:
        environment = os.environ | (env or {})
        if _of_python(environment) == _of_python(server.environment):
            return server.run([*map(str, arguments)], environment, cwd)
        return subprocess.run(
            [nasarena_program, *map(str, arguments)],
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
        done = nasarena(*arguments, **options)
        assert done.returncode == 2, done
        assert "Traceback" not in done.stderr + done.stdout
        complaint = done.stderr.splitlines()[-1]
        assert complaint.startswith("nasarena: ")
        return complaint

    return run
