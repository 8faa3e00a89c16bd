"""Two methods side by side, for people and machines."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from nasarena.leaderboard.tables.formats import (
    Column,
    markdown_tables,
    print_blocks,
    records_csv,
    records_json,
)
from nasarena.leaderboard.texts import interval_text, number, printable
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.two_methods import REGRET, SAMPLES, PairedMeasure

if TYPE_CHECKING:
    from rich.console import Console

TITLES = {
    SAMPLES: "samples to the optimum",
    "tau": "tau, whole space",
    "tau_top": "tau, true top 1 %",
    "precision": "precision at 1 % (%)",
}

EXPLANATION = (
    "Labels: the number of charged queries after which both are compared. Regret: of the best "
    "validated architecture. Tau (Kendall's) and precision (the share of the best predicted 1 % "
    "that is in the true best 1 %): of the last predictor trained by then. Means over the seeds "
    "that both have, differences run by run. In brackets: 95 % intervals."
)


def groups(rows: Sequence[PairedMeasure]) -> list[list[PairedMeasure]]:
    """The rows of each protocol and benchmark, in the order in which they come."""
    return [
        list(group) for _, group in groupby(rows, key=lambda row: (row.protocol, row.benchmark))
    ]


def heading(rows: Sequence[PairedMeasure]) -> str:
    """What one table is about."""
    first = rows[0]
    one = first.seeds == 1
    seeds = "one seed in common: no interval" if one else f"{first.seeds} seeds in common"
    return printable(f"{first.benchmark}: {first.protocol}, {seeds}")


def columns(rows: Sequence[PairedMeasure]) -> list[Column]:
    """One table's columns."""
    first = rows[0]
    return [
        Column("labels", [str(row.labels) for row in rows]),
        Column("measure", [_title(row) for row in rows], number=False),
        Column(printable(first.a), [_cell(row, row.of_a) for row in rows]),
        Column(printable(first.b), [_cell(row, row.of_b) for row in rows]),
        Column("difference", [_cell(row, row.difference, signed=True) for row in rows]),
    ]


def _title(row: PairedMeasure) -> str:
    if row.measure != REGRET:
        return TITLES[row.measure]
    return printable(f"regret ({load_benchmark(row.benchmark).objective.gap})")


def _cell(row: PairedMeasure, estimate: Estimate, signed: bool = False) -> str:
    def text(value: float) -> str:
        sign = "+" if signed and value > 0 else "-" if value < 0 else ""
        if row.measure == SAMPLES:
            return sign + number(abs(value))
        if row.measure == "precision":
            return f"{sign}{100 * abs(value):.1f}"
        return f"{sign}{abs(value):.3f}"

    return interval_text(estimate, text)


def print_tables(rows: Sequence[PairedMeasure], console: "Console") -> None:
    """Print one table a protocol and benchmark, a block of lines for each number of labels."""
    for group in groups(rows):
        print_blocks(heading(group), columns(group), [row.labels for row in group], console)
    console.print(EXPLANATION, style="dim")


def to_markdown(rows: Sequence[PairedMeasure]) -> str:
    """The tables as (GitHub's) Markdown."""
    return markdown_tables(
        ((heading(group), columns(group)) for group in groups(rows)), EXPLANATION
    )


TEXT_FORMATS: dict[str, Callable[[Sequence[PairedMeasure]], str]] = {
    "markdown": to_markdown,
    "csv": records_csv,
    "json": records_json,
}
"""What turns rows into text, by the name of the format."""
