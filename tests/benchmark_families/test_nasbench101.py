"""`nasarena import nasbench101`: from the official file to benchmarks, or one sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from nasarena.suite import files
from nasarena.suite.benchmarks import imported as module
from nasarena.suite.benchmarks.imported import MANIFEST, data_folder
from nasarena.suite.benchmarks.nasbench101 import ids_of
from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
from nasarena.suite.cli import run_command
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.tables.nasbench101_file import read_nasbench101
from nasbench101_writer import Framed, Record, training, written

pytest.importorskip("google.protobuf", reason="needs protobuf")

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "nasbench101_sample.jsonl"
"""Real rows of NAS-Bench-101 that lie beside the repository, on machines that have them."""

SPACE = NASBench101()
CODES = {
    "input": -1, "conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1, "maxpool3x3": 2, "output": -2,
}  # fmt: skip
IDS = np.random.default_rng(5).choice(SPACE.size, 40, replace=False)
ALL_LENGTHS = (4, 12, 36, 108)


@pytest.fixture(autouse=True)
def nothing_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))


def accuracy(id: int, epochs: int, run: int) -> float:
    return (id % 1000 + epochs / 10 + run) / 1100


def records(ids: list[int], lengths: tuple[int, ...]) -> list[Record]:
    runs = []
    for id in ids:
        matrix, operations = SPACE.cell(id)
        cell = ("".join(map(str, matrix.ravel())), [CODES[name] for name in operations])
        for epochs in lengths:
            for run in range(3):
                value = accuracy(id, epochs, run)
                values = [10.0 * epochs + run, 0.5, value, value - 0.01]
                runs.append(training(SPACE.key(id), epochs, cell, values, 100 + id))
    return runs


def official(
    path: Path, framed: Framed, lengths: tuple[int, ...] = (108,), ids: list[int] | None = None
) -> Path:
    return written(path, framed, records(ids or IDS.tolist(), lengths))


def test_a_part_of_the_file_is_a_benchmark_of_its_cells(
    tmp_path: Path, framed: Framed, capsys: pytest.CaptureFixture[str]
) -> None:
    file = official(tmp_path / "nasbench_full.tfrecord", framed, ALL_LENGTHS)
    assert run_command(["import", "nasbench101", str(file), "--part"]) == 0
    names = [f"nasbench101/cifar10{end}" for end in ("", "-36-epochs", "-12-epochs", "-4-epochs")]
    assert capsys.readouterr().out == f"{', '.join(names)}: 40 cells\n"
    assert set(names) <= set(benchmark_names())
    members = np.sort(IDS)
    for name, epochs in zip(names, (108, 36, 12, 4), strict=True):
        benchmark = load_benchmark(name)
        assert benchmark.space.size == benchmark.table.size == 40
        assert [benchmark.space.key(row) for row in (0, 39)] == [
            SPACE.key(int(members[0])),
            SPACE.key(int(members[39])),
        ]
        expected = [[100 * accuracy(id, epochs, run) for run in range(3)] for id in members]
        np.testing.assert_allclose(benchmark.table.validation, expected, rtol=1e-12)
        assert benchmark.table.test is not None
        np.testing.assert_allclose(benchmark.table.test, np.mean(expected, axis=1) - 1.0)
        assert benchmark.table.training_seconds is not None
        assert set(benchmark.table.training_seconds) == {10.0 * epochs + 1}
        assert benchmark.table.parameters is not None
        assert benchmark.table.parameters.tolist() == (100 + members).tolist()
    # Other epochs are another table.
    assert len({load_benchmark(name).table.sha256 for name in names}) == 4


def test_methods_run_on_it(tmp_path: Path, framed: Framed) -> None:
    file = official(tmp_path / "nasbench_only108.tfrecord", framed)
    assert run_command(["import", "nasbench101", str(file), "--part"]) == 0
    results = str(tmp_path / "results")
    arguments = "--methods random-search,regularized-evolution,path-gp --seeds 2 --budget 20"
    run = ["run", "--benchmarks", "nasbench101/*", "--results", results, *arguments.split()]
    assert run_command(run) == 0


def test_a_part_is_refused_unless_asked_for(
    tmp_path: Path, framed: Framed, capsys: pytest.CaptureFixture[str]
) -> None:
    file = official(tmp_path / "some.tfrecord", framed)
    assert run_command(["import", "nasbench101", str(file)]) == 2
    assert capsys.readouterr().err == (
        "nasarena: some.tfrecord has 40 of the 423,624 cells of NAS-Bench-101; get the whole file, "
        "or give --part for a benchmark of these cells\n"
    )
    assert not (data_folder() / "imports").exists()


def test_again_is_there_and_another_file_needs_to_replace_it(
    tmp_path: Path, framed: Framed, capsys: pytest.CaptureFixture[str]
) -> None:
    file = official(tmp_path / "one.tfrecord", framed)
    other = official(tmp_path / "other.tfrecord", framed, ids=IDS[:20].tolist())
    assert run_command(["import", "nasbench101", str(file), "--part"]) == 0
    before = load_benchmark("nasbench101/cifar10").table.sha256
    assert run_command(["import", "nasbench101", str(file), "--part"]) == 0
    assert "nasbench101/cifar10: imported before" in capsys.readouterr().out
    assert run_command(["import", "nasbench101", str(other), "--part"]) == 2
    assert "another file (one.tfrecord) was imported before" in capsys.readouterr().err
    assert load_benchmark("nasbench101/cifar10").table.sha256 == before
    assert run_command(["import", "nasbench101", str(other), "--part", "--replace"]) == 0
    assert load_benchmark("nasbench101/cifar10").table.size == 20


def copies() -> list[Path]:
    return sorted((data_folder() / "imports").glob("**/*.arrow"))


def test_a_replacement_that_is_killed_leaves_the_old_table(
    tmp_path: Path, framed: Framed, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = official(tmp_path / "one.tfrecord", framed)
    other = official(tmp_path / "other.tfrecord", framed, ids=IDS[:20].tolist())
    command = ["import", "nasbench101", "--part"]
    assert run_command([*command, str(file)]) == 0
    through = module.write_atomically

    def killed(path: Path, write: Callable[..., object]) -> None:
        if path.name == MANIFEST:
            raise KeyboardInterrupt
        through(path, write)

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_atomically", killed)
        assert run_command([*command, str(other), "--replace"]) == 130
    assert len(copies()) == 2
    benchmark = load_benchmark("nasbench101/cifar10")
    expected = [[100 * accuracy(id, 108, run) for run in range(3)] for id in np.sort(IDS).tolist()]
    assert benchmark.space.size == 40
    np.testing.assert_allclose(benchmark.table.validation, expected, rtol=1e-12)
    assert run_command([*command, str(other), "--replace"]) == 0
    assert load_benchmark("nasbench101/cifar10").table.size == 20
    assert len(copies()) == 1, "what was replaced is removed"


def test_the_copy_of_another_file_is_refused(tmp_path: Path, framed: Framed) -> None:
    command = ["import", "nasbench101", "--part", "--replace"]
    other = official(tmp_path / "other.tfrecord", framed, ids=IDS[:20].tolist())
    assert run_command([*command, str(other)]) == 0
    content = copies()[0].read_bytes()
    assert run_command([*command, str(official(tmp_path / "one.tfrecord", framed))]) == 0
    copies()[0].write_bytes(content)
    benchmark = load_benchmark("nasbench101/cifar10")
    for wanted in ("space", "table"):
        with pytest.raises(UserError, match=r"copy of one\.tfrecord is damaged; import the file"):
            getattr(benchmark, wanted)


@pytest.mark.parametrize("damage", [Path.unlink, lambda copy: copy.write_bytes(b"ARROW1")])
def test_the_same_command_mends_a_copy_that_is_gone_or_damaged(
    tmp_path: Path,
    framed: Framed,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], object],
) -> None:
    command = ["import", "nasbench101", str(official(tmp_path / "one.tfrecord", framed)), "--part"]
    assert run_command(command) == 0
    (copy,) = copies()
    whole = copy.read_bytes()
    damage(copy)
    with pytest.raises(UserError, match=r"import .*again$"):
        _ = load_benchmark("nasbench101/cifar10").table
    assert run_command(command) == 0
    assert "imported before" not in capsys.readouterr().out
    assert copy.read_bytes() == whole
    assert load_benchmark("nasbench101/cifar10").table.size == 40


def test_another_file_that_was_imported_meanwhile_is_kept(
    tmp_path: Path,
    framed: Framed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = official(tmp_path / "one.tfrecord", framed)
    other = official(tmp_path / "other.tfrecord", framed, ids=IDS[:20].tolist())
    command = ["import", "nasbench101", "--part"]

    def lock(*arguments: object, **options: object) -> FileLock:
        """Given once somebody else has imported, too."""
        monkeypatch.setattr(files, "FileLock", FileLock)
        assert run_command([*command, str(other)]) == 0
        return FileLock(*arguments, **options)

    monkeypatch.setattr(files, "FileLock", lock)
    assert run_command([*command, str(file)]) == 2
    assert "another file (other.tfrecord) was imported before" in capsys.readouterr().err
    assert load_benchmark("nasbench101/cifar10").table.size == 20
    assert len(copies()) == 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-10], "record"),
        (lambda content: content[:5000] + bytes([content[5000] ^ 4]) + content[5001:], "record"),
        (lambda content: b"module,accuracy\n" * 100, "record"),
        (lambda content: b"", "no"),
    ],
)
def test_what_is_not_the_file_is_refused_with_its_record(
    tmp_path: Path, framed: Framed, capsys: pytest.CaptureFixture[str], damage, said: str
) -> None:
    file = official(tmp_path / "nasbench_only108.tfrecord", framed)
    file.write_bytes(damage(file.read_bytes()))
    assert run_command(["import", "nasbench101", str(file), "--part"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(file) in error
    assert said in error
    assert not (data_folder() / "imports").exists()


def test_no_such_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["import", "nasbench101", "none.tfrecord"]) == 2
    assert "none.tfrecord cannot be read (No such file or directory)" in capsys.readouterr().err


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"needs real rows of NAS-Bench-101 at {SAMPLE}")
def test_real_rows_are_the_cells_of_their_hashes(tmp_path: Path, framed: Framed) -> None:
    rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    runs = []
    for row in rows:
        operations = [code for code in row["operations"] if code != -3]
        vertices = len(operations)
        digits = (str(edge) for line in row["adjacency"][:vertices] for edge in line[:vertices])
        value = row["validation_accuracy"]["108"]
        cell = ("".join(digits), operations)
        runs += [
            training(row["hash"], 108, cell, [row["training_time"], 0.9, value, value - run / 100])
            for run in range(3)
        ]
    file = read_nasbench101(written(tmp_path / "real.tfrecord", framed, runs))
    assert [SPACE.key(int(id)) for id in ids_of(file)] == [row["hash"] for row in rows]
    assert run_command(["import", "nasbench101", str(tmp_path / "real.tfrecord"), "--part"]) == 0
    table = load_benchmark("nasbench101/cifar10").table
    expected = {row["hash"]: 100 * row["validation_accuracy"]["108"] for row in rows}
    space = load_benchmark("nasbench101/cifar10").space
    np.testing.assert_allclose(
        table.mean_validation, [expected[space.key(row)] for row in range(space.size)]
    )
