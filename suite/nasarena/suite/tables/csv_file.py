"""Users' CSV files, with any separator, read as text, each row with its line number."""

import csv
import re
from hashlib import sha256
from io import StringIO
from pathlib import Path

from nasarena.suite.errors import UserError
from nasarena.suite.tables.rows import Rows, check_header

SEPARATORS = (",", ";", "\t", "|")
LOOKED_AT = 20
"""Rows, from the first, by which the separator is chosen."""

DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
WHOLE = re.compile(r"[+-]?\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""A number that can be 1.234 as well as 1234."""


def read_csv(path: Path, content: bytes) -> Rows:
    """A CSV file's content, its first line the names of the columns.

    Cells are separated by commas, semicolons, tabs or `|`; the text is UTF-8, or UTF-16 where the
    file says so. Decimal commas become points. Empty lines are no rows. Raises UserError, with the
    line, when it is something else.
    """
    text = _decoded(path, content)
    separator = _separator(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
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
    header_line, header = lines.pop(0), rows.pop(0)
    check_header(f"{path}, line {header_line}", header)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise UserError(
                f"{path}, line {line}: there are {len(row)} cells below {len(header)} column "
                "names; give each line as many (text with separators in quotation marks)"
            )
    if not rows:
        raise UserError(f"{path} has column names only; give a line for each architecture below")
    if separator != ",":
        rows = _with_points(path, header, rows, separator)
    return Rows(path, sha256(content).hexdigest(), tuple(header), rows, lines)


def _decoded(path: Path, content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise UserError(f"{path} is an Excel workbook or a zip file; save it as CSV in UTF-8")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise UserError(f"{path} is damaged UTF-16; save it as CSV in UTF-8") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path}, line {line}: this is not UTF-8; save the file as CSV in UTF-8"
        ) from None


def _separator(text: str) -> str:
    """What gives the first rows as many cells as the header has; of several, the most cells."""

    def fit(separator: str) -> tuple[bool, int]:
        rows = []
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append(len(row))
                if len(rows) > LOOKED_AT:
                    break
        except csv.Error:
            return False, 0
        return len(set(rows)) == 1 and rows[0] > 1, rows[0] if rows else 0

    return max(SEPARATORS, key=fit)


def _with_points(
    path: Path, header: list[str], rows: list[list[str]], separator: str
) -> list[list[str]]:
    """The rows with decimal points. Raises UserError when it cannot be told what a comma is."""
    with_comma, with_point = [], None
    for position, name in enumerate(header):
        column = [row[position] for row in rows if row[position]]
        commas = [cell for cell in column if DECIMAL_COMMA.fullmatch(cell)]
        points = [cell for cell in column if DECIMAL_POINT.fullmatch(cell)]
        if len(commas) + len(points) + sum(map(bool, map(WHOLE.fullmatch, column))) < len(column):
            continue  # not a column of numbers
        if commas:
            with_comma.append((position, name, commas))
        if points:
            with_point = (name, points[0])
    if not with_comma:
        return rows
    _, name, commas = with_comma[0]
    if with_point is not None:
        raise UserError(
            f"{path} has a comma in '{commas[0]}' (column '{name}') and a point in "
            f"'{with_point[1]}' (column '{with_point[0]}'), so it cannot be told which marks "
            "decimals; write all numbers with decimal points and without other marks"
        )
    every = [cell for _, _, cells in with_comma for cell in cells]
    if separator != ";" and all(map(THOUSANDS.fullmatch, every)):
        raise UserError(
            f"{path}: '{commas[0]}' in column '{name}' can be {commas[0].replace(',', '.')} or "
            f"{commas[0].replace(',', '')}; write decimals with a point and thousands without a "
            "mark"
        )
    for position, _, _ in with_comma:
        for row in rows:
            row[position] = row[position].replace(",", ".")
    return rows
