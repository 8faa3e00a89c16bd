"""`nasarena compare`: two methods after equal numbers of labels."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from nasarena.suite.commands.completion import one_method
from nasarena.suite.commands.options import DEFAULT_RESULTS, ResultsFolders
from nasarena.suite.commands.output import console
from nasarena.suite.names import parse_counts


class Format(StrEnum):
    """What the tables are printed as."""

    terminal = "terminal"
    markdown = "markdown"
    csv = "csv"
    latex = "latex"
    json = "json"


def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="METHOD",
            help="The first method, named as in the tables.",
            show_default=False,
            autocompletion=one_method,
        ),
    ],
    b: Annotated[
        str,
        typer.Argument(
            metavar="OTHER",
            help="The method to compare it with.",
            show_default=False,
            autocompletion=one_method,
        ),
    ],
    results: ResultsFolders = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBERS",
            help="After how many charged queries to compare, separated by commas. [default: "
            "several numbers up to the budget]",
            show_default=False,
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print the tables.")] = Format.terminal,
) -> None:
    """Compare two methods.

    Prints one table for each protocol and benchmark where both methods have runs: samples to the
    optimum, regret, and how well their predictors order the space (Kendall's tau and precision;
    only for runs made with --judge). Differences are the first method minus the second, with 95 %
    intervals. Where labels are of one run, the seeds that both have are compared run by run; where
    labels are means, all runs of both, unpaired. The line above each table says which.

    Below each table: the ratio of their samples with its 95 % interval, p, and the smallest
    difference that these seeds could have shown. CSV and JSON have every field.

    \b
    Example:
      nasarena run --methods brp-nas,predictor-gcn --seeds 5 --budget 200 \\
          --benchmarks nasbench201/cifar10 --judge --results judged
      nasarena compare brp-nas predictor-gcn --results judged --at 100,200
    """
    from nasarena.leaderboard.tables.two_methods import TEXT_FORMATS, print_tables
    from nasarena.suite.statistics.comparisons import comparisons
    from nasarena.suite.statistics.run_set import load_run_sets
    from nasarena.suite.statistics.samples_effect import samples_effects
    from nasarena.suite.statistics.two_methods import paired_measures

    counts = parse_counts(at, 1, "--at") if at is not None else []
    run_sets = load_run_sets(results or [DEFAULT_RESULTS])
    found = comparisons(run_sets)
    rows, effects = paired_measures(found, a, b, counts), samples_effects(found, a, b)
    if format is Format.terminal:
        print_tables(rows, effects, console())
    else:
        sys.stdout.write(TEXT_FORMATS[format.value](rows, effects))
