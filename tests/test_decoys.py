"""Nothing in the user's folder is mistaken for a part of nasarena."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from nasarena.suite import Experiment, load_runs, run


class Mine:
    def search(self, problem, rng):
        for architecture in rng.permutation(problem.space.size):
            problem.query(architecture)


def found():
    report = run(
        Experiment(
            methods=[Mine, "random-search", "weaknas-lite"],
            benchmarks="nasbenchgraph/proteins",
            seeds=2,
            budget=20,
            results="results",
            workers=2,
        ),
        strict=True,
    )
    assert report.done == 6
    return sorted(load_runs("results")["method"].unique())
"""
METHODS = ["Mine", "random-search", "weaknas-lite"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with packages that have the names of nasarena's parts, and raise."""
    for name in ("methods", "suite", "baselines", "leaderboard"):
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text(f"raise ImportError('the decoy {name}')\n")
    return tmp_path


def python(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_script_runs_methods_on_processes_beside_decoys(folder: Path) -> None:
    (folder / "script.py").write_text(f"{SCRIPT}\n\nprint(found())\n")
    assert python(folder, "script.py").strip() == str(METHODS)


def test_a_script_without_a_guard_is_not_run_again_by_the_workers(folder: Path) -> None:
    (folder / "script.py").write_text(f"print('once')\n{SCRIPT}\n\nfound()\n")
    assert python(folder, "script.py").split() == ["once"]


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_a_pytest_session_runs_methods_on_processes_beside_decoys(folder: Path, mode: str) -> None:
    (folder / "pytest.ini").write_text("[pytest]\n")
    tests = folder / "tests"
    tests.mkdir()
    (tests / "test_mine.py").write_text(
        f"{SCRIPT}\n\ndef test_it():\n    assert found() == {METHODS}\n"
    )
    options = ("-q", "-p", "no:cacheprovider", f"--import-mode={mode}", "tests")
    assert "1 passed" in python(folder, "-m", "pytest", *options)
