"""NAS-Bench-101's official file: what it says, run by run, and what it may not say.

Files are made here in the official format, by an encoder of protobuf messages of the tests' own.
"""

import base64
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.suite.arrays import Ids
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.tables import nasbench101_file, nasbench101_records
from nasarena.suite.tables.nasbench101_copy import parse_copy, save_nasbench101
from nasarena.suite.tables.nasbench101_file import NASBench101File, read_nasbench101
from nasarena.suite.tables.nasbench101_records import NO_VERTEX, parse_cell
from nasbench101_writer import (
    NAMES,
    Framed,
    Record,
    double,
    evaluation,
    metrics,
    training,
    varint,
    written,
)

pytest.importorskip("google.protobuf", reason="needs protobuf")

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "nasbench101_sample.jsonl"
"""Real rows of NAS-Bench-101 that lie beside the repository, on machines that have them."""

CELLS = [
    ("0100", [-1, -2]),
    ("011001000", [-1, 2, -2]),
    ("0111000100010000", [-1, 0, 1, -2]),
    ("0100110001000000010010000010000001000000010000000", [-1, 0, 2, 0, 0, 1, -2]),
]
"""Matrices row by row, and operations."""

EPOCHS = (4, 12, 36, 108)


def hash_of(cell: int) -> str:
    return hash_drawn(CELLS[cell])


def hash_drawn(cell: tuple[str, list[int]]) -> str:
    digits, operations = cell
    space, count = NASBench101(), len(operations)
    matrix = np.array([int(digit) for digit in digits]).reshape(count, count)
    return space.key(space.id_of(matrix, [NAMES[operation] for operation in operations]))


VALUES = np.random.default_rng(0).random((len(EPOCHS), len(CELLS), 3, 4))
"""By epochs, cell and run: seconds and the accuracies of training, validation and test."""


def records(epochs: Iterable[int] = EPOCHS) -> list[Record]:
    """All runs of all cells; runs of a cell are not together."""
    return [
        training(hash_of(cell), length, CELLS[cell], VALUES[at, cell, run].tolist(), 100 + cell)
        for run in range(3)
        for at, length in enumerate(EPOCHS)
        for cell in range(len(CELLS))
        if length in epochs
    ]


@pytest.fixture
def full(tmp_path: Path, framed: Framed) -> Path:
    return written(tmp_path / "nasbench_full.tfrecord", framed, records())


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        read_nasbench101(path)
    message = str(refused.value)
    assert message.startswith(f"{path} ")
    assert "\n" not in message
    return message


def same(one: NASBench101File, other: NASBench101File) -> bool:
    assert one.source_sha256 == other.source_sha256
    assert list(one.trainings) == list(other.trainings)
    np.testing.assert_array_equal(one.hashes, other.hashes)
    np.testing.assert_array_equal(one.adjacency, other.adjacency)
    np.testing.assert_array_equal(one.operations, other.operations)
    np.testing.assert_array_equal(one.parameters, other.parameters)
    for epochs, trainings in one.trainings.items():
        for metric in ("validation", "test", "train", "seconds"):
            np.testing.assert_array_equal(
                getattr(trainings, metric), getattr(other.trainings[epochs], metric)
            )
    return True


def test_every_run_of_every_cell_is_read(full: Path) -> None:
    file = read_nasbench101(full)
    assert file.size == len(CELLS)
    assert file.hashes.astype(str).tolist() == [hash_of(cell) for cell in range(len(CELLS))]
    assert file.parameters.tolist() == [100, 101, 102, 103]
    assert list(file.trainings) == list(EPOCHS)
    for at, epochs in enumerate(EPOCHS):
        found = file.trainings[epochs]
        np.testing.assert_array_equal(found.seconds, VALUES[at, ..., 0])
        np.testing.assert_array_equal(found.train, 100 * VALUES[at, ..., 1])
        np.testing.assert_array_equal(found.validation, 100 * VALUES[at, ..., 2])
        np.testing.assert_array_equal(found.test, 100 * VALUES[at, ..., 3])


