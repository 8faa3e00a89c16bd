"""nasarena figures: figures for papers."""

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS, ResultsFolders
from nasarena.suite.commands.output import console

if TYPE_CHECKING:
    from nasarena.leaderboard.figures.drawing import Drawing


class Columns(StrEnum):
    """How many columns of a paper a figure is as wide as."""

    one = "one"
    two = "two"


def figures(
    results: ResultsFolders = None,
    out: Annotated[
        Path, typer.Option(help="Folder to write: new, empty, or figures written before.")
    ] = Path("nasarena-figures"),
    columns: Annotated[
        Columns, typer.Option(help="Their width: one column (3.3 inches) or two (6.9 inches).")
    ] = Columns.one,
    formats: Annotated[str, typer.Option(help="Some of svg, pdf and png, with commas.")] = (
        "svg,pdf,png"
    ),
    methods: Annotated[str, typer.Option(help="Names or patterns (* and ?), with commas.")] = "*",
    benchmarks: Annotated[
        str, typer.Option(help="Names or patterns (* and ?), with commas.")
    ] = "*",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes. [default: one for each processor]", show_default=False
        ),
    ] = None,
) -> None:
    """Draw figures for papers, each with its data as CSV beside it.

    For everything that was run under one set of rules: critical differences, performance profiles
    and speed-ups across benchmarks; for each benchmark the share of runs that found the optimum,
    the regret and the training cost; in process/ how the run of each method with the median
    samples to the optimum went. captions.txt says what each shows. The same records give the same
    bytes.

    \b
    Example:
      nasarena figures --results nasarena-results --out my-figures --columns two --formats pdf
    """
    from nasarena.leaderboard.paper_figures import sheet_of, write_figures

    sheet = sheet_of(columns.value, formats)
    folders = results or [DEFAULT_RESULTS]
    count = write_figures(folders, out, sheet, methods, benchmarks, workers, _watched)
    typer.echo(f"{count} figures are in {out}; {out / 'captions.txt'} says what each shows")


def _watched(drawn: "Iterator[dict[str, Drawing]]", total: int) -> "Iterable[dict[str, Drawing]]":
    """A bar on the standard error, if that is a terminal."""
    from rich.progress import track

    return track(
        drawn,
        "drawing",
        total=total,
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
