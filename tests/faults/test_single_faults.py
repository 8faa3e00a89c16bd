"""Each fault of a cluster by itself: no run is lost or doubled, and the records are the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dask_fleet import Fleet, fleet

pytest.importorskip("distributed", reason="needs nasarena[dask]")

METHODS = Path(__file__).parents[1] / "support" / "methods_on_workers.py"
RUNS = 24
TTL = "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"


def command(results: Path, *how: str) -> list[str]:
    program = Path(sys.executable).with_name("nasarena")
    return [
        *(str(program), "run", "--methods", f"{METHODS}:Asleep[seconds=0.3]"),
        *("--benchmarks", "nasbenchgraph/proteins", "--seeds", str(RUNS), "--budget", "20"),
        *("--results", str(results), *how),
    ]


def stored(results: Path) -> bytes:
    (path,) = results.glob("**/runs.parquet")
    return path.read_bytes()


def count(results: Path) -> int:
    """How many runs are on the disk."""
    return sum(pq.read_metadata(path).num_rows for path in results.glob("**/runs*.parquet"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    results = tmp_path_factory.mktemp("undisturbed") / "mine"
    subprocess.run(command(results, "--workers", "8"), check=True, capture_output=True)
    return stored(results)


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two workers, and a scheduler that gives a silent worker up after some seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TTL, "4 s")
        with fleet(tmp_path_factory.mktemp("fleet"), workers=2) as some:
            yield some


def until(condition: Callable[[], bool], client: subprocess.Popen[bytes]) -> None:
    """Wait for something that must be seen while the client runs."""
    deadline = time.monotonic() + 60
    while not condition():
        assert client.poll() is None, "the client ended"
        assert time.monotonic() < deadline
        time.sleep(0.05)


def begun(ships: Fleet, results: Path) -> subprocess.Popen[bytes]:
    """A client some of whose runs, and not all, are on the disk."""
    client = ships.start(*command(results, "--scheduler", ships.address))
    until(lambda: 0 < count(results) < RUNS, client)
    return client


def test_workers_that_join_late_are_used(tmp_path: Path, undisturbed: bytes) -> None:
    with fleet(tmp_path / "fleet", workers=0) as ships:
        client = ships.start(*command(tmp_path / "r", "--scheduler", ships.address))
        until((tmp_path / "r").exists, client)
        time.sleep(1)
        assert client.poll() is None
        assert count(tmp_path / "r") == 0
        ships.start_worker()
        until(lambda: count(tmp_path / "r") > 0, client)
        ships.start_worker()
        assert client.wait(60) == 0
    assert stored(tmp_path / "r") == undisturbed


def test_a_second_client_does_not_write_into_the_folder(
    ships: Fleet, tmp_path: Path, undisturbed: bytes
) -> None:
    client = begun(ships, tmp_path / "r")
    second = subprocess.run(
        command(tmp_path / "r", "--scheduler", ships.address),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "another nasarena is writing into" in second.stderr
    assert client.wait(60) == 0
    assert stored(tmp_path / "r") == undisturbed


def test_a_client_that_is_terminated_is_started_again(
    ships: Fleet, tmp_path: Path, undisturbed: bytes
) -> None:
    client = begun(ships, tmp_path / "r")
    client.send_signal(signal.SIGTERM)
    assert client.wait(30) != 0
    kept = count(tmp_path / "r")
    assert kept > 0
    again = subprocess.run(
        command(tmp_path / "r", "--scheduler", ships.address),
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"({kept} {'was' if kept == 1 else 'were'} done before)" in again.stderr
    assert stored(tmp_path / "r") == undisturbed


def test_a_full_disk_keeps_what_was_written(
    ships: Fleet, tmp_path: Path, undisturbed: bytes
) -> None:
    """A limit of the size of files stands for the disk; the records need more."""
    results = tmp_path / "r"
    wanted = command(results, "--scheduler", ships.address)
    most = len(undisturbed) - 500
    limited = (
        f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    full = subprocess.run(
        [sys.executable, "-c", limited, *wanted], capture_output=True, text=True, check=False
    )
    assert full.returncode == 2
    assert "run the same command again" in full.stderr
    assert "Traceback" not in full.stderr
    assert 0 < count(results) < RUNS
    subprocess.run(wanted, check=True, capture_output=True)
    assert stored(results) == undisturbed


def test_what_a_hanging_worker_had_is_done_by_another(
    ships: Fleet, tmp_path: Path, undisturbed: bytes
) -> None:
    client = begun(ships, tmp_path / "r")
    hanging = ships.workers[-1]
    os.kill(hanging.pid, signal.SIGSTOP)
    assert client.wait(120) == 0
    assert hanging.poll() is None
    assert stored(tmp_path / "r") == undisturbed
    ships.kill(hanging)
    ships.start_worker()
