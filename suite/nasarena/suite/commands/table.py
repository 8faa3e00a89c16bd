"""nasarena table: the samples-to-optimum table."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS, KeepGoing, ResultsFolders
from nasarena.suite.commands.output import console


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
) -> None:
    """Print how many samples methods need to find the optimum.

    Prints one table for each protocol and benchmark, fewest samples first, with 95 % intervals.
    Methods with failed runs come last and are not ranked. CSV and JSON have every field.

    \b
    Example:
      nasarena table --results nasarena-results --format markdown > table.md
    """
    from nasarena.leaderboard.tables.samples import TEXT_FORMATS, print_tables
    from nasarena.suite.statistics.stored_rows import stored_rows

    rows = stored_rows(results or [DEFAULT_RESULTS], keep_going)
    if format is not Format.terminal:
        sys.stdout.write(TEXT_FORMATS[format.value](rows))
        return
    print_tables(rows, console())
