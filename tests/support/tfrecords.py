"""Large TFRecord files for speed tests; the tests of the reader have a checksum of their own."""

import struct

import google_crc32c


def framed(record: bytes) -> bytes:
    """A record as TFRecord frames it."""
    length = struct.pack("<Q", len(record))
    return length + _masked_checksum(length) + record + _masked_checksum(record)


def _masked_checksum(content: bytes) -> bytes:
    checksum = google_crc32c.value(content)
    turned = (checksum >> 15 | checksum << 17) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) & 0xFFFFFFFF)