def test_cells_are_filled_up_to_seven_vertices(full: Path) -> None:
    file = read_nasbench101(full)
    for (digits, operations), adjacency, labels in zip(
        CELLS, file.adjacency, file.operations, strict=True
    ):
        vertices = len(operations)
        assert "".join(map(str, adjacency[:vertices, :vertices].ravel().tolist())) == digits
        assert adjacency.sum() == digits.count("1")
        assert labels.tolist() == operations + [NO_VERTEX] * (7 - vertices)


def test_the_smaller_file_has_one_training_length(tmp_path: Path, framed: Framed) -> None:
    path = written(tmp_path / "nasbench_only108.tfrecord", framed, records([108]))
    file = read_nasbench101(path)
    assert list(file.trainings) == [108]
    np.testing.assert_array_equal(file.trainings[108].test, 100 * VALUES[3, ..., 3])


def test_the_digest_and_the_progress_are_those_of_the_file(full: Path) -> None:
    calls: list[tuple[int, int]] = []
    file = read_nasbench101(full, lambda done, total: calls.append((done, total)))
    size = full.stat().st_size
    assert calls[-1] == (size, size)
    assert file.source_sha256 == sha256(full.read_bytes()).hexdigest()


def test_metrics_of_one_cell_are_kept_apart_by_hash_alone(tmp_path: Path, framed: Framed) -> None:
    """Another drawing under the same hash is the same cell; the first drawing is kept."""
    drawings = [("0111000100010000", [-1, first, 1 - first, -2]) for first in (0, 1, 0)]
    runs = [training(hash_of(2), 4, drawing, [1, 0.1, 0.2, 0.3]) for drawing in drawings]
    file = read_nasbench101(written(tmp_path / "one", framed, runs))
    assert file.size == 1
    assert file.operations[0, :4].tolist() == [-1, 0, 1, -2]


def test_table_in_the_order_of_a_space(full: Path) -> None:
    file = read_nasbench101(full)
    order = {hash_of(cell): id for cell, id in enumerate([2, 0, 3, 1])}

    def ids_of(file: NASBench101File) -> Ids:
        return np.array([order[hash.decode()] for hash in file.hashes])

    table = file.table(ids_of, size=4)
    cells = [1, 3, 0, 2]
    np.testing.assert_array_equal(table.validation, 100 * VALUES[3, cells, :, 2])
    np.testing.assert_allclose(table.test, 100 * VALUES[3, cells, :, 3].mean(axis=1))
    np.testing.assert_allclose(table.training_seconds, VALUES[3, cells, :, 0].mean(axis=1))
    np.testing.assert_array_equal(table.parameters, [101, 103, 100, 102])
    assert table.source_sha256 == file.source_sha256
    assert file.table(ids_of, size=4, epochs=12).validation[0, 0] == 100 * VALUES[1, 1, 0, 2]


@pytest.mark.parametrize(
    ("ids", "size", "epochs", "complaint"),
    [
        ([0, 1, 2, 3], 5, 108, "has 4 of the 5 cells"),
        ([0, 1, -1, 3], 4, 108, f"not in the space: {hash_of(2)}"),
        ([0, 1, 2, 1], 4, 108, f"under two hashes: {hash_of(1)} and {hash_of(3)}"),
        ([0, 1, 2, 3], 4, 50, "no trainings of 50 epochs, only of 4, 12, 36, 108"),
    ],
)
def test_a_table_needs_the_cells_of_the_space(
    full: Path, ids: list[int], size: int, epochs: int, complaint: str
) -> None:
    file = read_nasbench101(full)
    with pytest.raises(UserError, match=complaint):
        file.table(lambda _: np.array(ids), size, epochs)


ADJACENCY, OPERATIONS = CELLS[2][0], "input,conv3x3-bn-relu,conv1x1-bn-relu,output"
CELL = (CELLS[2][0], [-1, 2, 2, -2])
GOOD = training(hash_drawn(CELL), 108, CELL, [1.0, 0.5, 0.6, 0.7])
EVALUATION = evaluation(108, 1.0, 0.5, 0.6, 0.7)
NAN, INFINITY = float("nan"), float("inf")


