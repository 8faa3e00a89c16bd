"""The samples-to-optimum table: for terminals, Markdown, LaTeX, CSV and JSON."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

from nasarena.suite.statistics.summary import Row

if TYPE_CHECKING:
    from rich.console import Console

NOTHING = "—"
ERT, WIDE = "ERT", 120
"""A column for which narrower terminals have no room."""

NAME_WIDTH = 21
"""Columns that a method's name is given at least in a terminal."""


@dataclass(frozen=True)
class Column:
    """One column of the table for people: a title and a plain text for each row."""

    title: str
    cells: list[str]
    number: bool = True


def tables(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each protocol and benchmark, in the order in which they come."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.protocol, row.benchmark), []).append(row)
    return list(groups.values())


def heading(rows: Sequence[Row]) -> str:
    """What one table is about: benchmark, protocol, budget and seeds."""
    unknown = "" if rows[0].optimum_known else "; no known optimum: regret is from the best known"
    return printable(
        f"{rows[0].benchmark}: {rows[0].protocol}, budget {_span({row.budget for row in rows})}, "
        f"{seed_count(rows)}{unknown}"
    )


def seed_count(rows: Sequence[Row]) -> str:
    """The number of seeds in words, and what a single one cannot say."""
    seeds = {row.seeds for row in rows}
    return "one seed: no interval" if seeds == {1} else f"{_span(seeds)} seeds"


def columns(rows: Sequence[Row]) -> list[Column]:
    """One table's columns, without those that have nothing to show in any row.

    Samples, rounds and shares have three significant digits; shares and tests are in percent,
    regret in points, intervals at 95 %.
    """
    every: list[tuple[str, Callable[[Row], str | None]]] = [
        ("samples, mean", _mean),
        ("found, %", _found),
        ("median", _median),
        (ERT, _ert),
        ("rounds", lambda row: number(row.rounds)),
        ("regret", lambda row: _decimals(row.best_validation_regret, 3)),
        ("test of best", lambda row: _decimals(row.test_of_best_validation, 2)),
        ("oracle test", lambda row: _decimals(row.oracle_test, 2)),
    ]
    if len({row.seeds for row in rows}) > 1:
        every.insert(0, ("seeds", lambda row: str(row.seeds)))
    numbers = [(title, [text(row) for row in rows]) for title, text in every]
    return [
        Column("method", [printable(row.method) for row in rows], number=False),
        *(
            Column(title, [NOTHING if cell is None else cell for cell in cells])
            for title, cells in numbers
            if any(cell is not None for cell in cells)
        ),
        Column("runs ended by", [_stops(row) for row in rows], number=False),
    ]


def number(value: float) -> str:
    """A number of samples or rounds with three significant digits, or all before the point."""
    return f"{value:.{0 if value >= 99.95 or value == 0 else 1 if value >= 9.995 else 2}f}"


def mean_with_interval(row: Row) -> str:
    """`173 [149, 199]`: the restricted mean of the samples and its interval, if it has one."""
    mean = number(row.restricted_mean_samples)
    if row.restricted_mean_low is None or row.restricted_mean_high is None:
        return f"{mean} (one seed)"
    return f"{mean} [{number(row.restricted_mean_low)}, {number(row.restricted_mean_high)}]"


def printable(text: str) -> str:
    """A text from a record without what would steer a terminal or break a line or an SVG."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _span(values: set[int]) -> str:
    return f"{min(values)} to {max(values)}" if len(values) > 1 else str(min(values))


def _mean(row: Row) -> str | None:
    return mean_with_interval(row) if row.optimum_known else None


def _found(row: Row) -> str | None:
    if not row.optimum_known:
        return None
    shares = (row.found_share, row.found_share_low, row.found_share_high)
    share, low, high = map(percent, shares)
    return f"{share} [{low}, {high}]"


def percent(share: float) -> str:
    """A share in whole percent, but neither 0 nor 100 for what is not."""
    return f"{100 * share:.{1 if 0 < share < 0.01 or 0.99 < share < 1 else 0}f}"


def _median(row: Row) -> str | None:
    if not row.optimum_known:
        return None
    return f">{row.budget}" if row.median_samples is None else number(row.median_samples)


def _ert(row: Row) -> str | None:
    return None if row.ert is None else number(row.ert)


def _decimals(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"


def _stops(row: Row) -> str:
    stops = ", ".join(f"{count} {reason}" for reason, count in row.stop_reasons.items())
    return f"{stops}: not ranked" if row.failed else stops


def print_tables(rows: Sequence[Row], console: "Console") -> None:
    """Print one table a protocol and benchmark; coloured only if the console is a terminal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    for group in tables(rows):
        # Text, not str: a name with brackets, weaknas[x=1], is no markup.
        table = Table(
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            show_edge=False,
        )
        wide = console.width >= WIDE
        shown = [column for column in columns(group) if wide or column.title != ERT]
        for column in shown:
            # Only names and stop reasons are wrapped where the width is small.
            table.add_column(
                column.title.replace(" of ", " of\n").replace("oracle ", "oracle\n"),
                justify="right" if column.number else "left",
                vertical="top",
                no_wrap=column.number,
                overflow="fold",
                min_width=min(NAME_WIDTH, max(map(len, column.cells))) if column is shown[0] else 6,
            )
        for row, *cells in zip(group, *(column.cells for column in shown), strict=True):
            table.add_row(*map(Text, cells), style="dim" if row.failed else None)
        # Not as the table's title, which would be wrapped to the table's width.
        console.print(Text(heading(group), style="bold"))
        console.print(table)
        console.print()
    console.print(EXPLANATION, style="dim")


def print_blocks(
    title: str, shown: Sequence[Column], blocks: Sequence[int], console: "Console"
) -> None:
    """Print one table, a line between rows of different `blocks`, shape (rows,)."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in shown:
        # Text, not str: a name with brackets, weaknas[x=1], is no markup.
        justify: Literal["right", "left"] = "right" if column.number else "left"
        table.add_column(Text(column.title), justify=justify, overflow="fold")
    lines = zip(*(column.cells for column in shown), strict=True)
    for block, following, cells in zip(blocks, [*blocks[1:], None], lines, strict=True):
        table.add_row(*map(Text, cells), end_section=following not in (None, block))
    console.print(Text(title, style="bold"))
    console.print(table)
    console.print()


EXPLANATION = (
    "Samples are charged queries until the optimum; a run without it counts with the whole budget. "
    "ERT: expected samples with restarts. In brackets: 95 % intervals. Regret in points, tests in "
    "percent."
)


def to_markdown(rows: Sequence[Row]) -> str:
    """The tables as (GitHub's) Markdown."""
    parts = []
    for group in tables(rows):
        body = markdown_table(columns(group))
        parts.append(f"### {markdown_escaped(heading(group))}\n\n{body}\n")
    return "\n".join([*parts, EXPLANATION + "\n"])


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
    return re.sub(r"([\\`*_|<>&~#\[\]$])", r"\\\1", text)


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",  # a row that starts with a bare one would be an argument of the \\ before it
    "]": "{]}",
    NOTHING: "---",
} | {character: f"\\{character}" for character in "&%$#_{}"}


def to_latex(rows: Sequence[Row]) -> str:
    """The tables as LaTeX for the package booktabs."""
    parts = ["% needs \\usepackage{booktabs}\n"]
    for group in tables(rows):
        shown = columns(group)
        parts.append(
            latex_table(
                heading(group),
                [column.title for column in shown],
                [column.number for column in shown],
                [list(cells) for cells in zip(*(column.cells for column in shown), strict=True)],
            )
        )
    return "\n".join(parts)


def latex_table(
    caption: str, titles: Sequence[str], numbers: Sequence[bool], rows: Sequence[Sequence[str]]
) -> str:
    """One table as LaTeX; columns of `numbers` are set to the right. Plain texts are escaped."""
    head, *body = [" & ".join(map(_latex_escaped, line)) + r" \\" for line in [titles, *rows]]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_latex_escaped(caption)}}}",
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


def _latex_escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def to_csv(rows: Sequence[Row]) -> str:
    """One line a row, all fields of `Row`; null is empty, stop reasons `optimum=27 budget=3`."""
    file = StringIO()
    writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        stops = " ".join(f"{reason}={count}" for reason, count in row.stop_reasons.items())
        writer.writerow(_values(row) | {"stop_reasons": stops})
    return file.getvalue()


def _values(row: Row) -> dict[str, Any]:
    """All fields; None for what counts samples to an optimum that is not known."""
    values = asdict(row)
    if not row.optimum_known:
        names = ("found_share", "found_share_low", "found_share_high", "restricted_mean_samples")
        values |= dict.fromkeys(names)
    return values


def to_json(rows: Sequence[Row]) -> str:
    """An array of objects with all fields of `Row`."""
    return json.dumps([_values(row) for row in rows], indent=2, allow_nan=False) + "\n"


TEXT_FORMATS: dict[str, Callable[[Sequence[Row]], str]] = {
    "markdown": to_markdown,
    "csv": to_csv,
    "latex": to_latex,
    "json": to_json,
}
"""What turns rows into text, by the name of the format."""
