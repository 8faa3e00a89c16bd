"""What one record of NAS-Bench-101's official file says."""

import json
from base64 import b64decode
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError

EPOCHS = (4, 12, 36, 108)
"""The training lengths of the release; its smaller file has the last one only."""

MOST_VERTICES = 7

OPERATIONS = {
    "input": -1,
    "output": -2,
    "conv3x3-bn-relu": 0,
    "conv1x1-bn-relu": 1,
    "maxpool3x3": 2,
}
"""The official names, numbered as for the official hash."""

NO_VERTEX = -3
"""The operation of a vertex that a cell of fewer than seven does not have."""

HASH = frozenset("0123456789abcdef")


class Training(NamedTuple):
    """One training run of one cell, as its record says: accuracies are fractions."""

    hash: str
    epochs: int
    adjacency: str
    operations: str
    parameters: int
    validation: float
    test: float
    train: float
    seconds: float


def parse(content: bytes) -> Training:
    """The training run in a record.

    A record is the JSON array `[module_hash, epochs, raw_adjacency, raw_operations, raw_metrics]`,
    the last a base64 `ModelMetrics`, whose last of three evaluations is that at the end. What is
    in `adjacency` and `operations` is read by `parse_cell`.

    Raises ValueError, saying what is wrong, when it is something else, or a value is impossible.
    Source: google-research/nasbench, `nasbench/api.py` and `nasbench/lib/model_metrics.proto`.
    """
    try:
        fields = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(fields, list) or list(map(type, fields)) != [str, int, str, str, str]:
        raise ValueError("it is not an array of hash, epochs, adjacency, operations, metrics")
    hash, epochs, adjacency, operations, metrics = fields
    if len(hash) != 32 or not HASH.issuperset(hash):
        raise ValueError("its hash is not one of 32 hexadecimal digits")
    if epochs not in EPOCHS:
        raise ValueError(f"its epochs are not one of {', '.join(map(str, EPOCHS))}")
    message_type, decode_error = _model_metrics()
    try:
        message = message_type.FromString(b64decode(metrics))
    except (ValueError, decode_error):
        raise ValueError("its metrics are not a base64 ModelMetrics message") from None
    evaluations = message.evaluation_data
    if len(evaluations) != 3:
        raise ValueError(f"its metrics have {len(evaluations)} evaluations, not 3")
    end = evaluations[2]
    validation, test, train = end.validation_accuracy, end.test_accuracy, end.train_accuracy
    if not (0 <= validation <= 1 and 0 <= test <= 1 and 0 <= train <= 1):
        raise ValueError("an accuracy is missing or not a fraction from 0 to 1")
    seconds, parameters = end.training_time, message.trainable_parameters
    if not 0 <= seconds < float("inf"):
        raise ValueError("the training time is missing or not a number of seconds")
    if parameters <= 0:
        raise ValueError("the number of trainable parameters is missing or not positive")
    return Training(
        hash, epochs, adjacency, operations, parameters, validation, test, train, seconds
    )


def parse_cell(adjacency: str, operations: str) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Adjacency matrix (7, 7) and operations (7,) of a cell, filled up with 0 and `NO_VERTEX`.

    `adjacency` is the matrix of n vertices, row by row, as n * n digits 0 and 1; `operations`
    names n operations with commas between. The cell's own vertices are the first n. The arrays
    are shared by all cells with the same text, and read-only.

    Raises ValueError, saying what is wrong, when they are something else.
    """
    labels = _labels(operations)
    matrix = _matrix(adjacency)
    if np.count_nonzero(labels != NO_VERTEX) ** 2 != len(adjacency):
        raise ValueError("its adjacency and operations are of different numbers of vertices")
    return matrix, labels


@lru_cache(maxsize=1 << 16)
def _matrix(adjacency: str) -> NDArray[np.int8]:
    vertices = round(len(adjacency) ** 0.5)
    square = 2 <= vertices <= MOST_VERTICES and vertices**2 == len(adjacency)
    if not square or set(adjacency) - {"0", "1"}:
        raise ValueError(f"its adjacency is not a square of 0 and 1, {MOST_VERTICES} wide at most")
    matrix = np.zeros((MOST_VERTICES, MOST_VERTICES), dtype=np.int8)
    digits = np.frombuffer(adjacency.encode(), dtype=np.int8) - ord("0")
    matrix[:vertices, :vertices] = digits.reshape(vertices, vertices)
    if np.tril(matrix).any():
        raise ValueError("its adjacency has an edge that does not lead to a later vertex")
    matrix.flags.writeable = False
    return matrix


@lru_cache(maxsize=1 << 16)
def _labels(operations: str) -> NDArray[np.int8]:
    names = operations.split(",")
    if not 2 <= len(names) <= MOST_VERTICES or (names[0], names[-1]) != ("input", "output"):
        raise ValueError(f"its operations are not 2 to {MOST_VERTICES} from input to output")
    if not set(names[1:-1]) <= OPERATIONS.keys() - {"input", "output"}:
        raise ValueError("it names an operation that NAS-Bench-101 does not have")
    labels = np.full(MOST_VERTICES, NO_VERTEX, dtype=np.int8)
    labels[: len(names)] = [OPERATIONS[name] for name in names]
    labels.flags.writeable = False
    return labels


@cache
def _model_metrics() -> tuple[Any, type[Exception]]:
    """The class of the message ModelMetrics, and what it raises on bytes that are none."""
    try:
        from google.protobuf import (
            descriptor_pb2,
            descriptor_pool,
            message,
            message_factory,
        )
    except ImportError:
        raise UserError(
            "the file of NAS-Bench-101 is read with the package protobuf, which is not installed; "
            "run: python -m pip install 'nasarena[nasbench101]'"
        ) from None
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="nasarena/model_metrics.proto", package="nasbench", syntax="proto2"
    )
    evaluation = file.message_type.add(name="EvaluationData")
    # A value that is missing becomes NaN, which no check of its range lets through.
    names = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
    for number, name in enumerate(names, start=2):
        evaluation.field.add(
            name=name,
            number=number,
            label=field.LABEL_OPTIONAL,
            type=field.TYPE_DOUBLE,
            default_value="nan",
        )
    metrics = file.message_type.add(name="ModelMetrics")
    metrics.field.add(
        name="evaluation_data",
        number=1,
        label=field.LABEL_REPEATED,
        type=field.TYPE_MESSAGE,
        type_name=".nasbench.EvaluationData",
    )
    metrics.field.add(
        name="trainable_parameters", number=2, label=field.LABEL_OPTIONAL, type=field.TYPE_INT32
    )
    pool = descriptor_pool.DescriptorPool()  # its own: the default one may know the real file
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName("nasbench.ModelMetrics")
    return message_factory.GetMessageClass(descriptor), message.DecodeError
