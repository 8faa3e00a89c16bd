"""`nasarena runs`: the stored runs and how each ended."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS
from nasarena.suite.commands.output import console, counted

if TYPE_CHECKING:
    from rich.console import Console


class Format(StrEnum):
    """What the list is printed as."""

    terminal = "terminal"
    csv = "csv"
    json = "json"


@dataclass(frozen=True)
class EndedRun:
    """One stored run.

    * `charged`: its charged queries, at most the budget (more where queries ask for shorter
      trainings, which cost a part of one).
    * `found_at`: the charged query that found the optimum, from 1 (the full trainings spent by
      then, rounded up, where queries ask for several lengths); None where none did, and where the
      optimum is not known.
    * `stop_reason`: optimum, budget, returned, patience or failed.
    * `error`: of a failed run, its error's type and message; `traceback` the lines below it.
    """

    protocol: str
    benchmark: str
    method: str
    seed: int
    charged: int
    found_at: int | None
    stop_reason: str
    error: str | None
    traceback: str | None


def runs(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...",
            help=f"Folders of run records. [default: {DEFAULT_RESULTS}]",
            show_default=False,
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List failed runs only.")] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Print where each failed run raised its error.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print the list.")] = Format.terminal,
) -> None:
    """List the stored runs and how each ended.

    A run ends when it finds the optimum (optimum), uses its budget (budget), returns early
    (returned), repeats itself until its patience ends (patience), or raises an error (failed).
    Failed runs are made again by the next nasarena run.

    \b
    Examples:
      nasarena runs nasarena-results
      nasarena runs nasarena-results --failed --traceback
    """
    listed = [
        run
        for run in ended_runs(folders or [DEFAULT_RESULTS])
        if not failed or run.stop_reason == "failed"
    ]
    if format is Format.terminal:
        print_runs(listed, console(), traceback)
        return
    from nasarena.leaderboard.tables.formats import records_csv, records_json

    sys.stdout.write((records_csv if format is Format.csv else records_json)(listed))


def ended_runs(folders: Sequence[Path]) -> list[EndedRun]:
    """The runs in results folders, by protocol, benchmark, method and seed. Raises UserError."""
    import numpy as np

    from nasarena.suite.records.soundness import COST_TIE
    from nasarena.suite.runs.recorded_error import first_line, traceback_lines
    from nasarena.suite.statistics.load_run_sets import load_run_sets

    run_sets = load_run_sets(folders)
    errors = _errors(folders)
    found = []
    for runs in run_sets:
        cell = (runs.identity.protocol, runs.identity.benchmark, runs.identity.method)
        samples = runs.samples_to_optimum
        if not runs.benchmark.table.optimum_known:
            samples = np.full(runs.count, np.inf)
        for seed, charged, at, reason in zip(
            runs.seeds.tolist(),
            runs.charged.tolist(),
            samples.tolist(),
            runs.stop_reasons,
            strict=True,
        ):
            error = errors.get((*cell, seed)) if reason == "failed" else None
            found.append(
                EndedRun(
                    *cell,
                    seed,
                    charged,
                    math.ceil(at - COST_TIE) if np.isfinite(at) else None,
                    reason,
                    None if error is None else first_line(error),
                    None if error is None else "\n".join(traceback_lines(error)) or None,
                )
            )
    return found


def _errors(folders: Sequence[Path]) -> dict[tuple[str, str, str, int], str]:
    """The recorded errors by protocol, benchmark, method and seed; of several the first."""
    from nasarena.suite.records.store import find_cells, read_runs

    errors: dict[tuple[str, str, str, int], str] = {}
    columns = ["protocol", "benchmark", "method", "seed", "error"]
    for folder in folders:
        for cell in find_cells(folder):
            for row in read_runs(cell).select(columns).to_pylist():
                if row["error"] is not None:
                    key = (row["protocol"], row["benchmark"], row["method"], row["seed"])
                    errors.setdefault(key, row["error"])
    return errors


def print_runs(listed: Sequence[EndedRun], target: "Console", traceback: bool) -> None:
    """Print one table a protocol, and where runs raised their errors: the same error once."""
    from itertools import groupby

    from rich import box
    from rich.table import Table
    from rich.text import Text

    from nasarena.suite.errors import one_line

    if not listed:
        target.print("no run failed")
        return
    for protocol, group in groupby(listed, key=lambda run: run.protocol):
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
        for title in ("benchmark", "method", "seed", "charged", "found at", "ended by", "error"):
            number = title in ("seed", "charged", "found at")
            table.add_column(title, justify="right" if number else "left", overflow="fold")
        for run in group:
            at = "" if run.found_at is None else f"{run.found_at:,}"
            cells = [run.benchmark, run.method, str(run.seed), f"{run.charged:,}", at]
            # Text: what files say is no markup.
            said = [*cells, run.stop_reason, run.error or ""]
            table.add_row(*(Text(one_line(cell, MOST_LETTERS)) for cell in said))
        target.print(Text(one_line(protocol), style="bold"))
        target.print(table)
        target.print()
    if traceback:
        _print_tracebacks(listed, target)


MOST_LETTERS = 100
"""Of a name or an error in the table for a terminal."""


def _print_tracebacks(listed: Sequence[EndedRun], target: "Console") -> None:
    from rich.text import Text

    from nasarena.suite.errors import one_line

    alike: dict[tuple[str, str | None], list[EndedRun]] = {}
    for run in listed:
        if run.error is not None:
            alike.setdefault((run.error, run.traceback), []).append(run)
    for (error, trace), some in alike.items():
        first = some[0]
        where = f"{first.method} on {first.benchmark}, seed {first.seed}"
        more = f" (and {counted(len(some) - 1, 'other run')})" if some[1:] else ""
        target.print(Text(one_line(f"{where}{more}: {error}"), style="bold"))
        target.print(Text(trace or "no traceback is stored"), soft_wrap=True)
        target.print()
