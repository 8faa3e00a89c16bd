"""CRC-32C (Castagnoli), the checksum of iSCSI and TFRecord, of many byte strings at once."""

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
"""The generator 0x1EDC6F41 with its bits reversed: the checksum takes the lowest bit first."""


def crc32c(
    content: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """The checksums of the byte strings `content[start : start + length]`, shape of `starts`.

    All strings advance together, a byte a step: some thousands at once make a step cheap (10 ns a
    byte); one alone costs some microseconds a byte. Source: RFC 3720, section 12.1.
    """
    order = np.argsort(-lengths, kind="stable")  # so that those with bytes left are the first ones
    positions = starts[order]
    left = np.bincount(lengths, minlength=1)[::-1].cumsum()[::-1]
    states = np.full(starts.size, 0xFFFFFFFF, dtype=np.uint32)
    for step, count in enumerate(left[1:].tolist()):
        running = states[:count]
        index = content[positions[:count] + step] ^ running.astype(np.uint8)
        states[:count] = TABLE[index] ^ (running >> 8)
    checksums = np.empty_like(states)
    checksums[order] = ~states
    return checksums


def _table() -> NDArray[np.uint32]:
    """What a byte does to the checksum's remaining 24 bits, for each of its 256 values."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, np.uint32(POLYNOMIAL), np.uint32(0)) ^ (table >> 1)
    return table


TABLE = _table()
