"""`nasarena import table`: a CSV or Parquet file of one's own as a benchmark."""

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasarena.suite.commands.output import say, warn
from nasarena.suite.errors import UserError, one_line

if TYPE_CHECKING:
    from nasarena.suite.benchmarks.imported import Import
    from nasarena.suite.benchmarks.own_table import OwnTable

NOT_STATED = "not stated"

MOST_COLUMNS = 40
"""Columns whose understanding is printed."""

MOST_SHOWN = 8
"""Decisions, and values of each, that are printed when a table is imported."""


class Space(StrEnum):
    """What the architectures of a table are."""

    nasbench201 = "nasbench201"
    nasbenchgraph = "nasbenchgraph"
    nasbench101 = "nasbench101"
    choices = "choices"


class Better(StrEnum):
    """Which values of an objective are better."""

    max = "max"
    min = "min"


def import_table(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV or Parquet: names of columns, then a line for each architecture, or for each "
            "training run.",
        ),
    ],
    space: Annotated[Space, typer.Option(help="The space the architectures belong to.")],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of the benchmark, as in mine/digits. [default: SPACE/name of the file]",
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A .toml file that assigns columns, with the options below (to --unit) as keys; "
            "options on the command line win.",
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of the architecture's key; nasbench101 also: MATRIX,OPERATIONS.",
        ),
    ] = None,
    decisions: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Columns of decisions (space choices). [default: all but the metrics]",
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS", help="Columns of validation accuracy, one for each training run."
        ),
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Columns of test accuracy; their mean is used."),
    ] = None,
    cost: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of training seconds.")
    ] = None,
    parameters: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of numbers of parameters.")
    ] = None,
    latency: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of latency in seconds.")
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Unit of the accuracies, percent or fraction; of an objective any. "
            "[default: percent]",
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Columns of any number that takes the place of accuracy; needs --direction.",
        ),
    ] = None,
    direction: Annotated[
        Better | None, typer.Option(help="Whether a higher or a lower objective is better.")
    ] = None,
    minimize: Annotated[
        bool, typer.Option("--minimize", help="The same as --direction min.")
    ] = False,
    runs: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Columns that say which training run a line is. [default: seed, run, fold, ...]",
        ),
    ] = None,
    ignore: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Columns to leave out.")
    ] = None,
    licence: Annotated[
        str, typer.Option(metavar="TEXT", help="The data's licence, shown with results.")
    ] = NOT_STATED,
    citation: Annotated[
        str, typer.Option(metavar="TEXT", help="What to cite for the data, shown with results.")
    ] = NOT_STATED,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace another table of this name.")
    ] = False,
    here: Annotated[
        bool, typer.Option("--here", help="Keep it in ./.nasarena, for commands given here.")
    ] = False,
) -> None:
    """Make a benchmark of a table of your own.

    Columns with usual names are found: validation, val_acc_1, val_acc_2, test_accuracy,
    training_seconds, params, architecture, seed. Name others with the options. How each column was
    understood is printed. The table may have only some architectures of its space: searches then
    meet only these. A line is one architecture, or one training run of it where a column such as
    seed says so. An empty cell in one of several validation columns means that this training run
    was not made.

    Any number can take the place of accuracy: with --minimize, or --objective and --direction.

    How an architecture is named depends on the space. nasbench201: six digits,
    |nor_conv_3x3~0|+|...|, or NASLib's tuple (4, 0, 3, 1, 4, 3). nasbenchgraph: the key.
    nasbench101: the official hash (looking these up takes a minute), or two columns with its matrix
    row by row and its operations. choices: one column for each decision; its values are those in
    the file (numbers in order of size, others with capitals first), or those declared under
    [decisions] in the --columns file: depth = [2, 4, 8].

    \b
    Examples:
      nasarena import table digits.csv --space choices --name mine/digits
      nasarena import table losses.csv --space choices --minimize
      nasarena run --methods weaknas-lite,random-search --benchmarks mine/digits
      nasarena table
    """
    from nasarena.suite.benchmarks.imported import (
        Import,
        importing,
        record_import,
        remove_old_copies,
    )
    from nasarena.suite.benchmarks.own_table import copy_path, read_own_table
    from nasarena.suite.benchmarks.own_table_check import check_architectures
    from nasarena.suite.tables.own_table_columns import read_columns

    chosen = _checked_name(name or f"{space}/{_plain(file.stem)}")
    flags = {
        "architecture": _split(architecture),
        "decisions": _split(decisions),
        "validation": _split(validation),
        "test": _split(test),
        "cost": cost,
        "parameters": parameters,
        "latency": latency,
        "objective": _split(objective),
        "direction": _direction(direction, minimize),
        "runs": _split(runs),
        "ignore": _split(ignore),
        "unit": unit,
    }
    own = read_own_table(file, space.value, read_columns(columns, flags))
    manifest = Import(
        kind="table",
        benchmarks=(chosen,),
        source=file.name,
        source_sha256=own.source_sha256,
        licence=licence,
        citation=citation,
        settings=own.settings,
    )
    doubt = check_architectures(own, chosen)
    slug = f"table-{chosen.replace('/', '+')}"
    with importing(here):
        is_there = not replace and _is_there(slug, manifest)
        if not is_there:
            folder = record_import(slug, manifest, own.save, here)
            remove_old_copies(copy_path(folder, manifest.settings))
    say(
        f"{chosen} {'was imported before' if is_there else 'is now a benchmark'}: {_described(own)}"
    )
    for line in own.understood[:MOST_COLUMNS]:
        say(f"  {line}")
    if len(own.understood) > MOST_COLUMNS:
        say(f"  ... {len(own.understood):,} columns in all")
    if doubt is not None:
        warn(doubt)
    if is_there:
        return
    say(f"next: nasarena run --methods random-search --benchmarks {chosen}", stderr=True)


