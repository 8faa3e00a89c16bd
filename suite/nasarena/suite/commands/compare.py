"""`nasarena compare`: two methods after equal numbers of labels."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.completion import one_method
from nasarena.suite.commands.options import DEFAULT_RESULTS, KeepGoing, ResultsFolders
from nasarena.suite.commands.output import console, say
from nasarena.suite.errors import UserError
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
        str | None,
        typer.Argument(
            metavar="OTHER",
            help="The method to compare it with.",
            show_default=False,
            autocompletion=one_method,
        ),
    ] = None,
    results: ResultsFolders = None,
    keep_going: KeepGoing = False,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBERS",
            help="After how many charged queries to compare, separated by commas. [default: "
            "several numbers up to the budget]",
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Runs of METHOD as it was: a results folder, or a baseline of nasarena gate.",
            show_default=False,
        ),
    ] = None,
    head: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --base: a results folder with runs of METHOD as it is now.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print the tables.")] = Format.terminal,
) -> None:
    """Compare two methods, or one method with what it was before.

    Prints one table for each protocol and benchmark where both methods have runs: samples to the
    optimum, regret, and how well their predictors order the space (Kendall's tau and precision;
    only for runs made with --judge). Differences are the first method minus the second, with 95 %
    intervals. Where labels are of one run, the seeds that both have are compared run by run; where
    labels are means, all runs of both, unpaired. The line above each table says which.

    Below each table: the ratio of their samples with its 95 % interval, p, and the smallest
    difference that these seeds could have shown. CSV and JSON have every field.

    With --base and --head, the runs of one method in two folders are compared, old and new: their
    versions and sources may differ. The verdict is that of nasarena gate.

    \b
    Examples:
      nasarena run --methods brp-nas,predictor-gcn --seeds 5 --budget 200 \\
          --benchmarks nasbench201/cifar10 --judge --results judged
      nasarena compare brp-nas predictor-gcn --results judged --at 100,200
      nasarena compare MyMethod --base results-of-main --head results-of-my-branch
    """
    if base is not None or head is not None:
        if base is None or head is None or b is not None or results or at is not None:
            raise UserError(
                "--base and --head compare one method in two folders; give both, and leave the "
                "other method, --results and --at out"
            )
        _compare_folders(a, base, head, format)
        return
    if b is None:
        raise UserError(
            f"give the method to compare {a} with, or two folders of runs with --base and --head"
        )
    from nasarena.leaderboard.tables.two_methods import TEXT_FORMATS, print_tables
    from nasarena.suite.statistics.comparisons import comparisons, left_out_notes
    from nasarena.suite.statistics.load_run_sets import load_run_sets
    from nasarena.suite.statistics.samples_effect import samples_effects
    from nasarena.suite.statistics.two_methods import paired_measures

    counts = parse_counts(at, 1, "--at") if at is not None else []
    run_sets = load_run_sets(results or [DEFAULT_RESULTS], keep_going)
    found = comparisons(run_sets)
    for note in [note for one in found for note in left_out_notes(one, {a, b})]:
        say(note, stderr=True)
    rows, effects = paired_measures(found, a, b, counts), samples_effects(found, a, b)
    if format is Format.terminal:
        print_tables(rows, effects, console())
    else:
        sys.stdout.write(TEXT_FORMATS[format.value](rows, effects))


def _compare_folders(method: str, base: Path, head: Path, format: Format) -> None:
    """Print what is to be said of a method's runs in two folders. Raises UserError."""
    from nasarena.leaderboard.tables.gate_report import print_report, to_dashboard, to_markdown
    from nasarena.suite.gate.baseline import FILE, read_baseline
    from nasarena.suite.gate.gate import compare_folders
    from nasarena.suite.gate.outcomes import load_outcomes
    from nasarena.suite.gate.verdict import Rules

    if format in (Format.csv, Format.latex):
        raise UserError(f"two folders are not compared as {format.value}; use markdown or json")
    stored = read_baseline(base) if (base / FILE).exists() else load_outcomes(base)
    report = compare_folders([method], stored, base, head, Rules())
    if format is Format.terminal:
        print_report(report, console())
    else:
        sys.stdout.write((to_markdown if format is Format.markdown else to_dashboard)(report))
