"""Ctrl-C and kill -9 lose nothing finished, and the rest is completed to the same bytes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = (
    *("run", "--methods", "weaknas-lite[steps=300]", "--benchmarks", "nasbench201/cifar10"),
    *("--seeds", "10", "--stop", "budget", "--budget", "100", "--workers", "2"),
)


def _files(results: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in sorted(results.glob("**/runs.parquet"))
    }


def _interrupted(process: subprocess.Popen[str], how: int, folder: Path) -> None:
    """Once a run of a started command is on the disk, end it."""
    deadline = time.monotonic() + 120
    while not _files(folder / "mine"):
        assert process.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < deadline, "no finished run reached the disk"
        time.sleep(0.05)
    # Ctrl-C reaches all processes of the terminal's group, kill -9 only the one it is aimed at.
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    process.wait(timeout=60)


def test_a_finished_run_reaches_the_disk_while_others_go_on(
    nasarena_program: Path, tmp_path: Path
) -> None:
    """Within two seconds, is the promise; the test waits longer, since machines are slow."""
    file = Path(__file__).with_name("methods_for_tests.py")
    process = subprocess.Popen(
        [
            *(nasarena_program, "run", "--methods", f"{file}:SlowOnMostSeeds"),
            *("--benchmarks", "nasbenchgraph/proteins", "--seeds", "3", "--budget", "9"),
            *("--workers", "2", "--results", "mine"),
        ],
        cwd=tmp_path,
        env=os.environ | {"FIRST_RUN_MARKER": str(tmp_path / "marker")},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not _files(tmp_path / "mine"):
            assert process.poll() is None
            assert time.monotonic() < deadline, "the finished run waits for the others"
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def whole(nasarena_program: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the command, never interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run(
        [nasarena_program, *COMMAND, "--results", "mine"],
        cwd=folder,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return _files(folder / "mine")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill-9"])
def test_interrupted_and_completed_is_as_if_never_interrupted(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    started: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    whole: dict[str, bytes],
    how: int,
) -> None:
    process = started(*COMMAND, "--results", "mine")
    _interrupted(process, how, tmp_path)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert process.stderr is not None
        said = process.stderr.read().strip()
        assert said == (
            "nasarena: interrupted; finished runs are kept, give the same command again to continue"
        )
    # Workers of a killed parent end by themselves, and let go of the folder.
    completed = nasarena(*COMMAND, "--results", "mine")
    assert completed.returncode == 0, completed.stderr
    kept = re.search(r"\((\d+) (was|were) done before\)", completed.stderr)
    assert kept, completed.stderr
    assert int(kept[1]) > 0
    assert (kept[2] == "was") == (kept[1] == "1")
    assert _files(tmp_path / "mine") == whole
