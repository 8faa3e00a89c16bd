"""The files of a submission: those that a finished `nasarena run` leaves, and no others."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.checks.verdicts import VERDICT
from nasarena.suite.errors import listed
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.records.replaced import SUFFIX
from nasarena.suite.records.store import EXECUTIONS, MARKER, NEW_EXECUTIONS, NEW_RUNS, RUNS

UNFINISHED = {NEW_RUNS, NEW_EXECUTIONS, RUNS + SUFFIX, EXECUTIONS + SUFFIX}
"""What a command leaves that was stopped."""


class HasCells(Protocol):
    """A submission."""

    results: Path
    cells: list[AuditedCell]


def foreign_files(submission: HasCells) -> Iterator[str]:
    """Sentences about files and links that no board takes; nothing is opened."""
    root = submission.results
    expected = {root / MARKER, root / ".lock"}
    for cell in submission.cells:
        expected |= {cell.folder / name for name in (RUNS, EXECUTIONS, DESCRIPTION)}
    verdicts: list[str] = []
    unfinished: list[str] = []
    others: list[str] = []
    for parent, folders, files in os.walk(root):
        every = [Path(parent, name) for name in files]
        every += [Path(parent, name) for name in folders if Path(parent, name).is_symlink()]
        for path in sorted(every):
            if path in expected and not path.is_symlink():
                continue
            where = path.relative_to(root).as_posix()
            if path.name == VERDICT:
                verdicts.append(where)
            else:
                (unfinished if path.name in UNFINISHED else others).append(where)
    if verdicts:
        yield (
            f"it brings verdicts on itself: remove {listed(verdicts)}; the board's owner makes "
            "them (nasarena audit)"
        )
    if unfinished:
        yield (
            f"the command that made it was stopped: give it again until it has written no more "
            f"{listed(unfinished)}"
        )
    if others:
        yield f"it holds files that nasarena does not write, or links: remove {listed(others)}"
