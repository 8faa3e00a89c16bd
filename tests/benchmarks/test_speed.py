"""Speed and memory, against references measured in the same session: machines differ, ratios less.

The targets are for two cores; run `pytest tests/benchmarks --benchmark-only` to see the figures.
A limit is several times the ratio that was measured, so that only a change of kind fails.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.methods import choose_methods
from nasarena.suite.observed_labels import random_stream
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.tables.cache import open_table

NASARENA = Path(sys.executable).with_name("nasarena")


@pytest.fixture(scope="module")
def cifar10() -> Benchmark:
    return load_benchmark("nasbench201/cifar10")


@pytest.fixture(scope="module")
def loop_seconds() -> float:
    """The reference for Python code: a loop of a million additions."""

    def loop() -> None:
        total = 0
        for number in range(1_000_000):
            total += number

    return _best(loop)


@pytest.fixture(scope="module")
def product_seconds() -> float:
    """The reference for numeric code: the network's product over the whole space, on one core."""
    from threadpoolctl import threadpool_limits

    features, weights = np.ones((15_625, 31), np.float32), np.ones((31, 32), np.float32)
    with threadpool_limits(1):
        return _best(lambda: features @ weights)


@pytest.fixture(scope="module")
def start_seconds() -> float:
    """The reference for programs: starting Python and importing NumPy."""
    return _best(lambda: subprocess.run([sys.executable, "-c", "import numpy"], check=True))


