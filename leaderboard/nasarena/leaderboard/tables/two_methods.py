"""Two methods side by side, for people and machines."""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from nasarena.leaderboard.figures.drawing import csv_of
from nasarena.leaderboard.tables.samples import (
    Column,
    markdown_escaped,
    markdown_table,
    number,
    print_blocks,
    printable,
)
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.two_methods import REGRET, SAMPLES, Contrast

if TYPE_CHECKING:
    from rich.console import Console

TITLES = {
    SAMPLES: "samples to the optimum",
    REGRET: "regret (points)",
    "tau": "tau, whole space",
    "tau_top": "tau, true top 1 %",
    "precision": "precision at 1 % (%)",
}

EXPLANATION = (
    "After so many labels (charged queries): regret of the best validated; Kendall's tau, and the "
    "share of the best predicted 1 % that are among the true best 1 %, of the last predictor "
    "trained by then. Means over the seeds that both have, differences run by run. In brackets: "
    "95 % intervals."
)


def groups(rows: Sequence[Contrast]) -> list[list[Contrast]]:
    """The rows of each protocol and benchmark, in the order in which they come."""
    return [
        list(group) for _, group in groupby(rows, key=lambda row: (row.protocol, row.benchmark))
    ]


def heading(rows: Sequence[Contrast]) -> str:
    """What one table is about."""
    first = rows[0]
    one = first.seeds == 1
    seeds = "one seed in common: no interval" if one else f"{first.seeds} seeds in common"
    return printable(f"{first.benchmark}: {first.protocol}, {seeds}")


def columns(rows: Sequence[Contrast]) -> list[Column]:
    """One table's columns."""
    first = rows[0]
    return [
        Column("labels", [str(row.labels) for row in rows]),
        Column("measure", [TITLES[row.measure] for row in rows], number=False),
        Column(printable(first.a), [_cell(row, row.of_a) for row in rows]),
        Column(printable(first.b), [_cell(row, row.of_b) for row in rows]),
        Column("difference", [_cell(row, row.difference, signed=True) for row in rows]),
    ]


def _cell(row: Contrast, estimate: Estimate, signed: bool = False) -> str:
    def text(value: float) -> str:
        sign = "+" if signed and value > 0 else "-" if value < 0 else ""
        if row.measure == SAMPLES:
            return sign + number(abs(value))
        if row.measure == "precision":
            return f"{sign}{100 * abs(value):.1f}"
        return f"{sign}{abs(value):.3f}"

    if estimate.low is None or estimate.high is None:
        return text(estimate.value)
    return f"{text(estimate.value)} [{text(estimate.low)}, {text(estimate.high)}]"


def print_tables(rows: Sequence[Contrast], console: "Console") -> None:
    """Print one table a protocol and benchmark, a block of lines for each number of labels."""
    for group in groups(rows):
        print_blocks(heading(group), columns(group), [row.labels for row in group], console)
    console.print(EXPLANATION, style="dim")


def to_markdown(rows: Sequence[Contrast]) -> str:
    """The tables as (GitHub's) Markdown."""
    parts = [
        f"### {markdown_escaped(heading(group))}\n\n{markdown_table(columns(group))}\n"
        for group in groups(rows)
    ]
    return "\n".join([*parts, EXPLANATION + "\n"])


def to_csv(rows: Sequence[Contrast]) -> str:
    """One line a row, all fields; null is empty, numbers have 6 significant digits."""
    import pandas as pd

    return csv_of(pd.DataFrame([row.flat() for row in rows]))


def to_json(rows: Sequence[Contrast]) -> str:
    """An array of objects with all fields."""
    return json.dumps([row.flat() for row in rows], indent=2, allow_nan=False) + "\n"


TEXT_FORMATS: dict[str, Callable[[Sequence[Contrast]], str]] = {
    "markdown": to_markdown,
    "csv": to_csv,
    "json": to_json,
}
"""What turns rows into text, by the name of the format."""
