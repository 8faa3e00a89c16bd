"""`nasarena audit`: can results be believed?"""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.audited_cells import cell_fields, print_cells
from nasarena.suite.commands.options import DEFAULT_RESULTS, Draw, Json, Reruns, Workers
from nasarena.suite.commands.output import counted, print_json, say, warn

if TYPE_CHECKING:
    from nasarena.suite.audit.cells import AuditedCell


def audit(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...",
            help=f"Folders of run records. [default: {DEFAULT_RESULTS}]",
            show_default=False,
        ),
    ] = None,
    rerun: Reruns = 0,
    decoy: Annotated[
        bool,
        typer.Option(
            "--decoy",
            help="Test whether each method knows what it did not query: let it search a benchmark "
            "whose best labels were moved.",
        ),
    ] = False,
    draw: Draw = None,
    methods: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Methods to run again that are not registered: path/to/file.py:ClassName.",
        ),
    ] = "",
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Check stored runs, and make some of them again.

    Every run is checked against its table and protocol, and every cell (a method on a benchmark)
    against its folder. With --rerun, runs are made again and compared bit for bit; where the
    processor or the libraries are others, a difference is not comparable. With --decoy, each method
    searches benchmarks whose best labels stand elsewhere: it gives itself away if it goes to the
    real optimum all the same, or straight to where the best label now is.

    The verdict is stored beside the records, in audit.json, and is void once they change. It is
    verified, consistent (valid, but the method was not shown to make it) or rejected. Exit code 1:
    something is wrong.

    \b
    Examples:
      nasarena audit nasarena-results
      nasarena audit nasarena-results --rerun 20 --decoy --draw 7
    """
    from nasarena.suite.audit.cells import audit_cells, store_verdicts
    from nasarena.suite.audit.copies import remark_copies
    from nasarena.suite.audit.decoy_test import decoy_test
    from nasarena.suite.audit.methods import Methods
    from nasarena.suite.audit.rerun import rerun as make_again
    from nasarena.suite.errors import RunsFailed

    drawn = secrets.randbelow(2**31) if draw is None else draw
    at_hand = Methods(methods)
    cells = [cell for folder in folders or [DEFAULT_RESULTS] for cell in audit_cells(folder)]
    remark_copies(cells)
    if rerun:
        make_again(cells, at_hand, rerun, drawn, workers)
    if decoy:
        decoy_test(cells, at_hand, drawn, workers)
    for complaint in store_verdicts(cells):
        warn(complaint)
    if json:
        print_json({"draw": drawn, "cells": [cell_fields(cell) for cell in cells]})
    else:
        _print(cells, drawn if rerun or decoy else None)
    wrong = [cell for cell in cells if cell.mark in ("rejected", "not audited")]
    if wrong:
        unjudged = sum(cell.mark == "not audited" for cell in wrong)
        kinds = {"cannot be believed": len(wrong) - unjudged, "could not be audited": unjudged}
        said = [f"{count} {what}" for what, count in kinds.items() if count]
        of = f" of {counted(len(cells), 'cell')} "
        raise RunsFailed(" and ".join(said).replace(" ", of, 1))


def _print(cells: "Sequence[AuditedCell]", drawn: int | None) -> None:
    print_cells(cells)
    if drawn is not None:
        say(f"what was drawn is drawn again with --draw {drawn}")
