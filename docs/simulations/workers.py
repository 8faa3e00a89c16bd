"""How long runs take on so many workers: measured with runs that sleep.

A run that sleeps needs no processor, so that many workers fit on one machine; what is measured is
what the client, the scheduler and the workers take beside the runs. Starting the workers' processes
is left out, as here they all start on the same processors. Run from the repository's
folder, with nothing else running:

    python docs/simulations/workers.py

It prints a table of docs/cluster.md.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from nasarena.suite import Experiment
from nasarena.suite.runs.runner import run_cells
from nasarena.suite.workers.scheduler_address import read_address

METHODS = Path(__file__).parents[2] / "tests" / "support" / "methods_on_workers.py"
SECONDS = 1.0
"""Of a run."""
EACH = 30
"""Runs for each worker: one after another."""
STARTED = 10
"""Of them, after which the time is taken: all processes have started then."""


@dataclass(frozen=True)
class Measured:
    """One experiment."""

    workers: int
    runs: int
    wall: float
    client_cpu: float

    @property
    def beside(self) -> float:
        """Seconds that were not the runs themselves, one after another on each worker."""
        return self.wall - SECONDS * self.runs / self.workers


class Clock:
    """Takes the time when all processes have started, and at the end."""

    def __init__(self, started: int) -> None:
        self._started, self._finished = started, 0
        self._at: tuple[int, float, float] | None = None

    def __call__(self, finished: int) -> None:
        """So many more runs are finished."""
        self._finished += finished
        if self._at is None and self._finished >= self._started:
            self._at = (self._finished, time.perf_counter(), time.process_time())

    def since(self) -> tuple[int, float, float]:
        """Runs, wall and processor seconds since all had started."""
        assert self._at is not None
        finished, wall, cpu = self._at
        return (self._finished - finished, time.perf_counter() - wall, time.process_time() - cpu)


def measured(workers: int) -> Measured:
    """Runs on a scheduler that has so many workers already."""
    import distributed

    clock = Clock(STARTED * workers)
    with (
        tempfile.TemporaryDirectory() as folder,
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            silence_logs=60,
            local_directory=folder,
        ) as cluster,
    ):
        cluster.wait_for_workers(workers, timeout=600)
        experiment = Experiment(
            methods=f"{METHODS}:Asleep[seconds={SECONDS}]",
            benchmarks="nasbenchgraph/proteins",
            budget=100,
        )
        report = run_cells(
            experiment.cells(),
            range(EACH * workers),
            Path(folder) / "results",
            progress=clock,
            scheduler=read_address(cluster.scheduler_address),
        )
        assert report.failures == []
        return Measured(workers, *clock.since())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", default="2,4,8,16,32", help="how many, with commas")
    given = parser.parse_args()
    print(
        "| workers | runs | seconds | beside the runs | processor seconds of client and scheduler |"
    )
    print("| ---: | ---: | ---: | ---: | ---: |")
    for count in map(int, given.workers.split(",")):
        one = measured(count)
        print(
            f"| {one.workers} | {one.runs:,} | {one.wall:.1f} | {one.beside:.1f} | "
            f"{one.client_cpu:.1f} |",
            flush=True,
        )
