"""Speed of all statistics on simulated records: 20 methods x 20 benchmarks x 100 seeds.

40,000 runs of 1,000 queries; the target is 15 s on two cores and 2 GB. By default a tenth of that
is measured (2 benchmarks, 4,000 runs), so that CI stays fast; all of it with `NASARENA_SCALE=20
pytest tests/benchmarks/test_statistics_speed.py --benchmark-only`. Runs are made in memory: reading
them is not measured here.
"""

import os
import resource
import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.statistics.adequacy import adequacies
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.critical_difference import critical_difference
from nasarena.suite.statistics.facts import facts
from nasarena.suite.statistics.fixed_budgets import fixed_budgets
from nasarena.suite.statistics.goal_table import goal_table
from nasarena.suite.statistics.pairwise import differences
from nasarena.suite.statistics.performance_profiles import performance_profile
from nasarena.suite.statistics.published import verdicts
from nasarena.suite.statistics.ranking import ranking
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import kaplan_meier
from nasarena.suite.statistics.summary import summary_rows
from nasarena.suite.tables.sources import PackagedFile
from nasarena.suite.tables.table import Table

BENCHMARKS = int(os.environ.get("NASARENA_SCALE", "2"))
METHODS, SEEDS, QUERIES, SIZE = 20, 100, 1_000, 15_625


class Listed(CategoricalSpace):
    """One decision."""

    name = "simulated"
    choices = (tuple(map(str, range(SIZE))),)
    size = SIZE

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(ids)[..., None]

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(decisions)[..., 0]


def simulated_benchmark(number: int) -> Benchmark:
    """Three training runs, tests and training seconds; every fourth is of the same space."""
    rng = np.random.default_rng(number)
    validation = 90 - rng.gamma(2, 2, size=(SIZE, 1)) + rng.normal(0, 0.3, size=(SIZE, 3))
    table = Table(
        f"{number}",
        validation,
        test=validation.mean(axis=1) - 1 + rng.normal(0, 0.3, SIZE),
        training_seconds=rng.uniform(500, 2_000, SIZE),
    )
    benchmark = Benchmark(
        name=f"space{number % 4}/data{number}",
        make_space=Listed,
        file=PackagedFile("none", "0", "none", f"{number}"),
        read=lambda content, sha256: table,
        licence="",
        citation="",
    )
    benchmark.__dict__["table"] = table
    return benchmark


def simulated_runs(benchmark: Benchmark, method: int) -> RunSet:
    """Runs to the budget that prefer good architectures, some methods more; all recommend."""
    rng = np.random.default_rng(method)
    best_first = np.argsort(-benchmark.table.mean_validation)
    place = SIZE * rng.random(SEEDS * QUERIES) ** (1.5 + method / 10)
    after = np.tile(np.arange(50, QUERIES, 10), SEEDS)
    runs = RunSet(
        identity=CellIdentity(
            method=f"method-{method:02}",
            method_version="1",
            benchmark=benchmark.name,
            table_sha256=benchmark.table.sha256,
            protocol="simulated",
            protocol_version=1,
            budget=QUERIES,
            labels="mean",
            duplicates="by_id",
            stop="budget",
            patience=20 * QUERIES,
        ),
        seeds=np.arange(SEEDS),
        ids=best_first[place.astype(np.int64)],
        rounds=np.tile(np.arange(QUERIES) // 10, SEEDS),
        starts=np.arange(SEEDS + 1) * QUERIES,
        stop_reasons=["budget"] * SEEDS,
        recommended_run=np.repeat(np.arange(SEEDS), after.size // SEEDS),
        recommended_after=after,
        recommended_ids=rng.integers(SIZE, size=after.size),
    )
    runs.__dict__["benchmark"] = benchmark
    return runs


@pytest.fixture(scope="module")
def run_sets() -> list[RunSet]:
    benchmarks = [simulated_benchmark(number) for number in range(BENCHMARKS)]
    return [
        simulated_runs(benchmark, method) for benchmark in benchmarks for method in range(METHODS)
    ]


@pytest.fixture(scope="module")
def sort_seconds() -> float:
    """The reference: sorting ten million numbers, a row of a thousand at a time."""
    values = np.random.default_rng(0).random((10_000, 1_000))
    seconds = []
    for _ in range(5):
        start = time.process_time()
        np.sort(values, axis=1)
        seconds.append(time.process_time() - start)
    return min(seconds)


def of_each_benchmark(comparison: Comparison) -> None:
    found = differences(comparison)
    for benchmark, cells in comparison.run_sets.items():
        adequacies(found[benchmark])
        facts(next(iter(cells.values())).benchmark)


def curves(comparison: Comparison) -> None:
    for cells in comparison.run_sets.values():
        for runs in cells.values():
            kaplan_meier(runs.samples_to_optimum, runs.identity.budget)


def across_benchmarks(comparison: Comparison) -> None:
    for leave_out_hard in (False, True):
        ranking(comparison, leave_out_hard)
        performance_profile(comparison, leave_out_hard)
        critical_difference(comparison, leave_out_hard)


STAGES: dict[str, Callable[[Comparison], object]] = {
    "goals": goal_table,
    "fixed budgets": fixed_budgets,
    "curves": curves,
    "pairs, adequacy, facts": of_each_benchmark,
    "across benchmarks": across_benchmarks,
    "published": verdicts,
}


def test_all_statistics(
    benchmark: BenchmarkFixture, run_sets: list[RunSet], sort_seconds: float
) -> None:
    seconds: dict[str, float] = {}
    cpu_seconds: list[float] = []

    def everything() -> None:
        cpu = time.process_time()
        start = time.perf_counter()
        summary_rows(run_sets)
        seconds["summary"] = time.perf_counter() - start
        (comparison,) = comparisons(run_sets)
        for name, stage in STAGES.items():
            start = time.perf_counter()
            stage(comparison)
            seconds[name] = time.perf_counter() - start
        cpu_seconds.append(time.process_time() - cpu)

    benchmark.pedantic(everything, rounds=2 if BENCHMARKS <= 4 else 1)
    best = benchmark.stats.stats.min
    benchmark.extra_info |= {name: round(value, 3) for name, value in seconds.items()}
    benchmark.extra_info["seconds for 20 benchmarks"] = round(best / BENCHMARKS * 20, 1)
    ratio = min(cpu_seconds) / BENCHMARKS / sort_seconds
    benchmark.extra_info["ratio"] = round(ratio, 2)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    benchmark.extra_info["peak megabytes"] = round(megabytes)
    # In CPU seconds, which neighbours on the machine stretch least; 8 measured on a free one, up
    # to 26 on a busy one. Only a change of kind fails.
    assert ratio < 100, f"{min(cpu_seconds):.1f} s, reference {sort_seconds:.3f} s"