def _checked_name(name: str) -> str:
    from nasarena.suite.benchmarks.imported import check_name

    try:
        return check_name(name)
    except ValueError as error:
        raise UserError(f"{error}; give another --name") from None


def _plain(stem: str) -> str:
    """A file's name as a data set's: small letters, digits, and `-` for anything else."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "table"


def _direction(direction: Better | None, minimize: bool) -> str | None:
    if minimize and direction is Better.max:
        raise UserError("--minimize and --direction max contradict each other; give one of them")
    return "min" if minimize else direction and direction.value


def _split(names: str | None) -> list[str] | None:
    if names is None:
        return None
    return [name.strip() for name in names.split(",")]


def _is_there(slug: str, manifest: "Import") -> bool:
    """Whether this very table was imported and its copy is whole; UserError for another table."""
    from nasarena.suite.benchmarks.imported import copy_can_be_read, imported
    from nasarena.suite.benchmarks.own_table import is_same

    (name,) = manifest.benchmarks
    there = imported().get(name)
    if there is None or there.folder.name != slug:
        return False
    if not is_same(there.manifest, manifest):
        raise UserError(
            f"{name} was imported from another table or with other settings "
            f"({there.manifest.source}, sha256 {there.manifest.source_sha256[:12]}...); choose "
            "another --name, or give --replace (runs on the old table then no longer match)"
        )
    return copy_can_be_read(name)


def _described(own: "OwnTable") -> str:
    table: Any = own.table
    runs = table.validation.shape[1]
    parts = [f"{table.size:,} architectures of {own.space}"]
    if own.space == "choices":
        parts += [_decision(*decision) for decision in list(own.declared.items())[:MOST_SHOWN]]
        if len(own.declared) > MOST_SHOWN:
            parts.append(f"... {len(own.declared):,} decisions in all")
    objective = own.objective
    label = objective.validation
    parts.append(f"one {label} each" if runs == 1 else f"up to {runs} training runs")
    if not objective.is_accuracy:
        better = "highest" if objective.direction == "max" else "lowest"
        parts.append(f"the {better} {label} is best, {objective.text(table.best_validation, 4)}")
    has = {
        "test accuracies" if objective.is_accuracy else "test values": table.test,
        "training seconds": table.training_seconds,
        "parameters": table.parameters,
        "latency": table.latency_seconds,
    }
    parts += [what for what, values in has.items() if values is not None]
    return "; ".join(parts)


def _decision(name: str, values: Sequence[str]) -> str:
    """A decision with its first values; what a cell holds may be long, or steer a terminal."""
    shown = [one_line(value, 40) for value in values[:MOST_SHOWN]]
    if len(values) > MOST_SHOWN:
        shown.append(f"... {len(values):,} values in all")
    return f"{one_line(name, 40)} ({', '.join(shown)})"
