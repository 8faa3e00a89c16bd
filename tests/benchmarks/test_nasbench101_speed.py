"""Speed and memory of the NAS-Bench-101 space, against references measured in the same session.

A limit is several times the ratio that was measured, so that only a change of kind fails.
"""

import subprocess
import sys
import time
from hashlib import md5

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench101_enumeration import enumeration


@pytest.fixture(scope="module")
def loop_seconds() -> float:
    """The reference for Python code: a loop of a million additions."""

    def loop() -> None:
        total = 0
        for number in range(1_000_000):
            total += number

    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        loop()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@pytest.fixture(scope="module")
def space() -> NASBench101:
    space = NASBench101()
    space.key(0)  # the enumeration is made
    return space


def _compare(benchmark: BenchmarkFixture, reference: float, limit: float) -> None:
    """Fail when the best time is more than `limit` times the reference's."""
    ratio = benchmark.stats.stats.min / reference
    benchmark.extra_info["ratio"] = round(ratio, 3)
    assert ratio < limit, f"{ratio:.2f} times the reference, at most {limit} was expected"


def test_the_enumeration_of_all_cells(benchmark: BenchmarkFixture, loop_seconds: float) -> None:
    """423,624 cells; the target is 2 s."""
    made = benchmark.pedantic(
        enumeration, setup=enumeration.cache_clear, args=(7,), rounds=3, warmup_rounds=1
    )
    assert made.codes.size == 423_624
    _compare(benchmark, loop_seconds, 20)


def test_1000_hashes(benchmark: BenchmarkFixture, space: NASBench101, loop_seconds: float) -> None:
    """The target is 100 microseconds a cell, of which half are the 57 digests of 7 vertices."""
    ids = space.sample(1000, np.random.default_rng(0)).tolist()
    benchmark.pedantic(lambda: [space.key(id) for id in ids], rounds=5, warmup_rounds=1)
    text = b"a" * 160
    start = time.perf_counter()
    for _ in range(57_000):
        md5(text, usedforsecurity=False).hexdigest()
    benchmark.extra_info["digests"] = round(time.perf_counter() - start, 4)
    _compare(benchmark, loop_seconds, 10)


def test_1000_hashes_of_the_official_code(
    benchmark: BenchmarkFixture, space: NASBench101, loop_seconds: float
) -> None:
    """For comparison: ours must not be slower."""
    graph_util = pytest.importorskip("nasbench_pytorch.model.graph_util")
    ids = space.sample(1000, np.random.default_rng(0)).tolist()
    cells = [space.cell(id)[0] for id in ids]
    start = time.perf_counter()
    for id in ids:
        space.key(id)
    ours = time.perf_counter() - start
    labelled = [(matrix, [-1, *[0] * (len(matrix) - 2), -2]) for matrix in cells]
    benchmark.pedantic(
        lambda: [graph_util.hash_module(*cell) for cell in labelled], rounds=3, warmup_rounds=1
    )
    benchmark.extra_info["ours"] = round(ours, 4)
    assert ours < 1.5 * benchmark.stats.stats.max


def test_finding_100000_drawings(
    benchmark: BenchmarkFixture, space: NASBench101, loop_seconds: float
) -> None:
    """Random matrices, pruned and looked up; the target is 1 microsecond each."""
    rng = np.random.default_rng(0)
    codes = rng.integers(1 << 21, size=100_000)
    operations = rng.integers(3, size=(100_000, 5))
    found = benchmark(enumeration(7).find, codes, operations)
    assert (found >= 0).any()
    _compare(benchmark, loop_seconds, 10)


def test_1000_mutations(
    benchmark: BenchmarkFixture, space: NASBench101, loop_seconds: float
) -> None:
    """The target is 50 microseconds each."""
    parents = space.sample(1000, np.random.default_rng(0)).tolist()

    def mutate() -> None:
        rng = np.random.default_rng(1)
        for parent in parents:
            space.mutate(parent, rng)

    benchmark.pedantic(mutate, rounds=5, warmup_rounds=1)
    _compare(benchmark, loop_seconds, 5)


