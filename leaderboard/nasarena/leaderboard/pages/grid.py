"""The tables of the pages: texts for people, values for sorting and for files."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from typing import Literal

from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.tables.formats import csv_cell, latex_table
from nasarena.leaderboard.texts import NOTHING, interval_text, percent
from nasarena.suite.errors import printable
from nasarena.suite.statistics.samples import Estimate


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    * `text`: for people; `note`: a few more words, in small print.
    * `value`, `low`, `high`: the number it shows and its 95 % interval; None for what is unknown
      and for texts.
    * `href`: where it leads, from the site's root; `url`: the same, elsewhere; `style`: the line of
      a method in the figures.
    * `scale`: the number is drawn as a dot, with its interval, on a line from 0 to this.
    * `shade`: how strongly it is coloured, from 0 (not at all) to 5 (the best); `tone`: whether it
      says that something is `sure` or `unsure`.
    """

    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    href: str = ""
    url: str = ""
    style: Style | None = None
    scale: float | None = None
    shade: int | None = None
    tone: Literal["", "sure", "unsure"] = ""


HEAVY_TAIL = "heavy tail"
"""The note of a mean that a few runs dominate."""

LONG, UPRIGHT_FROM = 12, 8
"""Rows from which on a table can be filtered; columns from which on titles of compact ones stand
upright.
"""


@dataclass(frozen=True)
class GridColumn:
    """One column: its title on the page, its name (`key`) in files, and a cell for each row."""

    title: str
    key: str
    cells: list[Cell]
    number: bool = True

    @cached_property  # asked for each cell
    def is_prose(self) -> bool:
        """Whether its texts are long enough to be broken into lines."""
        longest = max((max(len(cell.text), len(cell.note)) for cell in self.cells), default=0)
        return not self.number and longest > 30


@dataclass(frozen=True)
class Grid:
    """A table of a page. `name` is that of its files and unique on the site.

    `faded` are the rows that are shown and not ranked; a `compact` table has narrow columns.
    """

    name: str
    caption: str
    columns: list[GridColumn]
    faded: frozenset[int] = field(default_factory=frozenset)
    compact: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether there are so many columns that their titles stand upright."""
        return self.compact and len(self.columns) >= UPRIGHT_FROM

    @property
    def is_long(self) -> bool:
        """Whether to look for a row by words is quicker than by eye."""
        return len(self.columns[0].cells) >= LONG

    @property
    def rows(self) -> list[list[Cell]]:
        """The cells of each row, in the columns' order."""
        return [list(cells) for cells in zip(*(c.cells for c in self.columns), strict=True)]


def text_column(title: str, key: str, texts: Iterable[str | Cell]) -> GridColumn:
    """A column of texts."""
    cells = [text if isinstance(text, Cell) else Cell(printable(text)) for text in texts]
    return GridColumn(title, key, cells, number=False)


def number_column(
    title: str, key: str, values: Iterable[float | None], text: Callable[[float], str]
) -> GridColumn:
    """A column of numbers without intervals."""
    return GridColumn(title, key, [number_cell(value, text) for value in values])


def estimate_column(
    title: str,
    key: str,
    estimates: Iterable[Estimate | None],
    text: Callable[[float], str],
    scale: float | None = None,
) -> GridColumn:
    """A column of numbers with intervals, drawn on a line from 0 to `scale` where one is given."""
    return GridColumn(title, key, [estimate_cell(some, text, scale=scale) for some in estimates])


def number_cell(value: float | None, text: Callable[[float], str]) -> Cell:
    """A number, or a dash for one that is not known."""
    return Cell(NOTHING if value is None else text(value), value)


def estimate_cell(
    estimate: Estimate | None,
    text: Callable[[float], str],
    note: str = "",
    scale: float | None = None,
) -> Cell:
    """`173 [149, 199]`; without brackets where there is no interval; a dash for None.

    Where all runs agree, the note says how large a share of runs could differ; it also says where
    the tail is heavy.
    """
    if estimate is None:
        return Cell(NOTHING, note=note)
    said = interval_text(estimate, text)
    if estimate.others is not None:
        note = "; ".join([*filter(None, [note]), f"at most {percent(estimate.others)} % differ"])
    if estimate.heavy_tail:
        note = "; ".join([*filter(None, [note]), HEAVY_TAIL])
    return Cell(said, estimate.value, estimate.low, estimate.high, note=note, scale=scale)


def grid_csv(grid: Grid) -> str:
    """A table as CSV: values with 6 significant digits, intervals in columns of their own."""
    columns: list[tuple[str, list[str]]] = []
    for column in grid.columns:
        if not column.number:
            columns.append((column.key, [cell.text for cell in column.cells]))
            if any(cell.note for cell in column.cells):
                columns.append((f"{column.key}_note", [cell.note for cell in column.cells]))
            continue
        columns.append((column.key, [csv_number(cell.value) for cell in column.cells]))
        if any(cell.low is not None for cell in column.cells):
            columns.append((f"{column.key}_low", [csv_number(cell.low) for cell in column.cells]))
            columns.append((f"{column.key}_high", [csv_number(cell.high) for cell in column.cells]))
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([csv_cell(key) for key, _ in columns])
    writer.writerows(zip(*(map(csv_cell, texts) for _, texts in columns), strict=True))
    return file.getvalue()


def csv_number(value: float | None) -> str:
    """A number as files have it; nothing for None."""
    return "" if value is None else f"{value:.6g}"


def grid_latex(grid: Grid) -> str:
    """A table as LaTeX for the package booktabs, as people see it."""
    return "% needs \\usepackage{booktabs}\n" + latex_table(
        grid.caption,
        [column.title for column in grid.columns],
        [column.number for column in grid.columns],
        [[_latex_text(cell) for cell in cells] for cells in grid.rows],
    )


def _latex_text(cell: Cell) -> str:
    return f"{cell.text} ({cell.note})" if cell.note else cell.text


def shade_of(ratio: float) -> int:
    """How strongly to colour what is so many times the best: half a step less each doubling."""
    limits: Sequence[float] = (1.0, 1.5, 2.5, 5.0, 10.0)
    return sum(ratio <= limit for limit in limits)
