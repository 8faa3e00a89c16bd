"""The store of imported benchmarks: listed when whole, never in the way when broken."""

import json
import warnings
from pathlib import Path

import pytest
from filelock import FileLock

from nasarena.suite import files
from nasarena.suite.benchmarks import imported as module
from nasarena.suite.benchmarks.imported import (
    MANIFEST,
    Import,
    data_folder,
    imported,
    importing,
    load_imported,
    record_import,
    remove_old_copies,
)
from nasarena.suite.benchmarks.own_table import read_own_table
from nasarena.suite.benchmarks.registry import benchmark_names, choose_benchmarks, load_benchmark
from nasarena.suite.cli import run_command
from nasarena.suite.errors import UserError
from nasarena.suite.files import TEMPORARY
from nasarena.suite.plugins import BrokenPlugin
from nasarena.suite.tables.own_table_columns import Columns

SHA256 = "0" * 64


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "data"


def manifest(*names: str, kind: str = "table", **settings: object) -> Import:
    return Import(
        kind=kind,
        benchmarks=names or ("mine/digits",),
        source="digits.csv",
        source_sha256=SHA256,
        licence="CC0",
        citation="Mine",
        settings=settings,
    )


def test_an_import_is_listed_under_all_its_names(data: Path) -> None:
    assert imported() == {}
    assert not data.exists(), "looking makes nothing"
    folder = record_import("two", manifest("mine/b", "mine/a"), lambda folder: None)
    assert folder == data / "imports" / "two"
    assert list(imported()) == ["mine/a", "mine/b"]
    assert imported()["mine/a"].manifest == manifest("mine/b", "mine/a")
    assert {"mine/a", "nasbench201/cifar10"} <= set(benchmark_names())
    assert choose_benchmarks(["mine/*"]) == ["mine/a", "mine/b"]


def test_an_import_that_is_interrupted_is_none(data: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "copy").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_import("slug", manifest(), interrupted)
    assert imported() == {}
    record_import("slug", manifest(), lambda folder: None)
    assert list(imported()) == ["mine/digits"]


def test_an_interrupted_replacement_leaves_the_old_one(data: Path) -> None:
    record_import("slug", manifest(number=1), lambda folder: None)

    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_import("slug", manifest(number=2), interrupted)
    assert imported()["mine/digits"].manifest.settings == {"number": 1}


def table_import(tmp_path: Path, accuracy: int, *options: str) -> int:
    file = tmp_path / f"digits{accuracy}.csv"
    file.write_text(f"a,val\nx,50\ny,{accuracy}\n")
    command = ["import", "table", str(file), "--space", "choices", "--name", "mine/digits"]
    return run_command([*command, *options])


def test_one_imports_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "WAITED_SECONDS", 0)
    with importing():
        assert table_import(tmp_path, 60) == 2
        assert imported() == {}
    said = capsys.readouterr().err
    assert "another nasarena is importing into" in said
    assert said.count("\n") == 1
    assert table_import(tmp_path, 60) == 0


@pytest.mark.parametrize("options", [(), ("--replace",)])
def test_of_two_imports_of_one_name_at_once_one_is_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
) -> None:
    def lock(*arguments: object, **keywords: object) -> FileLock:
        """Given once somebody else has imported another table under the name, too."""
        monkeypatch.setattr(files, "FileLock", FileLock)
        assert table_import(tmp_path, 70) == 0
        return FileLock(*arguments, **keywords)

    monkeypatch.setattr(files, "FileLock", lock)
    assert table_import(tmp_path, 60, *options) == (0 if options else 2)
    assert ("give --replace" in capsys.readouterr().err) == (not options)
    assert load_benchmark("mine/digits").table.best_validation == (60 if options else 70)


