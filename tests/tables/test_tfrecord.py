"""TFRecord files: what is whole is read, what is not is refused where it goes wrong."""

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.tables import tfrecord
from nasarena.suite.tables.tfrecord import read_records

Framed = Callable[[Iterable[bytes]], bytes]

RECORDS = [b"first", b"", b"the third record", b"x" * 300, b"last"]
STARTS = [0, 21, 37, 69, 385, 405]
"""Where the records' frames begin: 16 bytes more than the record each; the last is the end."""


@pytest.fixture
def path(tmp_path: Path, framed: Framed) -> Path:
    path = tmp_path / "some.tfrecord"
    path.write_bytes(framed(RECORDS))
    return path


@pytest.fixture(params=[7, 64, 1 << 20])
def every_block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Blocks shorter than a header, than a record, and longer than the file."""
    monkeypatch.setattr(tfrecord, "BLOCK", request.param)
    return int(request.param)


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        list(read_records(path))
    message = str(refused.value)
    assert message.startswith(f"{path} ")
    assert "\n" not in message
    return message


@pytest.mark.usefixtures("every_block")
def test_records_come_in_order_with_their_places(path: Path) -> None:
    records = list(read_records(path))
    assert [record.content for record in records] == RECORDS
    assert [record.number for record in records] == [0, 1, 2, 3, 4]
    assert [record.offset for record in records] == STARTS[:-1]
    assert records[2].place == "record 3 (at byte 37)"


@pytest.mark.usefixtures("every_block")
def test_the_blocks_seen_are_the_file(path: Path) -> None:
    blocks: list[bytes] = []
    for _ in read_records(path, blocks.append):
        pass
    assert b"".join(blocks) == path.read_bytes()


@pytest.mark.usefixtures("every_block")
def test_a_file_cut_anywhere_is_refused_where_it_ends(path: Path) -> None:
    whole = path.read_bytes()
    for end in range(1, len(whole)):
        path.write_bytes(whole[:end])
        number = sum(start < end for start in STARTS)
        if end in STARTS:  # between two records: that is a file of its own
            assert len(list(read_records(path))) == number
        else:
            assert f"ends within record {number} (at byte {STARTS[number - 1]})" in refusal(path)


@pytest.mark.usefixtures("every_block")
def test_a_flipped_bit_is_found_in_its_record(path: Path) -> None:
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        number = sum(start <= position for start in STARTS)
        message = refusal(path)
        in_length = position - STARTS[number - 1] < 12
        if number == 1 and in_length:
            assert "is not a TFRecord file: record 1 (at byte 0)" in message
        else:
            assert f"record {number} (at byte {STARTS[number - 1]}) does not have" in message
            assert ("the length of" in message) == in_length


def test_the_first_of_two_flaws_is_named(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[STARTS[2] + 13] ^= 1  # in the third record
    damaged[STARTS[3]] ^= 1  # in the length of the fourth
    path.write_bytes(damaged)
    assert "record 3 (at byte 37) does not have its checksum" in refusal(path)
    damaged[STARTS[1]] ^= 1  # in the length of the second
    path.write_bytes(damaged)
    assert "the length of record 2 (at byte 21)" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"hash,accuracy\n" * 9, b"\x1f\x8b" + bytes(40), bytes(100)], ids=["csv", "gz", "0"]
)
def test_another_kind_of_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "is not a TFRecord file" in refusal(path)


def test_an_empty_file_is_refused(path: Path) -> None:
    path.write_bytes(b"")
    assert "is empty" in refusal(path)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "none")
    assert "cannot be read (Is a directory)" in refusal(tmp_path)


@pytest.mark.parametrize("cut", [12, None])
def test_a_huge_record_is_refused_before_it_is_read(
    path: Path, framed: Framed, monkeypatch: pytest.MonkeyPatch, cut: int | None
) -> None:
    """Also when the file has all of it, and when its length would not fit into memory."""
    monkeypatch.setattr(tfrecord, "LONGEST", 1000)
    path.write_bytes(framed([b"small"]) + framed([b"y" * 1001])[:cut])
    assert "record 2 (at byte 21) has 1001 bytes, at most 1000 are read" in refusal(path)


def test_a_record_longer_than_memory_is_refused(path: Path, framed: Framed) -> None:
    length = struct.pack("<Q", 2**64 - 1)
    checksum_of_length = framed([length])[-4:]
    path.write_bytes(length + checksum_of_length + bytes(50))
    assert f"record 1 (at byte 0) has {2**64 - 1} bytes" in refusal(path)
