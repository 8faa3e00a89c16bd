"""Which source made the runs of a submission: one, and known."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.errors import UserError
from nasarena.suite.records.run_record import BY_DEFINITION
from nasarena.suite.records.store import find_cells, open_results, read_executions

AGAIN = "make them again with this version of nasarena, with --fresh"


def source_problems(cells: Sequence[AuditedCell]) -> Iterator[str]:
    """Sentences where runs of a method do not say which source made them, or name several."""
    unaccounted = sum(cell.executions is not None and _lacks_executions(cell) for cell in cells)
    if unaccounted:
        yield (
            f"runs in {unaccounted} of {len(cells)} cells have no execution beside them, which "
            f"says what made them: {AGAIN}"
        )
    digests = _digests(cells)
    if any(not digest.startswith(BY_DEFINITION) for digest in digests):
        yield f"its runs do not all say which source made them: {AGAIN}"
    if len(digests) > 1:
        yield f"its runs were made with {len(digests)} different sources: {AGAIN}"


def other_method_on_board(
    method: str, cells: Sequence[AuditedCell], board: Sequence[Path]
) -> Iterator[str]:
    """A sentence where the board has runs of another method under this name.

    Raises UserError for a board that is no results folder.
    """
    digests = _digests(cells)
    own = {cell.folder.name for cell in cells}
    for results in board:
        for folder in find_cells(open_results(results)):
            if folder.name not in own or not digests:
                continue
            try:
                known = set(read_executions(folder)["source_digest"].to_pylist())
            except UserError:
                continue
            known = {digest for digest in known if digest.startswith(BY_DEFINITION)}
            if known and known != digests:
                yield (
                    f"the board has runs of this name that other source made ({folder}): give the "
                    "class another `name`"
                )
                return


def _lacks_executions(cell: AuditedCell) -> bool:
    assert cell.part is not None
    assert cell.executions is not None
    executed = set(cell.executions["seed"].to_pylist())
    return not set(cell.part.runs["seed"].to_pylist()) <= executed


def _digests(cells: Sequence[AuditedCell]) -> set[str]:
    return {
        digest
        for cell in cells
        if cell.executions is not None
        for digest in cell.executions["source_digest"].to_pylist()
    }
