"""A user's table as text: cells below the names of columns, each row with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nasarena.suite.errors import UserError, nearest, one_line

LONGEST_NAME = 300
"""Letters of a column's name."""


@dataclass(frozen=True)
class Rows:
    """What a file holds: cells as text, without the spaces around.

    `places` are where `rows` begin, from 1: lines as an editor shows them, or rows where the file
    has no lines; `place` says which.
    """

    path: Path
    sha256: str
    header: tuple[str, ...]
    rows: list[list[str]]
    places: list[int]
    place: str = "line"

    def column(self, name: str) -> list[str]:
        """The cells below a name of the header. Raises UserError when it is not there."""
        if name not in self.header:
            raise UserError(f"{self.path} has no column '{name}'; {nearest(name, self.header)}")
        position = self.header.index(name)
        return [row[position] for row in self.rows]

    def wrong(self, row: int, what: str) -> UserError:
        """The complaint about a row (from 0), with its place."""
        return UserError(f"{self.path}, {self.place} {self.places[row]}: {what}")


def check_header(where: str, header: Sequence[str]) -> None:
    """Raises UserError when a name occurs twice or is too long; one column may have no name."""
    long = next((name for name in header if len(name) > LONGEST_NAME), None)
    if long is not None:
        raise UserError(
            f"{where}: the name of a column, {one_line(long, 40)}, has {len(long):,} letters; at "
            f"most {LONGEST_NAME} are read: rename it"
        )
    twice = [name for position, name in enumerate(header) if name in header[:position]]
    if twice and twice[0]:
        raise UserError(f"{where}: two columns are called '{twice[0]}'; rename one of them")
    if twice:
        raise UserError(f"{where}: several columns have no name; name them")
