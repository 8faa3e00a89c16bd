"""What one edit of a NAS-Bench-101 cell leads to."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.spaces.nasbench101_codes import OPERATIONS, edge_bit, edges


@dataclass(frozen=True)
class Edits:
    """All edits of drawings in a matrix of so many vertices, as what they do to its bits.

    The first axis of all but `redrawn` is that of the edits: edges flipped, then operations
    changed, then vertices added.

    Attributes:
        redrawn: shape (bits, vertices - 1), what each bit of a code becomes: in column 0 what it
            is, in column s + 1 with the inner vertices behind vertex s one place later.
        column: which column of `redrawn` an edit begins with.
        toggled: the bits that it then flips.
        source: shape (edits, inner), which operation each inner vertex then has: that of an inner
            vertex before the edit or, from their number on, one of the three.
        step: shape (edits, inner), added to that operation, modulo 3.
        needed: the vertices that must be used, bit x for vertex x.
        free: the vertices that must not.
    """

    redrawn: NDArray[np.int64]
    column: NDArray[np.int64]
    toggled: NDArray[np.int64]
    source: NDArray[np.int64]
    step: NDArray[np.int64]
    needed: NDArray[np.int64]
    free: NDArray[np.int64]


def edited(
    codes: NDArray[np.int64], operations: NDArray[np.int64], vertices: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells after each edit: codes, of the given shape plus one axis of edits, and operations.

    `operations`, of the inner vertices, are -1 at unused ones. The code is 0, which is no cell,
    where an edit is not possible.
    """
    edits = all_edits(vertices)
    bits = (codes[..., None] >> np.arange(len(edits.redrawn))) & 1
    new_codes = (bits @ edits.redrawn)[..., edits.column] ^ edits.toggled
    there = 1 | 1 << (vertices - 1) | (operations >= 0) @ (2 << np.arange(vertices - 2))
    possible = (there[..., None] & (edits.needed | edits.free)) == edits.needed
    every = np.broadcast_to(np.arange(len(OPERATIONS)), (*codes.shape, len(OPERATIONS)))
    known = np.concatenate([np.maximum(operations, 0), every], axis=-1)
    new_operations = (known[..., edits.source] + edits.step) % len(OPERATIONS)
    return np.where(possible, new_codes, 0), new_operations


@lru_cache
def all_edits(vertices: int) -> Edits:
    """The edits of `NASBench101.neighbours`."""
    output, inner = vertices - 1, vertices - 2
    same = np.arange(inner)
    still = np.zeros(inner, dtype=np.int64)
    rows: list[tuple[int, int, NDArray[np.int64], NDArray[np.int64], int, int]] = []
    for bit, (source, target) in enumerate(edges(vertices)):
        rows.append((0, 1 << bit, same, still, 1 << source | 1 << target, 0))
    for vertex in range(inner):
        for step in range(1, len(OPERATIONS)):
            rows.append((0, 0, same, np.where(same == vertex, step, 0), 2 << vertex, 0))
    for source in range(inner):
        added = source + 1
        for target in (*range(added, inner), output):
            fed = target if target == output else target + 1
            joined = 1 << edge_bit(source, added) | 1 << edge_bit(added, fed)
            needed = 1 << source | 1 << target
            for operation in range(inner, inner + len(OPERATIONS)):
                kept = np.insert(same, source, operation)[:inner]
                rows.append((added, joined, kept, still, needed, 1 << inner))
    return Edits(_redrawn(vertices), *(np.array(column) for column in zip(*rows, strict=True)))


def _redrawn(vertices: int) -> NDArray[np.int64]:
    """`Edits.redrawn`: what would move into the output's place is lost."""
    output = vertices - 1
    pairs = edges(vertices)
    redrawn = np.zeros((len(pairs), output), dtype=np.int64)
    redrawn[:, 0] = 1 << np.arange(len(pairs))
    for added in range(1, output):
        for bit, (source, target) in enumerate(pairs):
            new_source = source + (source >= added)
            new_target = target + (added <= target < output)
            if new_source < output and (new_target < output or target == output):
                redrawn[bit, added] = 1 << edge_bit(new_source, new_target)
    return redrawn
