"""The files of a submission: those that a finished `nasarena run` leaves, and no others."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.checks.verdicts import VERDICT
from nasarena.suite.errors import one_line
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.records.replaced import SUFFIX
from nasarena.suite.records.store import EXECUTIONS, MARKER, NEW_EXECUTIONS, NEW_RUNS, RUNS

UNFINISHED = {NEW_RUNS, NEW_EXECUTIONS, RUNS + SUFFIX, EXECUTIONS + SUFFIX}
"""What a command leaves that was stopped."""

MOST_SHOWN = 3


def foreign_files(root: Path, cells: Sequence[AuditedCell]) -> Iterator[str]:
    """Sentences about files and links in a submission that no board takes; nothing is opened."""
    expected = {root / MARKER, root / ".lock"}
    for cell in cells:
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
            f"it brings verdicts on itself: remove {_named(verdicts)}; the board's owner makes "
            "them (nasarena audit)"
        )
    if unfinished:
        yield (
            f"the command that made it was stopped: give it again until it has written no more "
            f"{_named(unfinished)}"
        )
    if others:
        yield f"it holds files that nasarena does not write, or links: remove {_named(others)}"


def _named(paths: list[str]) -> str:
    """The first paths, whole, and how many more there are."""
    shown = ", ".join(one_line(path, 200) for path in paths[:MOST_SHOWN])
    return shown if len(paths) <= MOST_SHOWN else f"{shown} and {len(paths) - MOST_SHOWN} more"
