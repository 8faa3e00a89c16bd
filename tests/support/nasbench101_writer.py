"""Writes files in NAS-Bench-101's official format, with an encoder of protobuf of its own."""

import base64
import json
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

Framed: TypeAlias = Callable[[Iterable[bytes]], bytes]
Record: TypeAlias = list[Any]

NAMES = {-1: "input", 0: "conv3x3-bn-relu", 1: "conv1x1-bn-relu", 2: "maxpool3x3", -2: "output"}


def double(number: int, value: float) -> bytes:
    return bytes([number << 3 | 1]) + struct.pack("<d", value)


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def evaluation(epoch: float, seconds: float, train: float, validation: float, test: float) -> bytes:
    """An EvaluationData message, with the path that the release may leave blank."""
    values = enumerate((epoch, seconds, train, validation, test), start=1)
    message = b"".join(double(number, value) for number, value in values) + b"\x32\x00"
    return b"\x0a" + varint(len(message)) + message


def metrics(evaluations: list[bytes], parameters: int = 1000) -> str:
    """A ModelMetrics message, as the file holds it."""
    message = b"".join(evaluations) + b"\x10" + varint(parameters) + double(3, 99.5)
    return base64.b64encode(message).decode()


def training(
    hash: str, epochs: int, cell: tuple[str, list[int]], values: list[float], parameters: int = 1000
) -> Record:
    """One record; `values` are seconds and the accuracies of training, validation and test."""
    start, half = evaluation(0, 0, 0.1, 0.1, 0.1), evaluation(epochs / 2, 1, 0.2, 0.3, 0.4)
    end = evaluation(epochs, *values)
    names = ",".join(NAMES[operation] for operation in cell[1])
    return [hash, epochs, cell[0], names, metrics([start, half, end], parameters)]


def written(path: Path, framed: Framed, records: Iterable[Record]) -> Path:
    path.write_bytes(framed(json.dumps(record).encode() for record in records))
    return path
