"""Speed of the gate's verdict: 2 methods x 12 benchmarks x 50 new seeds against 100 stored ones.

From outcomes in memory; the command with reading takes at most 3 s.
"""

import time

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.gate.verdict import Rules, judge
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.resampling import exchanged_places

METHODS, BENCHMARKS, NEW, STORED, BUDGET = 2, 12, 50, 100, 1_000


def outcomes(method: int, benchmark: int, version: str, first: int, count: int) -> Outcomes:
    """Every fourth benchmark is too hard for most runs, so that their regret is compared."""
    rng = np.random.default_rng([method, benchmark, first])
    samples = np.ceil(rng.gamma(4, 400 if benchmark % 4 == 0 else 40, count))
    return Outcomes(
        identity=CellIdentity(
            method=f"method-{method}",
            method_version=version,
            benchmark=f"simulated/{benchmark:02}",
            table_sha256="0" * 64,
            protocol="simulated",
            protocol_version=1,
            budget=BUDGET,
            labels="mean",
            duplicates="by_id",
            stop="optimum",
            patience=20 * BUDGET,
        ),
        seeds=first + np.arange(count),
        samples=np.where(samples > BUDGET, np.inf, samples),
        areas=rng.normal(size=count),
        queries=np.minimum(samples, BUDGET).astype(np.int64),
        failed=np.zeros(count, dtype=bool),
        cpu_seconds=rng.random(count),
        traces=[rng.bytes(16) for _ in range(count)],
        sources=["0" * 64] * count,
        environments=["{}"] * count,
    )


def pairs(method: int) -> list[Pair]:
    return [
        Pair(
            outcomes(method, benchmark, "1", 0, STORED),
            outcomes(method, benchmark, "2", STORED, NEW),
        )
        for benchmark in range(BENCHMARKS)
    ]


@pytest.fixture(scope="module")
def sort_seconds() -> float:
    """The reference: sorting a million numbers, a row of a thousand at a time."""
    values = np.random.default_rng(0).random((1_000, 1_000))
    seconds = []
    for _ in range(5):
        start = time.process_time()
        np.sort(values, axis=1)
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_a_verdict(benchmark: BenchmarkFixture, sort_seconds: float) -> None:
    cpu_seconds: list[float] = []

    def verdict() -> None:
        exchanged_places.cache_clear()  # as in a command of its own
        methods = [pairs(method) for method in range(METHODS)]
        start = time.process_time()
        found = judge(methods, Rules())
        cpu_seconds.append(time.process_time() - start)
        assert [one.base_seeds for one in found] == [STORED] * METHODS

    benchmark.pedantic(verdict, rounds=3, warmup_rounds=1)
    ratio = min(cpu_seconds) / sort_seconds
    benchmark.extra_info |= {
        "cpu seconds": round(min(cpu_seconds), 3),
        "ratio": round(ratio, 1),
    }
    # In CPU seconds, which neighbours on the machine stretch least. Only a change of kind fails.
    assert ratio < 100, f"{min(cpu_seconds):.2f} s, reference {sort_seconds:.3f} s"
