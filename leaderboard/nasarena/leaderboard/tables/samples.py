"""The samples-to-optimum table: for terminals, Markdown, LaTeX, CSV and JSON."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from io import StringIO
from typing import TYPE_CHECKING, Any

from nasarena.leaderboard.tables.formats import Column, csv_cell, latex_table, markdown_tables
from nasarena.leaderboard.texts import NOTHING, interval_text, number, percent, seed_count, span
from nasarena.suite.errors import printable
from nasarena.suite.statistics.intervals import FEWEST_RUNS
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.summary import Row

if TYPE_CHECKING:
    from rich.console import Console

ERT, ERT_WIDTH = "ERT", 120
"""A column that is left out in terminals with fewer columns than this."""

NAME_WIDTH = 21
"""A method's name gets at least so many columns of a terminal."""


def tables(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each protocol and benchmark, in the order in which they come."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.protocol, row.benchmark), []).append(row)
    return list(groups.values())


def heading(rows: Sequence[Row]) -> str:
    """What one table is about: benchmark, protocol, budget and seeds."""
    unknown = (
        "" if rows[0].optimum_known else "; the optimum is not known: regret is from the best known"
    )
    measures = rows[0].measures
    if not measures.is_accuracy:
        unknown += f"; objective {measures.name}, regret in {measures.gap}"
    if rows[0].limit:
        unknown += f"; only architectures with {rows[0].limit} can be the answer"
    budgets = {row.budget for row in rows}
    unit = " full training" + ("" if budgets == {1} else "s")
    return printable(
        f"{rows[0].benchmark}: {rows[0].protocol}, budget {span(budgets)}"
        f"{unit if rows[0].fidelities == 'multi' else ''}, "
        f"{seed_count(row.seeds for row in rows)}{unknown}"
    )


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
        ("regret", lambda row: _decimals(row, row.best_validation_regret, 3)),
        ("test of best", lambda row: _decimals(row, row.test_of_best_validation, 2)),
        ("oracle test", lambda row: _decimals(row, row.oracle_test, 2)),
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
        Column("stopped because", [_stops(row) for row in rows], number=False),
    ]


def mean_samples(row: Row) -> Estimate:
    """The restricted mean of a row's samples."""
    # Enough runs have no interval only where all agree.
    agree = row.restricted_mean_low is None and row.seeds >= FEWEST_RUNS and row.optimum_known
    return Estimate(
        row.restricted_mean_samples,
        row.restricted_mean_low,
        row.restricted_mean_high,
        agreeing=row.seeds if agree else 0,
    )


def found_share(row: Row) -> Estimate:
    """The share of a row's runs that found the optimum."""
    return Estimate(row.found_share, row.found_share_low, row.found_share_high)


def _mean(row: Row) -> str | None:
    """`173 [149, 199]`, or `173 (one seed)`."""
    if not row.optimum_known:
        return None
    said = interval_text(mean_samples(row), number)
    return f"{said} (one seed)" if row.seeds == 1 else said


def _found(row: Row) -> str | None:
    return interval_text(found_share(row), percent) if row.optimum_known else None


def _median(row: Row) -> str | None:
    if not row.optimum_known:
        return None
    return f">{row.budget}" if row.median_samples is None else number(row.median_samples)


def _ert(row: Row) -> str | None:
    return None if row.ert is None else number(row.ert)


def _decimals(row: Row, value: float | None, decimals: int) -> str | None:
    """So many decimals of percent and points; of other objectives four significant digits."""
    if value is None:
        return None
    return f"{value:.{decimals}f}" if row.measures.is_accuracy else f"{value:.4g}"


def _stops(row: Row) -> str:
    stops = ", ".join(f"{count} {reason}" for reason, count in row.stop_reasons.items())
    if row.mixed:
        stops += "; source code changed between runs"
    if row.verdict == "rejected":
        return f"{stops}: rejected by the audit, not ranked"
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
        wide = console.width >= ERT_WIDTH
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
            table.add_row(*map(Text, cells), style=None if row.ranked else "dim")
        # Not as the table's title, which would be wrapped to the table's width.
        console.print(Text(heading(group), style="bold"))
        console.print(table)
        console.print()
    console.print(_explanation(rows), style="dim")


EXPLANATION = (
    "Samples are charged queries until the optimum; a run that does not find it counts as the "
    "whole budget, in rounds too. ERT: expected samples with restarts. In brackets: 95 % "
    'intervals; "5 in 30 of 30": all runs agree, so there is none. Regret in points, tests in '
    "percent, where no other objective is named."
)


SEVERAL_LENGTHS = (
    " Where the budget is in full trainings, so are samples: shorter trainings cost their part of "
    "one, and only full ones find the optimum."
)


def _explanation(rows: Sequence[Row]) -> str:
    several = any(row.fidelities == "multi" for row in rows)
    return EXPLANATION + (SEVERAL_LENGTHS if several else "")


def to_markdown(rows: Sequence[Row]) -> str:
    """The tables as (GitHub's) Markdown."""
    return markdown_tables(
        ((heading(group), columns(group)) for group in tables(rows)), _explanation(rows)
    )


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


def to_csv(rows: Sequence[Row]) -> str:
    """One line a row, all fields of `Row`; null is empty, stop reasons `optimum=27 budget=3`."""
    file = StringIO()
    writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        stops = " ".join(f"{reason}={count}" for reason, count in row.stop_reasons.items())
        values = _values(row) | {"stop_reasons": stops}
        writer.writerow({name: csv_cell(value) for name, value in values.items()})
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
