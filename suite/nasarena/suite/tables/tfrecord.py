"""TFRecord files, read without TensorFlow, every checksum checked."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import google_crc32c

from nasarena.suite.errors import UserError
from nasarena.suite.files import open_regular

LONGEST = 1 << 20
"""The longest record that is read, in bytes: a bound on memory, whatever a file says."""

BLOCK = 2 << 20
"""Bytes read at a time."""

HEADER = struct.Struct("<QI")
"""Before a record: its length, and the masked checksum of the length's eight bytes."""

FOOTER = struct.Struct("<I")
"""After a record: its masked checksum."""

FRAME = HEADER.size + FOOTER.size


class TFRecord(NamedTuple):
    """One record, and where it is: its number (from 0) and its first byte in the file."""

    number: int
    offset: int
    content: bytes

    @property
    def place(self) -> str:
        """The record's position in words."""
        return place(self.number, self.offset)


def place(number: int, offset: int) -> str:
    """The position of the record with this number (from 0) in words, where people count from 1."""
    return f"record {number + 1} (at byte {offset})"


def read_records(
    path: Path, each_block: Callable[[bytes], object] | None = None
) -> Iterator[TFRecord]:
    """The records of a TFRecord file, in order, some megabytes of the file in memory at a time.

    `each_block` is called with every block of the file as it is read, so that one reading serves
    for a digest or a progress bar as well; the blocks together are the file.

    Raises UserError, naming the record and its position, where the file is cut off, damaged, or of
    another kind; the records before that one have been yielded then.
    Source: the TensorFlow guide "TFRecord and tf.train.Example", for the frame.
    """
    number, offset, rest = 0, 0, b""
    try:
        with open_regular(path, follow_links=True) as file:
            while block := file.read(BLOCK):
                if each_block:
                    each_block(block)
                content = rest + block
                used = 0
                for record in _whole_records(path, number, offset, content):
                    yield record
                    number += 1
                    used += len(record.content) + FRAME
                rest = content[used:]
                offset += used
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from None
    if rest:
        raise UserError(
            f"{path} ends within {place(number, offset)}: it was cut off; get the file again"
        )
    if number == 0:
        raise UserError(f"{path} is empty; get the file again")


def _whole_records(path: Path, number: int, offset: int, content: bytes) -> Iterator[TFRecord]:
    """The records that lie whole in `content`, with the right checksums.

    `content` begins with record `number`, which is at byte `offset` of the file.
    """
    start = 0
    while start + HEADER.size <= len(content):
        length, checksum = HEADER.unpack_from(content, start)
        body = start + HEADER.size
        if checksum != _masked_checksum(content[start : start + 8]):
            raise UserError(f"{path} {_wrong_length(number, offset + start)}")
        if length > LONGEST:
            raise UserError(
                f"{path} cannot be used: {place(number, offset + start)} has {length} bytes, at "
                f"most {LONGEST} are read; give another file"
            )
        if body + length + FOOTER.size > len(content):
            return
        record = content[body : body + length]
        if FOOTER.unpack_from(content, body + length) != (_masked_checksum(record),):
            raise UserError(
                f"{path} is damaged: {place(number, offset + start)} does not have its checksum; "
                "get the file again"
            )
        yield TFRecord(number, offset + start, record)
        number += 1
        start = body + length + FOOTER.size


def _wrong_length(number: int, offset: int) -> str:
    where = place(number, offset)
    if number == 0:
        return (
            f"is not a TFRecord file: {where} has no length with its checksum; give the file as it "
            "was downloaded"
        )
    return f"is damaged: the length of {where} does not have its checksum; get the file again"


def _masked_checksum(content: bytes) -> int:
    """CRC-32C, turned right by 15 bits, plus a constant, modulo 2 to the 32."""
    checksum: int = google_crc32c.value(content)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
