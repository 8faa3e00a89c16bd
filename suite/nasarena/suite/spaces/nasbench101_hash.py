"""The official hash of a cell, which is the same for all its drawings."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import md5

from nasarena.suite.spaces.nasbench101_codes import column, edges, used


def cell_hash(code: int, operations: Sequence[int]) -> str:
    """The official MD5 of a cell: the key of its rows in NAS-Bench-101.

    `code` is the adjacency matrix of a cell without superfluous vertices, `operations` the values
    0 to 2 on its inner vertices, in order; so there are two vertices more than operations.

    Every vertex has a text, at first of its degrees and operation, that takes in those of its
    neighbours once for each vertex there is (Weisfeiler and Lehman). Source: Ying et al., ICML
    2019, and the released code, whose texts these are, letter for letter.
    """
    last = len(operations) + 1
    reads: list[list[int]] = [[] for _ in range(last + 1)]
    feeds: list[list[int]] = [[] for _ in range(last + 1)]
    for target in range(1, last + 1):
        sources = column(code, target)
        for source in range(target):
            if sources >> source & 1:
                reads[target].append(source)
                feeds[source].append(target)
    labels = (-1, *operations, -2)
    texts = [
        _usual_digest(f"({len(feeding)}, {len(reading)}, {label})")
        for feeding, reading, label in zip(feeds, reads, labels, strict=True)
    ]
    around = list(zip(reads, feeds, strict=True))
    digest: Callable[[str], str] = _usual_digest
    for _ in labels:
        texts = [
            digest(f"{_joined(texts, reading)}|{_joined(texts, feeding)}|{own}")
            for (reading, feeding), own in zip(around, texts, strict=True)
        ]
        digest = _digest
    return _digest(str(sorted(texts)))


def drawing_hash(matrix: Sequence[Sequence[int]], operations: Sequence[int]) -> str | None:
    """The official MD5 of a cell in any drawing; None where no way leads through it.

    `matrix` is zero on and below the diagonal; `operations` are -1 for the input, 0 to 2, and -2
    for the output, which is the last vertex (what is behind it is not looked at). Superfluous
    vertices are pruned.
    """
    last = operations.index(-2)
    pairs = edges(last + 1)
    left = used(sum(matrix[s][t] << bit for bit, (s, t) in enumerate(pairs)), last + 1)
    kept = [vertex for vertex in range(last + 1) if left >> vertex & 1]
    if len(kept) < 2:
        return None
    code = sum(matrix[kept[s]][kept[t]] << bit for bit, (s, t) in enumerate(edges(len(kept))))
    return cell_hash(code, [operations[vertex] for vertex in kept[1:-1]])


def _joined(texts: list[str], vertices: list[int]) -> str:
    if len(vertices) == 1:
        return texts[vertices[0]]
    return "".join(sorted([texts[vertex] for vertex in vertices]))


def _digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


_usual_digest = lru_cache(maxsize=1 << 14)(_digest)
"""For texts that many cells share: those of a vertex, and of a vertex with its neighbours."""