def but(**fields: Any) -> Record:
    """The good record with other fields."""
    names = ("hash", "epochs", "adjacency", "operations", "metrics")
    return [fields.get(name, value) for name, value in zip(names, GOOD, strict=True)]


def ending(*values: float) -> Record:
    return but(metrics=metrics([EVALUATION, EVALUATION, evaluation(108, *values)]))


def without(number: int) -> Record:
    """Lacking one of the values of the last evaluation."""
    fields = (double(other, 0.5) for other in range(1, 6) if other != number)
    message = b"".join(fields)
    last = b"\x0a" + varint(len(message)) + message
    return but(metrics=metrics([EVALUATION, EVALUATION, last]))


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        (b"not JSON", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"[" * 20_000, "it is not JSON"),
        (b"null", "it is not an array"),
        (json.dumps(dict.fromkeys("abcde", 1)).encode(), "it is not an array"),
        (json.dumps(GOOD[:4]).encode(), "it is not an array"),
        (but(epochs="108"), "it is not an array"),
        (but(epochs=True), "it is not an array"),
        (but(metrics=None), "it is not an array"),
        (but(hash="0" * 31), "its hash"),
        (but(hash="x" * 32), "its hash"),
        (but(epochs=50), "its epochs are not one of 4, 12, 36, 108"),
        (but(adjacency=""), "not a square"),
        (but(adjacency="0" * 15), "not a square"),
        (but(adjacency="0" * 64), "not a square"),
        (but(adjacency="0211000100010000"), "not a square of 0 and 1"),
        (but(adjacency="0111000100010\u0660\u06600"), "not a square of 0 and 1"),
        (but(adjacency="0111000100011000"), "an edge that does not lead to a later vertex"),
        (but(adjacency="1111000100010000"), "an edge that does not lead to a later vertex"),
        (but(adjacency=CELLS[1][0]), "different numbers of vertices"),
        (but(operations=""), "from input to output"),
        (but(operations=OPERATIONS.replace("input", "output")), "from input to output"),
        (but(operations=OPERATIONS.replace("conv1x1", "conv5x5")), "operation that"),
        (but(operations=OPERATIONS.replace("conv1x1-bn-relu", "input")), "operation that"),
        (but(metrics="AAA"), "not a base64"),
        (but(metrics=base64.b64encode(b"\x0a\x7f").decode()), "not a base64 ModelMetrics"),
        (but(metrics=""), "0 evaluations, not 3"),
        (but(metrics=metrics([EVALUATION] * 2)), "2 evaluations, not 3"),
        (but(metrics=metrics([EVALUATION] * 3, parameters=0)), "parameters"),
        (ending(1.0, 0.5, NAN, 0.7), "an accuracy is missing or not a fraction"),
        (ending(1.0, 0.5, 60.0, 0.7), "an accuracy is missing or not a fraction"),
        (ending(1.0, -0.1, 0.6, 0.7), "an accuracy is missing or not a fraction"),
        (ending(1.0, 0.5, 0.6, INFINITY), "an accuracy is missing or not a fraction"),
        (ending(-1.0, 0.5, 0.6, 0.7), "the training time"),
        (ending(INFINITY, 0.5, 0.6, 0.7), "the training time"),
        (without(2), "the training time is missing"),
        (without(3), "an accuracy is missing"),
        (without(4), "an accuracy is missing"),
        (without(5), "an accuracy is missing"),
    ],
)
def test_a_record_that_says_something_else_is_refused(
    tmp_path: Path, framed: Framed, record: Record | bytes, complaint: str
) -> None:
    content = record if isinstance(record, bytes) else json.dumps(record).encode()
    before = [json.dumps(run).encode() for run in records()[:3]]
    path = tmp_path / "some.tfrecord"
    path.write_bytes(framed([*before, content]))
    message = refusal(path)
    assert f"record 4 (at byte {len(framed(before))}): " in message
    assert complaint in message


