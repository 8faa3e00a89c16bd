"""nasarena table: the samples-to-optimum table."""

import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS, KeepGoing, ResultsFolders
from nasarena.suite.commands.output import console
from nasarena.suite.errors import UserError, listed


class Format(StrEnum):
    """What a table is printed as."""

    terminal = "terminal"
    markdown = "markdown"
    csv = "csv"
    latex = "latex"
    json = "json"


def table(
    results: ResultsFolders = None,
    keep_going: KeepGoing = False,
    format: Annotated[Format, typer.Option(help="How to print the tables.")] = Format.terminal,
    second: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="METRIC",
            help="Print instead how much of the true front of accuracy and this metric was "
            "measured, such as parameters or latency_ms.edgegpu.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print how many samples methods need to find the optimum.

    Prints one table for each protocol and benchmark, fewest samples first, with 95 % intervals.
    Methods with failed runs come last and are not ranked. CSV and JSON have every field.

    With a second objective (--with), the tables say how much of the hypervolume of the true front
    was measured after how many queries, largest first.

    \b
    Examples:
      nasarena table --results nasarena-results --format markdown > table.md
      nasarena table --results nasarena-results --with parameters
    """
    if second is not None:
        _fronts(results or [DEFAULT_RESULTS], keep_going, second, format)
        return
    from nasarena.leaderboard.tables.samples import TEXT_FORMATS, print_tables
    from nasarena.suite.statistics.stored_rows import stored_rows

    rows = stored_rows(results or [DEFAULT_RESULTS], keep_going)
    if format is not Format.terminal:
        sys.stdout.write(TEXT_FORMATS[format.value](rows))
        return
    print_tables(rows, console())


def _fronts(results: list[Path], keep_going: bool, metric: str, format: Format) -> None:
    """Print the tables of accuracy and a second metric. Raises UserError where none has it."""
    from nasarena.leaderboard.tables.fronts import TEXT_FORMATS, print_tables
    from nasarena.suite.statistics.front_table import front_tables
    from nasarena.suite.statistics.load_run_sets import load_run_sets
    from nasarena.suite.statistics.run_set import without_live

    tables, without = front_tables(without_live(load_run_sets(results, keep_going)), metric)
    if not tables:
        raise next(iter(without.values()), UserError(NO_TABLE))
    if without:
        names = listed(without)
        warnings.warn(f"left out, without such a second objective: {names}", stacklevel=2)
    if format is Format.terminal:
        print_tables(tables, console())
    else:
        sys.stdout.write(TEXT_FORMATS[format.value](tables))


NO_TABLE = "all runs are on live benchmarks, whose true front is not known"
