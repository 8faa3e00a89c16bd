"""nasarena figures: figures for papers."""

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands import completion
from nasarena.suite.commands.options import (
    DEFAULT_RESULTS,
    PATTERNS,
    KeepGoing,
    ResultsFolders,
    Workers,
)
from nasarena.suite.commands.output import console, say

if TYPE_CHECKING:
    from nasarena.leaderboard.figures.drawing import Drawing


class Columns(StrEnum):
    """How many columns of a paper a figure is as wide as."""

    one = "one"
    two = "two"


def figures(
    results: ResultsFolders = None,
    keep_going: KeepGoing = False,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Folder to write: new, empty, or written by this command before.",
        ),
    ] = Path("nasarena-figures"),
    columns: Annotated[
        Columns, typer.Option(help="Width of a figure: one column (3.3 inches) or two (6.9).")
    ] = Columns.one,
    formats: Annotated[
        str,
        typer.Option(
            metavar="FORMATS",
            help="File formats, separated by commas.",
            autocompletion=completion.value_lists("svg", "pdf", "png"),
        ),
    ] = "svg,pdf,png",
    kinds: Annotated[
        str,
        typer.Option(
            metavar="KINDS",
            help="Which figures: names or patterns, separated by commas, of critical-difference, "
            "profile, targets, heat-map, found, regret, cost, drift, top, path.",
            autocompletion=completion.figure_kinds,
        ),
    ] = "*",
    methods: Annotated[
        str,
        typer.Option(metavar="NAMES", help=PATTERNS, autocompletion=completion.methods),
    ] = "*",
    benchmarks: Annotated[
        str,
        typer.Option(metavar="NAMES", help=PATTERNS, autocompletion=completion.benchmarks),
    ] = "*",
    workers: Workers = None,
) -> None:
    """Draw figures for papers, each with its data as CSV.

    For each protocol: critical differences, performance profiles, curves of several targets
    (targets) and speed-ups (heat-map) across benchmarks. For each benchmark: the share of runs that
    found the optimum, the regret, and the training cost. In process/: how one run of each method
    went, the one with the median samples to the optimum (drift, top, path). --kinds chooses among
    these. captions.txt has a caption for each figure. The same records give the same bytes.

    \b
    Example:
      nasarena figures --results nasarena-results --out my-figures \\
          --kinds found,regret --columns two --formats pdf
    """
    from nasarena.leaderboard.paper_figures import sheet_of, write_figures

    sheet = sheet_of(columns.value, formats)
    folders = results or [DEFAULT_RESULTS]
    count = write_figures(
        folders, out, sheet, methods, benchmarks, workers, _watched, kinds, keep_going
    )
    are, their = ("figure is", "its caption is") if count == 1 else ("figures are", "captions are")
    say(f"{count} {are} in {out}; {their} in {out / 'captions.txt'}")


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
