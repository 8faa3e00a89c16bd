"""The installed command, run as a user would."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
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


@pytest.fixture
def nasarena(tmp_path: Path, nasarena_program: Path) -> Command:
    """Runs `nasarena` with arguments in a new folder; `env` adds to the environment."""

    def run(
        *arguments: object, env: dict[str, str] | None = None, cwd: Path = tmp_path
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [nasarena_program, *map(str, arguments)],
            cwd=cwd,
            env=os.environ | (env or {}),
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