def test_what_was_replaced_or_left_unfinished_is_removed(tmp_path: Path) -> None:
    copy, manifest_there = tmp_path / "table-new.arrow", tmp_path / MANIFEST
    unfinished = tmp_path / ".table-new.arrow.unfinished-0a1b2c3d"
    assert unfinished.match(TEMPORARY)
    for path in (copy, manifest_there, unfinished, tmp_path / "table-old.arrow"):
        path.write_text("")
    remove_old_copies(copy)
    assert set(tmp_path.iterdir()) == {copy, manifest_there}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"kind": "table"}',
        manifest().model_dump_json().replace('"format":1', '"format":2').encode(),
        manifest().model_dump_json().replace('"table"', '"chair"').encode(),
        manifest().model_dump_json().replace("mine/digits", "../digits").encode(),
    ],
)
def test_a_damaged_manifest_is_one_warning_and_in_nobodys_way(data: Path, content: bytes) -> None:
    record_import("whole", manifest("mine/whole"), lambda folder: None)
    damaged = data / "imports" / "damaged"
    damaged.mkdir()
    (damaged / MANIFEST).write_bytes(content)
    with pytest.warns(UserWarning, match="damaged is left out") as said:
        assert list(imported()) == ["mine/whole"]
    assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_benchmark("nasbench201/cifar10").name == "nasbench201/cifar10"


def test_names_are_defined_once(data: Path) -> None:
    with pytest.raises(UserError, match="nasbench201/cifar10 is a benchmark that is installed"):
        record_import("x", manifest("nasbench201/cifar10"), lambda folder: None)
    record_import("one", manifest(), lambda folder: None)
    with pytest.raises(UserError, match=r"mine/digits was imported already, from digits\.csv"):
        record_import("two", manifest(), lambda folder: None)
    assert not (data / "imports" / "two").exists()


@pytest.mark.parametrize(
    "name", ["digits", "Mine/digits", "a/b/c", "../x", "a b/c", "/x", "x/", ""]
)
def test_names_are_a_space_and_a_data_set(name: str) -> None:
    with pytest.raises(ValueError, match="space/dataset"):
        manifest(name)


def test_a_folder_that_cannot_be_written_is_named(data: Path) -> None:
    data.write_text("a file, no folder")
    with pytest.raises(UserError, match="set NASARENA_DATA to a folder that can be written"):
        record_import("slug", manifest(), lambda folder: None)


def test_unknown_names_are_told_the_nearest() -> None:
    record_import("slug", manifest(), lambda folder: None)
    with pytest.raises(UserError, match="did you mean 'mine/digits'"):
        load_imported("mine/digit")
    with pytest.raises(UserError, match="unknown benchmark 'mine/digit'; did you mean"):
        load_benchmark("mine/digit")


def test_a_kind_that_cannot_make_its_benchmark_is_broken_not_a_crash() -> None:
    record_import("slug", manifest(), lambda folder: None)  # without the settings of a table
    with pytest.raises(BrokenPlugin, match=r"mine/digits in .*slug cannot be used \(KeyError"):
        load_benchmark("mine/digits")


def test_a_benchmark_is_one_object_until_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "digits.csv"
    found = []
    for accuracy in (60, 70):
        file.write_text(f"a,val\nx,50\ny,{accuracy}\n")
        own = read_own_table(file, "choices", Columns())
        record_import("slug", manifest(**own.settings), own.save)
        found.append(load_benchmark("mine/digits"))
        assert load_benchmark("mine/digits") is found[-1]
    assert [benchmark.table.best_validation for benchmark in found] == [60, 70]


def test_the_data_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    assert data_folder() == data
    monkeypatch.delenv("NASARENA_DATA")
    assert data_folder().name == "nasarena"


def test_the_manifest_is_plain_json(data: Path) -> None:
    folder = record_import("slug", manifest(a=[1, {"b": None}]), lambda folder: None)
    stated = json.loads((folder / MANIFEST).read_text())
    assert stated["settings"] == {"a": [1, {"b": None}]}
    assert stated["benchmarks"] == ["mine/digits"]
    assert stated["format"] == 1
