"""A results folder that is removed or moved while runs are written into it."""

from collections.abc import Iterable
from pathlib import Path

from nasarena.suite.errors import UserError
from nasarena.suite.records.store import MARKER, RUNS


def check_not_removed(results: Path, written: Iterable[Path] = ()) -> None:
    """Raises UserError where the results folder, or a cell's folder `written` before, is gone."""
    if not (results / MARKER).is_file():
        raise UserError(
            f"the results folder {results} was removed or moved while runs were written into it; "
            "put it back, or choose another --results, and give the same command again"
        )
    for folder in written:
        if not (folder / RUNS).is_file():
            raise UserError(
                f"{folder / RUNS} was removed or moved while runs were written; put it back, and "
                "give the same command again (without it, its runs are made again)"
            )
