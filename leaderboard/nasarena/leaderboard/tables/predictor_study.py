"""The predictor study for people and machines: its table and its figure."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from nasarena.leaderboard.figures.drawing import csv_of
from nasarena.leaderboard.tables.samples import NOTHING, Column, print_blocks, printable
from nasarena.suite.predictor_study.summary import Row
from nasarena.suite.statistics.samples import Estimate

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Measure:
    """One of the three measures: its field in `Row`, its title in the table and on its axis."""

    field: str
    title: str
    axis: str
    percent: bool = False

    def of(self, row: Row) -> Estimate:
        """The measure's mean and interval in one row."""
        mean: Estimate = getattr(row, self.field)
        return mean


MEASURES = (
    Measure("tau", "tau", "Kendall's tau,\nwhole space"),
    Measure("tau_top", "tau in true top 1 %", "Kendall's tau,\ntrue top 1 %"),
    Measure("precision", "precision at 1 % (%)", "precision at top 1 %\n(%)", percent=True),
)

EXPLANATION = (
    "tau: Kendall's tau-b between predicted and mean validation accuracy over the whole space, the "
    "labelled architectures included. tau in true top 1 %: over the best 1 % alone. Precision: "
    "the share of the best predicted 1 % that are among the true best 1 %; chance is about 1 %. "
    "tau minus ridge: ridge regression on one-hot features with the same labelled architectures, "
    "paired by seed. Targets are normal quantiles of ranks. In brackets: 95 % intervals."
)


def benchmarks_of(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each benchmark, in the order in which they come."""
    return [list(group) for _, group in groupby(rows, key=lambda row: row.benchmark)]


def heading(rows: Sequence[Row]) -> str:
    """What one table is about: benchmark, the size of the top, seeds."""
    seeds = {row.seeds for row in rows}
    count = "one seed: no interval" if seeds == {1} else f"{_span(seeds)} seeds"
    return printable(f"{rows[0].benchmark}: top 1 % = {rows[0].top} architectures, {count}")


def _span(values: set[int]) -> str:
    return f"{min(values)} to {max(values)}" if len(values) > 1 else str(min(values))


def columns(rows: Sequence[Row]) -> list[Column]:
    """One table's columns; without the difference to ridge where there is none to any."""
    differences = [row.tau_minus_ridge for row in rows]
    every = [
        Column("labels", [str(row.labels) for row in rows]),
        Column("predictor", [printable(row.predictor) for row in rows], number=False),
        *(
            Column(measure.title, [_cell(measure.of(row), measure.percent) for row in rows])
            for measure in MEASURES
        ),
    ]
    if any(differences):
        cells = [NOTHING if mean is None else _cell(mean, sign="+") for mean in differences]
        every.append(Column("tau minus ridge", cells))
    return every


def _cell(mean: Estimate, percent: bool = False, sign: str = "") -> str:
    def text(value: float) -> str:
        return f"{100 * value:.1f}" if percent else f"{value:{sign}.3f}"

    if mean.low is None or mean.high is None:
        return text(mean.value)
    return f"{text(mean.value)} [{text(mean.low)}, {text(mean.high)}]"


def print_tables(rows: Sequence[Row], console: "Console") -> None:
    """Print one table a benchmark, a block of lines for each number of labels."""
    for group in benchmarks_of(rows):
        print_blocks(heading(group), columns(group), [row.labels for row in group], console)
    console.print(EXPLANATION, style="dim")


def to_markdown(rows: Sequence[Row]) -> str:
    """The tables as (GitHub's) Markdown."""
    parts = []
    for group in benchmarks_of(rows):
        shown = columns(group)
        lines = [
            [column.title for column in shown],
            ["---:" if column.number else ":---" for column in shown],
            *zip(*(column.cells for column in shown), strict=True),
        ]
        body = "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)
        parts.append(f"### {_escaped(heading(group))}\n\n{body}\n")
    return "\n".join([*parts, EXPLANATION + "\n"])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def to_csv(rows: Sequence[Row]) -> str:
    """One line a row, all fields; null is empty, numbers have 6 significant digits."""
    import pandas as pd

    return csv_of(pd.DataFrame([row.flat() for row in rows]))


def to_json(rows: Sequence[Row]) -> str:
    """An array of objects with all fields."""
    return json.dumps([row.flat() for row in rows], indent=2, allow_nan=False) + "\n"


TEXT_FORMATS: dict[str, Callable[[Sequence[Row]], str]] = {
    "markdown": to_markdown,
    "csv": to_csv,
    "json": to_json,
}
"""What turns rows into text, by the name of the format."""
