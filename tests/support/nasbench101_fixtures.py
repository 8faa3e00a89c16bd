"""What the tests of file readers share: TFRecord files written by code of their own."""

import struct
from collections.abc import Callable, Iterable

import pytest


def checksum(content: bytes) -> int:
    """CRC-32C bit by bit, as RFC 3720 writes it down, and slow."""
    state = 0xFFFFFFFF
    for byte in content:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


def _masked(content: bytes) -> bytes:
    right = checksum(content)
    turned = (right >> 15 | right << 17) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) % 2**32)


def _framed(records: Iterable[bytes]) -> bytes:
    parts = []
    for record in records:
        length = struct.pack("<Q", len(record))
        parts += [length, _masked(length), record, _masked(record)]
    return b"".join(parts)


@pytest.fixture(scope="session")
def framed() -> Callable[[Iterable[bytes]], bytes]:
    """The contents of a TFRecord file with these records."""
    return _framed