@pytest.mark.parametrize(
    ("adjacency", "of"),
    [
        ("0111000100010000", "a cell with hash"),
        ("0110000100010000", "a cell with hash"),
        ("0110000000000000", "no cell"),
    ],
)
def test_a_hash_of_another_cell_than_the_drawing_is_refused(
    tmp_path: Path, framed: Framed, adjacency: str, of: str
) -> None:
    other = but(adjacency=adjacency, operations=OPERATIONS)
    message = refusal(written(tmp_path / "other", framed, [*records()[:3], other]))
    assert f"its hash is {hash_drawn(CELL)}, its drawing is of {of}" in message
    assert "record 4 (at byte " in message


def test_of_many_cells_one_in_some_is_checked(
    tmp_path: Path, framed: Framed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nasbench101_file, "CHECKED", 1)
    monkeypatch.setattr(nasbench101_file, "CHECKED_BEYOND", 2)
    cells = [training(hash_of(cell), 4, CELLS[cell], [1, 0.1, 0.2, 0.3]) for cell in range(4)]
    cells[3][0] = "0" * 32
    assert read_nasbench101(written(tmp_path / "past", framed, cells * 3)).size == 4
    cells[2][0] = "1" * 32
    assert "record 3 (at byte " in refusal(written(tmp_path / "met", framed, cells * 3))


def test_the_record_that_is_varied_is_good(tmp_path: Path, framed: Framed) -> None:
    """Or the refusals above would show nothing."""
    path = written(tmp_path / "good", framed, [GOOD, but(), ending(0.0, 0.0, 1.0, 0.0)])
    assert read_nasbench101(path).trainings[108].validation.tolist() == [[60.0, 60.0, 100.0]]


def test_a_file_that_ends_between_two_records_is_refused(tmp_path: Path, framed: Framed) -> None:
    """Its frames are whole; runs are missing."""
    path = written(tmp_path / "cut", framed, records()[:-1])
    complaint = f"cell {hash_of(3)} has 2 of 3 runs of 108 epochs"
    assert complaint in refusal(path)
    every_run_of_one_length = [run for run in records() if run[:2] != [hash_of(2), 36]]
    path = written(tmp_path / "lacking", framed, every_run_of_one_length)
    assert f"cell {hash_of(2)} has 0 of 3 runs of 36 epochs" in refusal(path)


def test_a_fourth_run_is_refused(tmp_path: Path, framed: Framed) -> None:
    path = written(tmp_path / "more", framed, [*records(), records()[0]])
    assert f"record 49 (at byte {path.stat().st_size - 16 - len(json.dumps(records()[0]))})" in (
        message := refusal(path)
    )
    assert f"a run more than the 3 of cell {hash_of(0)}" in message


def test_more_cells_than_there_are_is_refused(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nasbench101_file, "CELLS", 3)
    assert "record 4 (at byte " in (message := refusal(full))
    assert "a cell more than the 3 there are" in message


def test_damage_is_refused_with_its_record(full: Path) -> None:
    whole = full.read_bytes()
    full.write_bytes(whole[:-5])
    assert "ends within record 48 (at byte " in refusal(full)
    full.write_bytes(whole[:400] + bytes([whole[400] ^ 4]) + whole[401:])
    assert "is damaged: record 2 (at byte " in refusal(full)
    full.write_bytes(b"")
    assert "is empty" in refusal(full)
    full.unlink()
    assert "cannot be read (No such file or directory)" in refusal(full)


