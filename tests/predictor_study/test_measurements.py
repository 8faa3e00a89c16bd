"""Measurements on disk: what is written comes back, and what is damaged is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.predictor_study.measurements import (
    EXECUTIONS,
    MEASUREMENTS,
    VERSION,
    Execution,
    Measurement,
    StoredMeasurements,
)

ONE = Measurement(
    "nasbenchgraph/proteins", "gp", 50, 3, tau=0.512345, tau_top=-0.1, precision=1 / 21, top=21,
    table_sha256="f" * 64,
)  # fmt: skip
HOW = Execution(ONE.benchmark, "gp", 50, 3, 0.25, "a" * 64, '{"cpu": "a, \\"fast\\" one"}')


def stored(folder: Path, *measurements: Measurement) -> StoredMeasurements:
    store = StoredMeasurements(folder)
    for one in measurements:
        store.add(one, replace(HOW, predictor=one.predictor, labels=one.labels, seed=one.seed))
    store.write()
    return StoredMeasurements(folder)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    read = stored(tmp_path, ONE)
    assert list(read.measurements.values()) == [ONE]
    assert list(read.executions.values()) == [HOW]
    assert read.measurements.keys() == read.executions.keys() == {ONE.task}


def test_the_order_of_adding_does_not_show(tmp_path: Path) -> None:
    lines = [replace(ONE, labels=labels, seed=seed) for labels in (100, 50) for seed in (2, 10)]
    contents = []
    for name, order in (("forth", lines), ("back", lines[::-1])):
        (tmp_path / name).mkdir()
        for one in order:  # each in a command of its own
            stored(tmp_path / name, one)
        contents.append((tmp_path / name / MEASUREMENTS).read_bytes())
    assert contents[0] == contents[1]
    assert contents[0].count(b"\n") == 1 + len(lines)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"0.512345", b"5.12345", "line 2: tau: input should be less than or equal to 1"),
        (b"0.512345", b"nan", "line 2: tau: input should be"),
        (b"0.512345", b"", "line 2: tau: input should be a valid number"),
        (b",50,", b",-50,", "line 2: labels: input should be greater than 0"),
        (b",3,", b",x,", "line 2: seed: input should be a valid integer"),
        (b"tau_top,", b"top_tau,", "wrong columns: expected tau_top; found top_tau"),
        (b"proteins", b"\xff", "can't decode byte 0xff"),
        (b",1\n", b"\n", "line 2: version: input should be a valid integer"),
        (b",1\n", b',1\n"', "unexpected end of data"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, old: bytes, new: bytes, said: str) -> None:
    stored(tmp_path, ONE)
    path = tmp_path / MEASUREMENTS
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(UserError) as refused:
        StoredMeasurements(tmp_path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert "remove it" in str(refused.value)


@pytest.mark.parametrize("name", [MEASUREMENTS, EXECUTIONS])
def test_a_measurement_that_occurs_twice_is_named(tmp_path: Path, name: str) -> None:
    stored(tmp_path, ONE)
    path = tmp_path / name
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    with pytest.raises(UserError, match="occurs twice"):
        StoredMeasurements(tmp_path)


def test_measurements_of_another_version_or_table_are_refused(tmp_path: Path) -> None:
    later = stored(tmp_path, replace(ONE, version=VERSION + 1))
    with pytest.raises(UserError, match=f"by version {VERSION + 1} of the study, this is"):
        later.check([])
    other_table = stored(tmp_path, ONE)
    other_table.check(["nasbench201/cifar10"])
    with pytest.raises(UserError, match="another table of nasbenchgraph/proteins"):
        other_table.check([ONE.benchmark])


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stored(tmp_path, ONE)
    before = (tmp_path / MEASUREMENTS).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    store.add(replace(ONE, seed=4), replace(HOW, seed=4))
    with pytest.raises(UserError, match="No space left on device"):
        store.write()
    assert (tmp_path / MEASUREMENTS).read_bytes() == before
    monkeypatch.undo()
    store.write()
    assert len(StoredMeasurements(tmp_path).measurements) == 2
