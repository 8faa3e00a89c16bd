"""NAS-Bench-101 cells as token sequences, numbers and graphs, and back.

Cells come as canonical codes, of any shape, and the operations of their inner vertices, one axis
more, -1 at unused ones (which are the last).
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features
from nasarena.suite.spaces.graphs import INPUT, OUTPUT, Graphs, with_ends
from nasarena.suite.spaces.nasbench101_codes import OPERATIONS, edge_bit, edges

VOCABULARY = ("nothing", "no edge", "edge", OPERATIONS[1], OPERATIONS[0], OPERATIONS[2], OUTPUT)
NOTHING, NO_EDGE, EDGE, FIRST_OPERATION, OUTPUT_TOKEN = 0, 1, 2, 3, 6

TOKEN_OF_OPERATION = np.array([VOCABULARY.index(name) for name in OPERATIONS])
OPERATION_OF_TOKEN = np.argsort(TOKEN_OF_OPERATION)


def tokens(
    codes: NDArray[np.int64], operations: NDArray[np.int64], vertices: int
) -> NDArray[np.int64]:
    """The sequences of `NASBench101.tokens`."""
    output = 1 + (operations >= 0).sum(axis=-1)
    parts = []
    for vertex in range(1, vertices):
        # The output's column of the canonical matrix is the last; in a sequence it comes earlier.
        source = np.where(output == vertex, vertices - 1, vertex)
        bits = (codes[..., None] >> edge_bit(np.arange(vertex), source[..., None])) & 1
        label = np.full(codes.shape, OUTPUT_TOKEN)
        if vertex < vertices - 1:
            known = operations[..., vertex - 1]
            label = np.where(known >= 0, TOKEN_OF_OPERATION[known], OUTPUT_TOKEN)
        part = np.concatenate([NO_EDGE + bits, label[..., None]], axis=-1)
        parts.append(np.where((vertex <= output)[..., None], part, NOTHING))
    return np.concatenate(parts, axis=-1)


def from_tokens(
    sequences: NDArray[np.integer], vertices: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Sequences as codes and operations, and which of them are well-formed.

    The code of one that is not is 0, which is no cell.
    """
    shape = sequences.shape[:-1]
    codes, ended = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    operations = np.zeros((*shape, vertices - 2), dtype=np.int64)
    valid = np.ones(shape, dtype=np.bool_)
    start = 0
    for vertex in range(1, vertices):
        reads, label = sequences[..., start : start + vertex], sequences[..., start + vertex]
        start += vertex + 1
        nothing = (reads == NOTHING).all(axis=-1) & (label == NOTHING)
        is_output = label == OUTPUT_TOKEN
        operates = (label >= FIRST_OPERATION) & (label < OUTPUT_TOKEN)
        joined = ((reads == NO_EDGE) | (reads == EDGE)).all(axis=-1)
        valid &= np.where(ended, nothing, joined & (is_output | operates))
        target = np.where(is_output, vertices - 1, vertex)
        bits = (reads == EDGE).astype(np.int64) << edge_bit(np.arange(vertex), target[..., None])
        codes |= bits.sum(axis=-1)
        if vertex < vertices - 1:
            operation = OPERATION_OF_TOKEN[np.where(operates, label - FIRST_OPERATION, 0)]
            operations[..., vertex - 1] = operation
        ended |= is_output
    valid &= ended
    return np.where(valid, codes, 0), operations, valid


def matrix_encoding(sequences: NDArray[np.int64], vertices: int) -> Features:
    """The features of `NASBench101.matrix_encoding`, from token sequences."""
    by_row = [
        edge_bit(source, target) + target - 1 for source, target in combinations(range(vertices), 2)
    ]
    bits = sequences[..., by_row] == EDGE
    ends = [edge_bit(vertex, vertex) + vertex - 1 for vertex in range(1, vertices)]
    labels = sequences[..., ends, None] == np.arange(FIRST_OPERATION, OUTPUT_TOKEN + 1)
    flat = labels.reshape(*labels.shape[:-2], -1)
    return np.concatenate([bits, flat], axis=-1).astype(np.float32)


def path_encoding(
    codes: NDArray[np.int64], operations: NDArray[np.int64], vertices: int
) -> Features:
    """The features of `NASBench101.path_encoding`."""
    kinds, inner = len(OPERATIONS), vertices - 2
    first = [(kinds**length - 1) // (kinds - 1) for length in range(inner + 2)]
    flat, labels = codes.reshape(-1), operations.reshape(-1, inner)
    encoded = np.zeros((flat.size, first[-1]), dtype=np.float32)
    for length in range(inner + 1):
        weights = kinds ** np.arange(length - 1, -1, -1)
        for along in combinations(range(1, inner + 1), length):
            steps = zip((0, *along), (*along, vertices - 1), strict=True)
            path = sum(1 << edge_bit(source, target) for source, target in steps)
            there = np.flatnonzero((flat & path) == path)
            succession = labels[there][:, [vertex - 1 for vertex in along]] @ weights
            encoded[there, first[length] + succession] = 1
    return encoded.reshape(*codes.shape, -1)


def graphs(
    codes: NDArray[np.int64],
    operations: NDArray[np.int64],
    vertices: int,
    names: tuple[str, ...],
) -> Graphs:
    """The graphs of `NASBench101.graphs`; the last of `names` is the type of unused nodes."""
    adjacency = np.zeros((codes.size, vertices, vertices), dtype=np.bool_)
    for bit, (source, target) in enumerate(edges(vertices)):
        adjacency[:, source, target] = codes >> bit & 1
    return Graphs(
        adjacency=adjacency,
        nodes=with_ends(np.where(operations < 0, len(names) - 1, operations)),
        labels=(INPUT, OUTPUT, *names),
    )
