"""The import of NAS-Bench-101's official file: time a record, and memory.

`NASARENA_CELLS=423624 pytest tests/benchmarks/test_import_speed.py --benchmark-only` is the full
size: 5,083,488 records in 3 GB, about ten minutes with the writing of the file.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from nasarena.suite.spaces.nasbench101 import NASBench101
from nasbench101_writer import training
from tfrecords import framed

pytest.importorskip("google.protobuf", reason="needs protobuf")

CELLS = int(os.environ.get("NASARENA_CELLS", "3000"))
EPOCHS = (4, 12, 36, 108)
RUNS = 3
CODES = {"input": -1, "conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1, "maxpool3x3": 2, "output": -2}
CELLS_A_BLOCK = 2_000
MOST_MEGABYTES = 1_500

IMPORT = """
import re, sys, time
from pathlib import Path
from nasarena.suite.cli import run_command
start = time.perf_counter()
code = run_command(["import", "nasbench101", sys.argv[1], "--part"])
seconds = time.perf_counter() - start
# Not ru_maxrss, which begins with the size of the process that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(code, seconds, int(peak) / 1024)
"""


def write_file(path: Path, cells: int) -> None:
    """An official-format file: all runs of cells of the space, in random order."""
    space, rng = NASBench101(), np.random.default_rng(0)
    ids = rng.permutation(space.size)[:cells]
    with open(path, "wb") as file:
        for start in range(0, cells, CELLS_A_BLOCK):
            block = [
                json.dumps(record).encode()
                for id in ids[start : start + CELLS_A_BLOCK].tolist()
                for record in _records(space, id, rng)
            ]
            file.write(b"".join(framed(record) for record in block))


def _records(space: NASBench101, id: int, rng: np.random.Generator) -> list[list[object]]:
    matrix, operations = space.cell(id)
    cell = ("".join(map(str, matrix.ravel().tolist())), [CODES[name] for name in operations])
    key = space.key(id)
    values = rng.random((len(EPOCHS) * RUNS, 4)).tolist()
    lengths = [epochs for epochs in EPOCHS for _ in range(RUNS)]
    return [training(key, *record) for record in zip(lengths, [cell] * 12, values, strict=True)]


def test_the_import_of_an_official_file(
    benchmark: BenchmarkFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The targets are ten minutes and 1.5 GB for all cells."""
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    file = tmp_path / "nasbench_full.tfrecord"
    write_file(file, CELLS)

    def imported() -> tuple[int, float, float]:
        done = subprocess.run(
            [sys.executable, "-c", IMPORT, str(file)], capture_output=True, text=True, check=True
        )
        code, seconds, megabytes = done.stdout.splitlines()[-1].split()
        return int(code), float(seconds), float(megabytes)

    code, seconds, megabytes = benchmark.pedantic(imported, rounds=1)
    assert code == 0
    benchmark.extra_info["records"] = CELLS * len(EPOCHS) * RUNS
    benchmark.extra_info["microseconds_a_record"] = 1e6 * seconds / (CELLS * len(EPOCHS) * RUNS)
    benchmark.extra_info["megabytes"] = round(megabytes)
    benchmark.extra_info["megabytes_of_file"] = round(file.stat().st_size / 1e6)
    assert megabytes < MOST_MEGABYTES
