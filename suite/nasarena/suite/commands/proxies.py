"""`nasarena proxies`: which zero-cost scores benchmarks have, and how well they order them."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from nasarena.suite.commands import completion
from nasarena.suite.commands.options import PATTERNS
from nasarena.suite.commands.output import console
from nasarena.suite.errors import UserError


class Format(StrEnum):
    """What the tables are printed as."""

    terminal = "terminal"
    markdown = "markdown"
    csv = "csv"
    json = "json"


def proxies(
    benchmarks: Annotated[
        str, typer.Option(metavar="NAMES", help=PATTERNS, autocompletion=completion.benchmarks)
    ] = "nasbench201/*,nasbench101-5/*",
    format: Annotated[Format, typer.Option(help="How to print the tables.")] = Format.terminal,
) -> None:
    """Show how well zero-cost scores order benchmarks.

    A table for each benchmark: Spearman's rank correlation of each score with validation accuracy,
    over all architectures and over the best tenth, and how far it is above that of the number of
    parameters; with 95 % intervals. Benchmarks without scores are left out.

    \b
    Examples:
      nasarena proxies --benchmarks "nasbench201/*"
      nasarena fetch nasbench201-proxies   # 13 scores on two of these
    """
    from nasarena.leaderboard.tables.zero_cost import TEXT_FORMATS, print_tables
    from nasarena.suite.benchmarks.registry import choose_benchmarks
    from nasarena.suite.names import listed
    from nasarena.suite.statistics.score_quality import score_rows

    names = choose_benchmarks(listed(benchmarks, "benchmarks"))
    tables = [rows for name in names if (rows := score_rows(name))]
    if not tables:
        raise UserError(
            f"no benchmark of '{benchmarks}' has zero-cost scores; choose others, or fetch some "
            "(nasarena fetch --list)"
        )
    if format is Format.terminal:
        print_tables(tables, console())
    else:
        sys.stdout.write(TEXT_FORMATS[format.value](tables))
