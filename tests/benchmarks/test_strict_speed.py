"""What a query costs where the method searches in a process without the table."""

import statistics
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite import Experiment, Problem, UserError, run

QUERIES = 2_000


class OneAtATime:
    """Asks for one architecture after another."""

    def search(self, problem: Problem, rng) -> None:
        for id in range(QUERIES):
            problem.query(id)


def seconds(results: Path, strict: bool) -> float:
    """CPU seconds of a run, both processes; the median of five."""
    run(
        Experiment(
            methods=OneAtATime,
            benchmarks="nasbench201/cifar10",
            seeds=5,
            budget=QUERIES,
            stop="budget",
            workers=1,
            strict=strict,
            results=results,
        )
    )
    (path,) = results.rglob("executions.parquet")
    return statistics.median(pq.read_table(path)["cpu_seconds"].to_pylist())


def test_a_query_through_the_pipe(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    def both() -> tuple[float, float]:
        return seconds(tmp_path / "plain", strict=False), seconds(tmp_path / "strict", strict=True)

    try:
        plain, strict = benchmark.pedantic(both, rounds=1)
    except UserError as error:
        pytest.skip(str(error))
    benchmark.extra_info["microseconds a query, plain"] = plain / QUERIES * 1e6
    benchmark.extra_info["microseconds a query, strict"] = strict / QUERIES * 1e6
    assert strict / QUERIES < 1e-3  # seconds: thirty times what it takes, or so
