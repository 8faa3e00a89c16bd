"""TFRecord files, read without TensorFlow, every checksum checked."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError
from nasarena.suite.tables.crc32c import crc32c

LONGEST = 1 << 20
"""The longest record that is read, in bytes: a bound on memory, whatever a file says."""

BLOCK = 2 << 20
"""Bytes read at a time: some thousands of short records, whose checksums are made together."""

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


def read_records(path: Path, seen: Callable[[bytes], object] | None = None) -> Iterator[TFRecord]:
    """The records of a TFRecord file, in order, some megabytes of the file in memory at a time.

    `seen` is called with every block of the file as it is read, so that one reading also serves
    for a digest or a progress bar; the blocks together are the file.

    Raises UserError, naming the record and its position, where the file is cut off, damaged, or of
    another kind; records before that one (but for those of its block) have been yielded then.
    Source: the TensorFlow guide "TFRecord and tf.train.Example", for the frame.
    """
    number, offset, rest = 0, 0, b""
    try:
        with open(path, "rb") as file:
            while block := file.read(BLOCK):
                if seen:
                    seen(block)
                content = rest + block
                used = 0
                for start, length in _checked(path, number, offset, content):
                    record = content[start : start + length]
                    yield TFRecord(number, offset + used, record)
                    number += 1
                    used += length + FRAME
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


def _checked(path: Path, number: int, offset: int, content: bytes) -> list[tuple[int, int]]:
    """Start and length of each whole record in `content`, all checksums found right.

    `content` begins with record `number`, which is at byte `offset` of the file.
    """
    starts: list[int] = []
    lengths: list[int] = []
    position = 0
    while position + HEADER.size <= len(content):
        length, _ = HEADER.unpack_from(content, position)
        starts.append(position)
        lengths.append(length)
        position += length + FRAME
    whole = len(starts) - (position > len(content))  # the last one may end behind `content`

    buffer = np.frombuffer(content, dtype=np.uint8)
    frames, sizes = np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.uint64)
    lengths_right = _right(buffer, frames, np.full(frames.size, 8, dtype=np.int64))
    framed = _leading(lengths_right & (sizes <= LONGEST))
    bodies = frames[: min(framed, whole)] + HEADER.size
    body_sizes = sizes[: bodies.size].astype(np.int64)
    right = _leading(_right(buffer, bodies, body_sizes))

    if right < bodies.size or framed < len(starts):
        first = right if right < bodies.size else framed
        where = place(number + first, offset + starts[first])
        if right < bodies.size:
            what = f"is damaged: {where} does not have its checksum; get the file again"
        elif lengths_right[first]:
            what = (
                f"cannot be used: {where} has {lengths[first]} bytes, at most {LONGEST} are read; "
                "give another file"
            )
        elif number + first == 0:
            what = (
                f"is not a TFRecord file: {where} has no length with its checksum; give the "
                "file as it was downloaded"
            )
        else:
            what = f"is damaged: the length of {where} does not have its checksum; get it again"
        raise UserError(f"{path} {what}")
    return list(zip(bodies.tolist(), body_sizes.tolist(), strict=True))


def _right(
    content: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether the bytes of each part are followed by their masked checksum."""
    checksums = crc32c(content, starts, lengths)
    # The mask of TFRecord: turned right by 15 bits, plus a constant, modulo 2 to the 32.
    masked = ((checksums >> 15) | (checksums << 17)) + np.uint32(0xA282EAD8)
    places = (starts + lengths)[:, None] + np.arange(4)
    stored = content[places].astype(np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)
    right: NDArray[np.bool_] = masked == np.bitwise_or.reduce(stored, axis=1)
    return right


def _leading(right: NDArray[np.bool_]) -> int:
    """How many are true before the first that is not."""
    return right.size if right.all() else int(right.argmin())
