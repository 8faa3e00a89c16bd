"""A small project with a method and its baseline."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ci_files import environment_with

METHOD = """
from nasarena.suite import Problem


class Climb:
    version = "1"
    paper = None
    tuned_on = ()

    def search(self, problem: Problem, rng) -> None:
        best = int(rng.integers(problem.space.size))
        accuracy = problem.query(best)
        while True:
            candidate = problem.space.mutate(best, rng)
            if rng.random() < 0.2:
                candidate = int(rng.integers(problem.space.size))
            found = problem.query(candidate)
            if found > accuracy:
                best, accuracy = candidate, found
"""

FAKE_PYTHON = f"""#!/bin/sh
# Notes what pip is asked for, and installs nothing.
if [ "$2" = pip ]; then printf '%s\\n' "$@" >> "$NOTES"; else exec {sys.executable} "$@"; fi
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with the baseline of its method."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "climb.py").write_text(METHOD, encoding="utf-8")
    command = (
        "gate --update --baseline baseline --methods climb.py:Climb "
        "--benchmarks nasbench201/cifar10 --budget 150 --seeds 30"
    )
    subprocess.run(
        [sys.executable, "-m", "nasarena.suite", *command.split()],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    shutil.rmtree(folder / ".nasarena")
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """The project, to change."""
    return Path(shutil.copytree(made, tmp_path / "project"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which pip only notes what it is asked for, in the file `notes`."""
    env = environment_with(tmp_path / "programs", python=FAKE_PYTHON)
    return env | {"NOTES": str(tmp_path / "notes")}
