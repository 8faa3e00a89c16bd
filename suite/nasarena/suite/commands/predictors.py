"""`nasarena predictors`: how well predictors order a space, against the number of labels."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.output import console, warn
from nasarena.suite.errors import UserError
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
        str, typer.Option(help="Names or patterns (* and ?), with commas.")
    ] = "*",
    benchmarks: Annotated[
        str, typer.Option(help="Names or patterns (* and ?), with commas.")
    ] = "nasbench201/cifar10,nasbenchgraph/citeseer",
    labels: Annotated[
        str, typer.Option(help="How many architectures are labelled: numbers, with commas.")
    ] = "50,100,200,400",
    seeds: Annotated[str, typer.Option(help="10 (seeds 0 to 9) or 100:110 (100 to 109).")] = "5",
    results: Annotated[
        Path, typer.Option(help="Folder where finished measurements are kept.")
    ] = Path("nasarena-results"),
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes. [default: one for each processor]", show_default=False
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.terminal,
    out: Annotated[
        Path,
        typer.Option(help="Folder for the figure: predictors.svg, .pdf, .png and .csv (its data)."),
    ] = Path("nasarena-predictors"),
) -> None:
    """Measure how well predictors order a whole space, against the number of labels.

    Each predictor is fitted to the validation accuracies (means over the training runs) of
    architectures drawn uniformly, as normal quantiles of their ranks; the same ones for every
    predictor, fewer labels a prefix of more. It is judged on the whole space, the labelled
    architectures included: Kendall's tau over all, Kendall's tau over the true top 1 %, and the
    share of the top 1 % predicted that are in the true top 1 %. Means over seeds with 95 %
    bootstrap intervals; the difference to ridge is paired by seed.

    What is measured is kept in the results folder, and not measured again.

    \b
    Example:
      nasarena predictors --predictors "ridge,gp,small-mlp" --labels 50,200 --seeds 10 \\
          --benchmarks "nasbench201/*" --results my-results --out my-figure
    """
    from nasarena.leaderboard.tables.predictor_study import TEXT_FORMATS, print_tables
    from nasarena.suite.predictor_study.runner import run_study
    from nasarena.suite.predictor_study.study import choose_study
    from nasarena.suite.predictor_study.summary import study_rows

    study = choose_study(predictors, benchmarks, labels, seeds)
    try:
        with progress_bar(len(study.tasks())) as tell:
            report = run_study(study, results, workers, tell)
    except KeyboardInterrupt:
        warn("finished measurements are kept, the same command goes on with the rest")
        raise
    for warning in report.warnings:
        warn(warning)
    kept = f" ({report.kept} were there)" if report.kept else ""
    print(f"{report.done} measurements done{kept}, in {results}", file=sys.stderr)
    if report.measurements:
        rows = study_rows(report.measurements)
        if format is Format.terminal:
            print_tables(rows, console())
        else:
            sys.stdout.write(TEXT_FORMATS[format.value](rows))
        write_figure(rows, out)
    if report.complaints:
        raise UserError("\n".join(report.complaints))


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
    print(f"The figure is {out / 'predictors.svg'}", file=sys.stderr)
