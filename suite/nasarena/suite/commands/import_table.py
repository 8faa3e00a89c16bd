"""`nasarena import table`: a CSV file of one's own as a benchmark."""

import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasarena.suite.errors import UserError, one_line

if TYPE_CHECKING:
    from nasarena.suite.benchmarks.imported import Import
    from nasarena.suite.benchmarks.own_table import OwnTable

NOT_STATED = "not stated"

MOST_SHOWN = 8
"""Decisions, and values of each, that are printed when a table is imported."""


class Space(StrEnum):
    """What the architectures of a table are."""

    nasbench201 = "nasbench201"
    nasbenchgraph = "nasbenchgraph"
    nasbench101 = "nasbench101"
    choices = "choices"


class Unit(StrEnum):
    """What the accuracies of a table are."""

    percent = "percent"
    fraction = "fraction"


def import_table(
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8: a line of column names, a line an architecture.")
    ],
    space: Annotated[Space, typer.Option(help="What the architectures are.")],
    name: Annotated[
        str | None,
        typer.Option(help="space/dataset, as in mine/digits. [default: SPACE/name of the file]"),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(help="A .toml file with these keys for columns; flags go before it."),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(help="Column of the architecture's key; nasbench101 also: MATRIX,OPERATIONS."),
    ] = None,
    decisions: Annotated[
        str | None,
        typer.Option(help="Columns of decisions (choices). [default: all that are no metric]"),
    ] = None,
    validation: Annotated[
        str | None, typer.Option(help="Columns of validation accuracy, one a training run.")
    ] = None,
    test: Annotated[
        str | None, typer.Option(help="Columns of test accuracy, whose mean is taken.")
    ] = None,
    cost: Annotated[str | None, typer.Option(help="Column of training seconds.")] = None,
    parameters: Annotated[str | None, typer.Option(help="Column of numbers of parameters.")] = None,
    latency: Annotated[str | None, typer.Option(help="Column of latency in seconds.")] = None,
    unit: Annotated[
        Unit | None, typer.Option(help="What accuracies are. [default: percent]")
    ] = None,
    licence: Annotated[str, typer.Option(help="Shown where the data is named.")] = NOT_STATED,
    citation: Annotated[str, typer.Option(help="Shown where the data is named.")] = NOT_STATED,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of another table of its name.")
    ] = False,
) -> None:
    """Make a benchmark of a table of one's own, whole or measured in part.

    Columns are found by their names where these are obvious: validation, val_acc_1, val_acc_2,
    test_accuracy, training_seconds, params, architecture ... A line is one architecture; an empty
    cell in one of several validation columns is a training run that was not made.

    An architecture is named by: six digits, or |nor_conv_3x3~0|+|...| (nasbench201); the key
    (nasbenchgraph); the official hash, which takes a minute, or in two columns its matrix row by
    row and its operations (nasbench101). In choices each decision has a column, and its values
    are those that occur, numbers by size, others by alphabet; a [decisions] table in --columns
    declares others: depth = [2, 4, 8].

    \b
    Examples:
      nasarena import table digits.csv --space choices --name mine/digits
      nasarena run --methods weaknas-lite,random-search --benchmarks mine/digits --budget 100
      nasarena table
    """
    from nasarena.suite.benchmarks.imported import (
        Import,
        importing,
        record_import,
        remove_old_copies,
    )
    from nasarena.suite.benchmarks.own_table import copy_path, read_own_table
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
        "unit": unit.value if unit else None,
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
    slug = f"table-{chosen.replace('/', '+')}"
    with importing():
        if not replace and _is_there(slug, manifest):
            print(f"{chosen} is there: {_described(own)}")
            return
        folder = record_import(slug, manifest, own.save)
        remove_old_copies(copy_path(folder, manifest.settings))
    print(f"{chosen} is a benchmark: {_described(own)}")
    print(f"try: nasarena run --methods random-search --benchmarks {chosen}", file=sys.stderr)


def _checked_name(name: str) -> str:
    from nasarena.suite.benchmarks.imported import check_name

    try:
        return check_name(name)
    except ValueError as error:
        raise UserError(f"{error}; give another --name") from None


def _plain(stem: str) -> str:
    """A file's name as a data set's: small letters, digits, and `-` for anything else."""
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "table"


def _split(names: str | None) -> list[str] | None:
    if names is None:
        return None
    return [name.strip() for name in names.split(",")]


def _is_there(slug: str, manifest: "Import") -> bool:
    """Whether just this was imported, and its copy is whole. Raises UserError for another table."""
    from nasarena.suite.benchmarks.imported import copy_can_be_read, imported

    (name,) = manifest.benchmarks
    there = imported().get(name)
    if there is None or there.folder.name != slug:
        return False
    # The file may have another name by now.
    if there.manifest != manifest.model_copy(update={"source": there.manifest.source}):
        raise UserError(
            f"{name} was imported from another table or with other settings "
            f"({there.manifest.source}, sha256 {there.manifest.source_sha256[:12]}...); choose "
            "another --name, or give --replace: runs on the old table are then of another one"
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
    parts.append("one validation accuracy each" if runs == 1 else f"up to {runs} training runs")
    has = {
        "test accuracies": table.test,
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