def _best(what: Callable[[], object], times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        what()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _problem(benchmark: Benchmark, budget: int, to_optimum: bool = False) -> Problem:
    table = benchmark.table
    targets = table.optimum if to_optimum else None
    return Problem(benchmark.space, table.mean_validation, budget, 10**9, targets=targets)


def _search(name: str, benchmark: Benchmark, problem: Problem, seed: int) -> None:
    (method,) = choose_methods([name])
    with suppress(SearchEnded):
        method.build().search(problem, random_stream(benchmark.name, seed, "search"))


def _compare(benchmark: BenchmarkFixture, reference: float, limit: float) -> None:
    """Fail when the best time is more than `limit` times the reference's."""
    ratio = benchmark.stats.stats.min / reference
    benchmark.extra_info["ratio"] = round(ratio, 3)
    assert ratio < limit, f"{ratio:.2f} times the reference, at most {limit} was expected"


def test_a_single_query(
    benchmark: BenchmarkFixture, cifar10: Benchmark, loop_seconds: float
) -> None:
    """10,000 single queries; the target is 3 microseconds each."""
    order = np.random.default_rng(0).permutation(cifar10.table.size)[:10_000].tolist()

    def ask(problem: Problem) -> None:
        for id in order:
            problem.query(id)

    benchmark.pedantic(
        ask, setup=lambda: ((_problem(cifar10, 10_000),), {}), rounds=10, warmup_rounds=1
    )
    _compare(benchmark, loop_seconds, 1.0)


def test_a_batch_of_10000_ids(
    benchmark: BenchmarkFixture, cifar10: Benchmark, loop_seconds: float
) -> None:
    """The target is 50 ns an id."""
    order = np.random.default_rng(0).permutation(cifar10.table.size)[:10_000]
    benchmark.pedantic(
        lambda problem: problem.query(order),
        setup=lambda: ((_problem(cifar10, 10_000),), {}),
        rounds=20,
        warmup_rounds=1,
    )
    _compare(benchmark, loop_seconds, 0.05)


def test_1000_proposals_of_regularized_evolution(
    benchmark: BenchmarkFixture, cifar10: Benchmark, loop_seconds: float
) -> None:
    """On cifar10, without stopping; the target is 15 ms. Its proposals are charged or repeats."""

    def search() -> None:
        problem = Problem(cifar10.space, cifar10.table.mean_validation, 15_625, 10**9)
        proposals = 0
        query = problem.query

        def counted(id: int) -> float:
            nonlocal proposals
            proposals += 1
            if proposals > 1000:
                raise SearchEnded
            return query(id)

        problem.query = counted  # type: ignore[method-assign, assignment]
        _search("regularized-evolution", cifar10, problem, 0)

    benchmark.pedantic(search, rounds=10, warmup_rounds=2)
    _compare(benchmark, loop_seconds, 1.2)


def test_a_run_of_weaknas_lite(
    benchmark: BenchmarkFixture, cifar10: Benchmark, product_seconds: float
) -> None:
    """Ten runs to the optimum of cifar10; the target is 20 s for 300 runs on two cores."""
    from threadpoolctl import threadpool_limits

    def search() -> None:
        for seed in range(10):
            _search("weaknas-lite", cifar10, _problem(cifar10, 1000, to_optimum=True), seed)

    with threadpool_limits(1):
        benchmark.pedantic(search, rounds=2, warmup_rounds=1)
    _compare(benchmark, product_seconds, 10_000)


@pytest.mark.on_demand
def test_300_runs_of_weaknas_lite(
    benchmark: BenchmarkFixture, product_seconds: float, tmp_path: Path
) -> None:
    """100 seeds on the three of NAS-Bench-201, `weaknas-paper`; the target is 20 s."""
    command = [NASARENA, "run", "--methods", "weaknas-lite", "--benchmarks", "nasbench201/*"]
    benchmark.pedantic(
        lambda: subprocess.run(command, cwd=tmp_path, capture_output=True, check=True), rounds=1
    )
    _compare(benchmark, product_seconds, 300_000)


@pytest.mark.on_demand
def test_the_quick_start(
    benchmark: BenchmarkFixture, product_seconds: float, tmp_path: Path
) -> None:
    """`nasarena quickstart`; the target is 45 s."""
    benchmark.pedantic(
        lambda: subprocess.run(
            [NASARENA, "quickstart"], cwd=tmp_path, capture_output=True, check=True
        ),
        rounds=1,
    )
    _compare(benchmark, product_seconds, 500_000)


def test_a_table_opens_from_the_cache(
    benchmark: BenchmarkFixture, cifar10: Benchmark, loop_seconds: float
) -> None:
    """The target is 20 ms."""
    assert cifar10.table.size
    benchmark.pedantic(
        lambda: open_table(cifar10.name, cifar10.file, cifar10.read), rounds=10, warmup_rounds=1
    )
    _compare(benchmark, loop_seconds, 0.5)


@pytest.mark.parametrize("name", ["nasbench201/cifar10", "nasbench-macro/cifar10"])
def test_opening_what_was_fetched_before(
    benchmark: BenchmarkFixture, everything_fetched: Path, name: str, loop_seconds: float
) -> None:
    """A table with tests, and all metrics beside it; the target is 20 ms."""
    opened = load_benchmark(name)

    def reopened() -> None:
        opened.forget_table()
        assert opened.table.size
        assert opened.metrics

    benchmark.pedantic(reopened, rounds=10, warmup_rounds=1)
    _compare(benchmark, loop_seconds, 0.5)


def test_the_command_starts(benchmark: BenchmarkFixture, start_seconds: float) -> None:
    """`nasarena --help`; the target is 0.4 s."""
    benchmark.pedantic(
        lambda: subprocess.run([NASARENA, "--help"], capture_output=True, check=True), rounds=5
    )
    _compare(benchmark, start_seconds, 8.0)


def test_a_worker_stays_small(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Peak memory of a process that runs the core methods; the target is 400 MB.

    The reference is a process that has imported NumPy, PyArrow and SciPy.
    """
    code = (
        "import resource, sys\n{work}\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    core = "random-search,regularized-evolution,local-search,weaknas-lite"
    work = (
        "from nasarena.suite.runs.experiment import Experiment\n"
        "from nasarena.suite.runs.execute import execute\n"
        f"experiment = Experiment(methods='{core}', "
        "benchmarks='nasbench201/*,nasbenchgraph/*', budget=100)\n"
        "for cell in experiment.cells(): execute(cell, 0)"
    )
    imports = "import numpy, pyarrow.parquet, scipy.stats"

    def peak(work: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", code.format(work=work)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        return int(done.stdout)

    reference = peak(imports)
    measured = benchmark.pedantic(lambda: peak(work), rounds=1)
    benchmark.extra_info["peak_megabytes"] = round(measured / 1024)
    assert measured / reference < 4, f"{measured / 1024:.0f} MB, reference {reference / 1024:.0f}"