def test_features_of_the_whole_space(
    benchmark: BenchmarkFixture, space: NASBench101, loop_seconds: float
) -> None:
    """One-hot, 423,624 by 62; the target is 1 s."""
    benchmark.pedantic(lambda: space.one_hot(np.arange(space.size)), rounds=3, warmup_rounds=1)
    _compare(benchmark, loop_seconds, 60)


def test_the_enumeration_stays_small(benchmark: BenchmarkFixture) -> None:
    """What it adds to the peak memory of a process that has imported NumPy: about 40 MB."""
    code = (
        "import resource\n"
        "from nasarena.suite.spaces.nasbench101_enumeration import enumeration\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "enumeration(7)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )

    def added() -> int:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    kilobytes = benchmark.pedantic(added, rounds=1)
    benchmark.extra_info["megabytes"] = round(kilobytes / 1024)
    assert kilobytes < 150 * 1024


def searched(module: str, method: str, budget: int, listed: bool) -> tuple[float, float, float]:
    """A search of all cells in a process of its own, with labels that mean nothing.

    Seconds an iteration, and MB: the peak memory of the process, and what was added to what there
    was with the enumerated space. If all cells are `listed`, they are encoded before.
    """
    code = (
        "import re, time\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        f"from nasarena.methods.{module} import *\n"
        "from nasarena.suite.problem import Problem, SearchEnded\n"
        "from nasarena.suite.spaces.nasbench101 import NASBench101\n"
        "def peak():\n"
        # Not ru_maxrss, which begins with the size of the process that started this one.
        "    status = Path('/proc/self/status').read_text()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024\n"
        "space, rng = NASBench101(), np.random.default_rng(0)\n"
        "space.key(0)\n"
        "before = peak()\n"
        "labels = 80 + 10 * rng.random(space.size)\n"
        f"problem = Problem(space, labels, budget={budget}, patience=6000)\n"
        f"if {listed}: space.one_hot(np.arange(space.size))\n"
        "start = time.perf_counter()\n"
        "try:\n"
        f"    {method}.search(problem, rng)\n"
        "except SearchEnded:\n"
        "    pass\n"
        "seconds = (time.perf_counter() - start) / (problem.rounds[-1] + 1)\n"
        "print(seconds, peak(), peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, megabytes, added = map(float, done.stdout.split())
    return seconds, megabytes, added


def test_weaknas_ranks_all_cells(benchmark: BenchmarkFixture, loop_seconds: float) -> None:
    """Released settings, the small network: the targets are 0.5 s an iteration, and 1 GB."""
    method = "WeakNASLite(batch=10, top_n=100, targets='z-score')"
    seconds, megabytes, _ = benchmark.pedantic(
        searched, args=("weaknas_lite", method, 300, True), rounds=1
    )
    benchmark.extra_info["seconds_an_iteration"] = round(seconds, 3)
    benchmark.extra_info["megabytes"] = round(megabytes)
    assert megabytes < 1_000
    assert seconds / loop_seconds < 60, f"{seconds:.2f} s an iteration"


@pytest.mark.parametrize(
    "method", ["PathNetGP(growth=2)", pytest.param("PathNetGP()", marks=pytest.mark.on_demand)]
)
def test_the_second_contender_stays_small_on_all_cells(
    benchmark: BenchmarkFixture, method: str
) -> None:
    """1,000 queries: what the search adds to the peak memory; the target is 300 MB.

    Rounds that grow quickly are few, and take less time and memory; with its own, on demand, it
    takes a minute.
    """
    _, _, added = benchmark.pedantic(searched, args=("path_net_gp", method, 1000, False), rounds=1)
    benchmark.extra_info["megabytes"] = round(added)
    assert added < 300
