"""Runs of one method that are those of another."""

from collections import defaultdict
from collections.abc import Sequence

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.errors import one_line
from nasarena.suite.records.soundness import lists_of

LEAST = 3
"""Runs that two methods share before it is said; a short trace can be shared by chance."""


def remark_copies(cells: Sequence[AuditedCell]) -> None:
    """Remark of each cell with which other most of its runs agree: same seed, same trace."""
    traces: dict[tuple[str, str, int, bytes], set[int]] = defaultdict(set)
    for place, cell in enumerate(cells):
        if cell.part is None:
            continue
        identity = cell.part.identity
        charged = lists_of(cell.part.runs, "ids")
        start = 0
        for seed, length in zip(
            cell.part.runs["seed"].to_pylist(), charged.lengths.tolist(), strict=True
        ):
            trace = charged.flat[start : start + length].tobytes()
            start += length
            if length:
                traces[identity.benchmark, identity.protocol, seed, trace].add(place)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for places in traces.values():
        for one in places:
            for other in places - {one}:
                if _method(cells[one]) != _method(cells[other]):
                    shared[one, other] += 1
    for (one, other), count in sorted(shared.items()):
        part = cells[one].part
        assert part is not None
        if count >= max(LEAST, len(part.runs) // 2):
            cells[one].remarks.append(
                f"{count} of {len(part.runs)} runs are those of "
                f"{one_line(_method(cells[other]), 60)} with the same seed"
            )


def _method(cell: AuditedCell) -> str:
    assert cell.part is not None
    return cell.part.identity.method
