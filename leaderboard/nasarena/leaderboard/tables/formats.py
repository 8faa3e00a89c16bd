"""Tables of texts and rows of records in each format: terminal, Markdown, LaTeX, CSV, JSON."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from nasarena.leaderboard.texts import NOTHING
from nasarena.suite.errors import printable
from nasarena.suite.statistics.samples import flat

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


@dataclass(frozen=True)
class Column:
    """One column of a table of plain texts: a title and a text for each row."""

    title: str
    cells: list[str]
    number: bool = True


def print_blocks(
    title: str, shown: Sequence[Column], blocks: Sequence[int], console: "Console"
) -> None:
    """Print one table, with a line between rows of different `blocks`, shape (rows,)."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in shown:
        # Text, not str: rich would read the brackets in weaknas[x=1] as markup.
        justify: Literal["right", "left"] = "right" if column.number else "left"
        table.add_column(Text(column.title), justify=justify, overflow="fold")
    lines = zip(*(column.cells for column in shown), strict=True)
    for block, following, cells in zip(blocks, [*blocks[1:], None], lines, strict=True):
        table.add_row(*map(Text, cells), end_section=following not in (None, block))
    console.print(Text(title, style="bold"))
    console.print(table)
    console.print()


def markdown_tables(tables: Iterable[tuple[str, Sequence[Column]]], explanation: str) -> str:
    """Tables with their headings, and what explains them all below, as (GitHub's) Markdown."""
    parts = [
        f"### {markdown_escaped(heading)}\n\n{markdown_table(shown)}\n" for heading, shown in tables
    ]
    return "\n".join([*parts, explanation + "\n"])


def markdown_table(shown: Sequence[Column]) -> str:
    """One table of plain texts as (GitHub's) Markdown."""
    rules = ["---:" if column.number else ":---" for column in shown]
    lines = [[markdown_escaped(column.title) for column in shown], rules] + [
        [markdown_escaped(cell) for cell in cells]
        for cells in zip(*(column.cells for column in shown), strict=True)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def markdown_escaped(text: str) -> str:
    """A plain text that Markdown shows as it is."""
    return re.sub(r"([\\`*_|<>&~#\[\]$])", r"\\\1", printable(text))


def latex_table(
    caption: str, titles: Sequence[str], numbers: Sequence[bool], rows: Sequence[Sequence[str]]
) -> str:
    """One table as LaTeX; columns of `numbers` are set to the right. Plain texts are escaped."""
    head, *body = [" & ".join(map(latex_escaped, line)) + r" \\" for line in [titles, *rows]]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{latex_escaped(caption)}}}",
            rf"\begin{{tabular}}{{{''.join('r' if number else 'l' for number in numbers)}}}",
            r"\toprule",
            head,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def latex_escaped(text: str) -> str:
    """A plain text that LaTeX prints as it is."""
    return str(_latex_encoder().unicode_to_latex(printable(text)))


@cache
def _latex_encoder() -> Any:
    from pylatexenc.latexencode import (
        RULE_DICT,
        UnicodeToLatexConversionRule,
        UnicodeToLatexEncoder,
    )

    # A row that starts with a bare bracket would be an argument of the \\ before it.
    own = {ord("["): "{[}", ord("]"): "{]}", ord(NOTHING): "---", ord("\ufffd"): "?"}
    return UnicodeToLatexEncoder(
        conversion_rules=[UnicodeToLatexConversionRule(RULE_DICT, own), "defaults"],
        replacement_latex_protection="braces-after-macro",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )


def csv_of(data: "pd.DataFrame") -> str:
    """Data as CSV: a line each, null is empty, numbers have 6 significant digits."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    shown = data.rename(columns=csv_cell)
    for position, kind in enumerate(data.dtypes):
        if not (is_numeric_dtype(kind) or is_bool_dtype(kind)):
            shown.isetitem(position, [csv_cell(value) for value in data.iloc[:, position]])
    return shown.to_csv(index=False, lineterminator="\n", float_format="%.6g")


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def csv_cell(value: Any) -> Any:
    """A cell of a CSV file: texts are printable, and no spreadsheet takes one for a formula.

    Texts that begin with = + - @, a tab or a line's end get an apostrophe before it. Numbers, also
    as texts, stay as they are.
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    steers = value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return ("'" if steers else "") + printable(value, kept="\n")


def records_csv(rows: Sequence[Any]) -> str:
    """Dataclasses of one kind as CSV: a line each, all fields as in `flat`. Empty without any."""
    import pandas as pd

    return csv_of(pd.DataFrame([flat(row) for row in rows])) if rows else ""


def records_json(rows: Sequence[Any]) -> str:
    """Dataclasses of one kind as a JSON array of objects, with all fields as in `flat`."""
    return json.dumps([flat(row) for row in rows], indent=2, allow_nan=False) + "\n"
