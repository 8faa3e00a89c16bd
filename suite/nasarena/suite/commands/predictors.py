"""`nasarena predictors`: how well predictors order a space, against the number of labels."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands import completion
from nasarena.suite.commands.options import DEFAULT_RESULTS, PATTERNS, Workers
from nasarena.suite.commands.output import console, say, say_done, warn
from nasarena.suite.errors import RunsFailed, UserError
from nasarena.suite.runs.progress import progress_bar

if TYPE_CHECKING:
    from nasarena.suite.predictor_study.summary import Row


class Format(StrEnum):
    """What the table is printed as."""

    terminal = "terminal"
    markdown = "markdown"
    csv = "csv"
    json = "json"


def predictors(
    predictors: Annotated[
        str, typer.Option(metavar="NAMES", help=PATTERNS, autocompletion=completion.predictors)
    ] = "*",
    benchmarks: Annotated[
        str, typer.Option(metavar="NAMES", help=PATTERNS, autocompletion=completion.benchmarks)
    ] = "nasbench201/cifar10,nasbenchgraph/citeseer",
    sizes: Annotated[
        str,
        typer.Option(
            metavar="NUMBERS", help="How many architectures are labelled, separated by commas."
        ),
    ] = "50,100,200,400",
    seeds: Annotated[
        str,
        typer.Option(
            metavar="SEEDS", help="A number (10: seeds 0 to 9) or a range (100:110: 100 to 109)."
        ),
    ] = "5",
    results: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for the measurements.")
    ] = DEFAULT_RESULTS,
    workers: Workers = None,
    format: Annotated[Format, typer.Option(help="How to print the tables.")] = Format.terminal,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the figure: predictors.svg, .pdf, .png, and its data as .csv.",
        ),
    ] = Path("nasarena-predictors"),
) -> None:
    """Measure how well predictors order a whole space.

    For each seed, architectures are drawn uniformly and labelled with their validation accuracy
    (mean over the training runs). All predictors get the same ones, and a smaller number of labels
    is the beginning of a larger one. A predictor is fitted to the labels' ranks as normal
    quantiles and then predicts every architecture of the space, the labelled ones included.

    The table shows Kendall's tau over the space, Kendall's tau over the true top 1 %, and
    precision at 1 % (how many of the predicted top 1 % belong to the true top 1 %): means over
    seeds with 95 % bootstrap intervals. The difference to ridge is paired by seed.

    Finished measurements are kept in the results folder and not repeated.

    \b
    Example:
      nasarena predictors --predictors ridge,gp,small-mlp --sizes 50,200 \\
          --seeds 10 --benchmarks "nasbench201/*" --out my-figure
    """
    from nasarena.leaderboard.tables.predictor_study import TEXT_FORMATS, print_tables
    from nasarena.suite.predictor_study.runner import run_study
    from nasarena.suite.predictor_study.study import choose_study
    from nasarena.suite.predictor_study.summary import study_rows

    study = choose_study(predictors, benchmarks, sizes, seeds)
    with progress_bar(len(study.tasks()), "measuring", "measurements") as tell:
        report = run_study(study, results, workers, tell)
    for warning in report.warnings:
        warn(warning)
    say_done(report.done, report.kept, "measurement", results)
    if report.measurements:
        rows = study_rows(report.measurements)
        if format is Format.terminal:
            print_tables(rows, console())
        else:
            sys.stdout.write(TEXT_FORMATS[format.value](rows))
        write_figure(rows, out)
    if report.failures:
        raise RunsFailed("\n".join(report.failures))


def write_figure(rows: "Sequence[Row]", out: Path) -> None:
    """Write the figure's files into a folder, made if need be; raises UserError if it can't."""
    from nasarena.leaderboard.figures.predictor_figure import figure_files
    from nasarena.suite.files import write_atomically

    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in figure_files(rows).items():
            write_atomically(out / name, methodcaller("write", content))
    except OSError as error:
        raise UserError(
            f"the figure cannot be written to {out} ({error.strerror}); choose another --out"
        ) from None
    say(f"The figure is {out / 'predictors.svg'}", stderr=True)