def test_without_protobuf_it_is_said_how_to_get_it(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nasbench101_records._model_metrics.cache_clear()
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    with pytest.raises(UserError, match=r"run: python -m pip install 'nasarena\[nasbench101\]'"):
        read_nasbench101(full)


def convert(source: Path, target: Path) -> None:
    save_nasbench101(read_nasbench101(source), target)


def test_the_copy_says_the_same(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "nasbench101.arrow"
    convert(full, target)
    assert same(parse_copy(target.read_bytes()), read_nasbench101(full))
    assert [path.name for path in target.parent.iterdir()] == ["nasbench101.arrow"]
    first = target.read_bytes()
    convert(full, target)
    assert target.read_bytes() == first


def test_the_copy_cannot_be_written_to(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.arrow"
    convert(full, target)
    with pytest.raises(ValueError, match="read-only"):
        parse_copy(target.read_bytes()).trainings[108].validation[0, 0] = 100.0


def test_a_copy_that_cannot_be_written_is_said(full: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match="cannot be written"):
        convert(full, tmp_path / "file" / "copy.arrow")


def test_a_damaged_copy_is_refused(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.arrow"
    convert(full, target)
    whole = target.read_bytes()
    position = whole.index(read_nasbench101(full).trainings[36].test.tobytes())
    for damaged in (
        whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :],
        whole[: len(whole) // 2],
        b"something else",
        b"",
    ):
        target.write_bytes(damaged)
        with pytest.raises((ValueError, OSError)):
            parse_copy(target.read_bytes())


def test_another_source_is_another_copy(full: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.arrow"
    file = read_nasbench101(full)
    save_nasbench101(replace(file, source_sha256="0" * 64), target)
    assert parse_copy(target.read_bytes()).source_sha256 == "0" * 64


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"needs real rows of NAS-Bench-101 at {SAMPLE}")
def test_real_rows_import_to_the_same_values(tmp_path: Path, framed: Framed) -> None:
    """Hash, drawing, validation, seconds and parameters are real.

    The sample has one run, no test and no training accuracies, and seconds at 108 epochs only:
    runs are told apart by their accuracies on test and training, which are made up.
    """
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[:200]
    rows = [json.loads(line) for line in lines]
    runs = []
    for row in rows:
        operations = [operation for operation in row["operations"] if operation != NO_VERTEX]
        vertices = len(operations)
        digits = (str(edge) for line in row["adjacency"][:vertices] for edge in line[:vertices])
        cell = ("".join(digits), operations)
        for epochs in EPOCHS:
            validation = row["validation_accuracy"][str(epochs)]
            for run in range(3):
                values = [row["training_time"], run / 10, validation, run / 20]
                parameters = row["trainable_parameters"]
                runs.append(training(row["hash"], epochs, cell, values, parameters))
    file = read_nasbench101(written(tmp_path / "real.tfrecord", framed, runs))
    assert file.hashes.astype(str).tolist() == [row["hash"] for row in rows]
    assert file.parameters.tolist() == [row["trainable_parameters"] for row in rows]
    for row, adjacency, operations in zip(rows, file.adjacency, file.operations, strict=True):
        given = len(row["operations"])
        assert operations.tolist() == row["operations"] + [NO_VERTEX] * (7 - given)
        assert adjacency[:given, :given].tolist() == row["adjacency"]
        assert adjacency.sum() == np.sum(row["adjacency"])
    seconds = [row["training_time"] for row in rows]
    for epochs, trainings in file.trainings.items():
        validation = np.array([row["validation_accuracy"][str(epochs)] for row in rows])
        np.testing.assert_array_equal(trainings.validation, np.tile(100 * validation, (3, 1)).T)
        np.testing.assert_array_equal(trainings.seconds, np.tile(seconds, (3, 1)).T)
        np.testing.assert_allclose(trainings.train, np.tile([0, 10, 20], (200, 1)))
        np.testing.assert_allclose(trainings.test, np.tile([0, 5, 10], (200, 1)))


def test_a_cell_is_read_from_its_two_texts() -> None:
    adjacency, operations = parse_cell(ADJACENCY, OPERATIONS)
    assert np.argwhere(adjacency).tolist() == [[0, 1], [0, 2], [0, 3], [1, 3], [2, 3]]
    assert operations.tolist() == [-1, 0, 1, -2, NO_VERTEX, NO_VERTEX, NO_VERTEX]
