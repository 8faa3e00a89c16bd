"""`nasarena compare`: two methods after equal numbers of labels."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS, ResultsFolders
from nasarena.suite.commands.output import console
from nasarena.suite.names import parse_labels


class Format(StrEnum):
    """What the tables are printed as."""

    terminal = "terminal"
    markdown = "markdown"
    csv = "csv"
    json = "json"


def compare(
    a: Annotated[str, typer.Argument(help="A method, as tables name it.", show_default=False)],
    b: Annotated[str, typer.Argument(help="Another.", show_default=False)],
    results: ResultsFolders = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="After how many charged queries: numbers, with commas. [default: some up to the "
            "budget]",
            show_default=False,
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.terminal,
) -> None:
    """Compare two methods run by run: samples, regret, and how well their predictors order.

    A table for each protocol and benchmark where both have runs of the same seeds. Differences
    are the first minus the second, with 95 % intervals (paired bootstrap). Kendall's tau and
    precision are there for runs made with --judge.

    \b
    Example:
      nasarena run --methods brp-nas,predictor-gcn --benchmarks nasbench201/cifar10 \\
          --seeds 5 --budget 200 --judge --results judged
      nasarena compare brp-nas predictor-gcn --results judged --labels 100,200
    """
    from nasarena.leaderboard.tables.two_methods import TEXT_FORMATS, print_tables
    from nasarena.suite.statistics.comparisons import comparisons
    from nasarena.suite.statistics.run_set import load_run_sets
    from nasarena.suite.statistics.two_methods import paired_measures

    counts = parse_labels(labels, 1) if labels is not None else []
    run_sets = load_run_sets(results or [DEFAULT_RESULTS])
    rows = paired_measures(comparisons(run_sets), a, b, counts)
    if format is Format.terminal:
        print_tables(rows, console())
    else:
        sys.stdout.write(TEXT_FORMATS[format.value](rows))
