"""The predictor study for people and machines: its table and its figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from nasarena.leaderboard.tables.formats import (
    Column,
    markdown_tables,
    print_blocks,
    records_csv,
    records_json,
)
from nasarena.leaderboard.texts import NOTHING, interval_text, seed_count
from nasarena.suite.errors import printable
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
    "labelled architectures included. tau in true top 1 %: over the best 1 % only. Precision: "
    "the share of the best predicted 1 % that is in the true best 1 %; by chance about 1 %, more "
    "in a space of fewer than 200, where it is two architectures. "
    "tau minus ridge: ridge regression on one-hot features with the same labelled architectures, "
    "paired by seed. Targets are normal quantiles of ranks. In brackets: 95 % intervals."
)


def benchmarks_of(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each benchmark, in the order in which they come."""
    return [list(group) for _, group in groupby(rows, key=lambda row: row.benchmark)]


def heading(rows: Sequence[Row]) -> str:
    """What one table is about: benchmark, the size of the top, seeds."""
    first, seeds = rows[0], seed_count(row.seeds for row in rows)
    return printable(f"{first.benchmark}: top 1 % = {first.top} architectures, {seeds}")


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

    return interval_text(mean, text)


def print_tables(rows: Sequence[Row], console: "Console") -> None:
    """Print one table a benchmark, a block of lines for each number of labels."""
    for group in benchmarks_of(rows):
        print_blocks(heading(group), columns(group), [row.labels for row in group], console)
    console.print(EXPLANATION, style="dim")


def to_markdown(rows: Sequence[Row]) -> str:
    """The tables as (GitHub's) Markdown."""
    return markdown_tables(
        ((heading(group), columns(group)) for group in benchmarks_of(rows)), EXPLANATION
    )


TEXT_FORMATS: dict[str, Callable[[Sequence[Row]], str]] = {
    "markdown": to_markdown,
    "csv": records_csv,
    "json": records_json,
}
"""What turns rows into text, by the name of the format."""
