"""A Dask scheduler against the process pool, on the same two processors."""

import time
from pathlib import Path
from typing import Any

import pytest

from nasarena.suite.runs.experiment import Experiment

pytest.importorskip("distributed", reason="needs nasarena[dask]")

METHODS = Path(__file__).parents[1] / "support" / "methods_on_workers.py"
RUNS, SECONDS = 200, 0.06


def seconds_of(results: Path, **how: Any) -> float:
    experiment = Experiment(
        methods=f"{METHODS}:Busy[seconds={SECONDS}]",
        benchmarks="nasbenchgraph/proteins",
        seeds=RUNS,
        budget=20,
        results=results,
        **how,
    )
    before = time.perf_counter()
    report = experiment.run()
    assert (report.done, report.failures) == (RUNS, [])
    return time.perf_counter() - before


@pytest.mark.on_demand  # a minute and a half
def test_dask_takes_at_most_15_percent_longer(benchmark: Any, tmp_path: Path) -> None:
    import distributed  # noqa: F401  # once in a process, about a second

    numbers = iter(range(100))
    ratios = []

    def once() -> None:
        number = next(numbers)
        pool = seconds_of(tmp_path / f"pool-{number}", workers=2)
        ratios.append(seconds_of(tmp_path / f"dask-{number}", scheduler="local:2") / pool)

    benchmark.pedantic(once, rounds=3)
    benchmark.extra_info["ratio"] = sorted(ratios)
    assert sorted(ratios)[1] <= 1.15, ratios
