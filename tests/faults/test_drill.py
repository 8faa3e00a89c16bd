"""The fault drill: whatever dies, no run is lost or doubled, and the records are the same bytes."""

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dask_fleet import Fleet, fleet

pytest.importorskip("distributed", reason="needs nasarena[dask]")

METHODS = Path(__file__).parents[1] / "support" / "methods_on_workers.py"
PROGRAM = Path(sys.executable).with_name("nasarena")


@dataclass(frozen=True)
class Drill:
    """`seeds` runs each of two methods, which sleep for `seconds`.

    A worker is killed every `every` seconds, but not before some runs were finished since the last
    time: on a slow machine workers would else do nothing but start. The client and the scheduler
    are killed when so many runs, as a share of all, are on the disk.
    """

    seeds: int
    seconds: float
    workers: int
    every: float
    client_at: tuple[float, ...]
    scheduler_at: tuple[float, ...]

    @property
    def runs(self) -> int:
        return 2 * self.seeds

    def command(self, results: Path, *how: str) -> list[str]:
        methods = f"{METHODS}:Asleep[seconds={self.seconds}],random-search"
        return [
            *(str(PROGRAM), "run", "--methods", methods, "--benchmarks", "nasbenchgraph/proteins"),
            *("--seeds", str(self.seeds), "--budget", "20", "--results", str(results), *how),
        ]


SMALL = Drill(60, 0.2, 3, 4.0, client_at=(0.3,), scheduler_at=(0.6,))
WHOLE = Drill(1000, 0.4, 4, 4.0, client_at=(0.2, 0.4, 0.8), scheduler_at=(0.6,))


def stored(results: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in sorted(results.glob("**/runs.parquet"))
    }


def count(results: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in results.glob("**/runs.parquet"))


def perform(drill: Drill, folder: Path) -> dict[str, int]:
    """Runs with all faults until a client says that all is done; what was killed, and how often."""
    results, chance = folder / "mine", random.Random(0)
    killed = dict.fromkeys(("worker", "client", "scheduler"), 0)
    client_at, scheduler_at = list(drill.client_at), list(drill.scheduler_at)
    with fleet(folder / "fleet", drill.workers) as ships:
        client = ships.start(*drill.command(results, "--scheduler", ships.address))
        next_kill, since = time.monotonic() + drill.every, 0.0
        while client.poll() is None:
            time.sleep(0.1)
            done = count(results) / drill.runs
            if client_at and done >= client_at[0]:
                client_at.pop(0)
                ships.kill(client)
                killed["client"] += 1
                client = ships.start(*drill.command(results, "--scheduler", ships.address))
            elif scheduler_at and done >= scheduler_at[0]:
                scheduler_at.pop(0)
                restart_scheduler(ships)
                killed["scheduler"] += 1
            elif done > since and time.monotonic() > next_kill:
                ships.kill(ships.workers.pop(chance.randrange(len(ships.workers))))
                killed["worker"] += 1
                ships.start_worker()
                next_kill, since = time.monotonic() + drill.every, done
        said = (ships.folder / "log").read_text()
        assert client.returncode == 0, said[-3000:]
    return killed


def restart_scheduler(ships: Fleet) -> None:
    """As a supervisor does: workers end with their scheduler, and are started again, too."""
    ships.kill(ships.scheduler)
    workers = len(ships.workers)
    ships.start_scheduler()
    for worker in ships.workers:
        ships.kill(worker)
    ships.workers.clear()
    for _ in range(workers):
        ships.start_worker()


@pytest.mark.parametrize(
    "drill",
    [
        pytest.param(SMALL, id="small"),
        pytest.param(WHOLE, id="whole", marks=pytest.mark.on_demand),
    ],
)
def test_nothing_is_lost_or_doubled(drill: Drill, tmp_path: Path) -> None:
    killed = perform(drill, tmp_path)
    print(f"killed: {killed}")
    assert killed["client"] == len(drill.client_at)
    assert killed["scheduler"] == len(drill.scheduler_at)
    assert killed["worker"] >= 2
    assert count(tmp_path / "mine") == drill.runs
    again = drill.command(tmp_path / "undisturbed", "--workers", "8")
    subprocess.run(again, check=True, capture_output=True)
    assert stored(tmp_path / "mine") == stored(tmp_path / "undisturbed")
