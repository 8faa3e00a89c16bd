"""Users' CSV files, read as text, each row with its line number in the file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path

from nasarena.suite.errors import UserError, nearest


@dataclass(frozen=True)
class CSVFile:
    """What a CSV file holds: cells as text, without the spaces around.

    `lines` are the numbers of the lines on which `rows` begin, from 1.
    """

    path: Path
    sha256: str
    header: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """The cells below a name of the header. Raises UserError when it is not there."""
        if name not in self.header:
            raise UserError(f"{self.path} has no column '{name}'; {nearest(name, self.header)}")
        position = self.header.index(name)
        return [row[position] for row in self.rows]

    def wrong(self, row: int, what: str) -> UserError:
        """The complaint about a row (from 0), with its line."""
        return UserError(f"{self.path}, line {self.lines[row]}: {what}")


def read_csv(path: Path) -> CSVFile:
    """A CSV file with commas in UTF-8, its first line the names of the columns.

    Empty lines are no rows. Raises UserError, with the line, when it is something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); give a CSV file") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path}, line {line}: this is not UTF-8; save the file as CSV in UTF-8"
        ) from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines = []
    line = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"{path}, line {line}: this is not CSV ({error}); look for a quotation mark that is "
            "not closed"
        ) from None
    if not rows:
        raise UserError(
            f"{path} is empty; give a CSV file whose first line names the columns, with a line for "
            "each architecture below"
        )
    header = _checked_header(path, lines.pop(0), rows.pop(0))
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise UserError(
                f"{path}, line {line}: there are {len(row)} cells below {len(header)} column "
                "names; give each line as many (text with commas in quotation marks)"
            )
    if not rows:
        raise UserError(f"{path} has column names only; give a line for each architecture below")
    return CSVFile(path, sha256(content).hexdigest(), tuple(header), rows, lines)


def _checked_header(path: Path, line: int, header: Sequence[str]) -> Sequence[str]:
    where = f"{path}, line {line}"
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise UserError(f"{where}: the columns are not separated by commas; save it as CSV with ,")
    twice = [name for position, name in enumerate(header) if name in header[:position]]
    if twice and twice[0]:
        raise UserError(f"{where}: two columns are called '{twice[0]}'; rename one of them")
    if twice:
        raise UserError(f"{where}: several columns have no name; name them")
    return header
