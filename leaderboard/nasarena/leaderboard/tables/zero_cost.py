"""How well zero-cost scores order tables, for people and machines."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nasarena.leaderboard.tables.formats import (
    Column,
    markdown_tables,
    print_blocks,
    records_csv,
    records_json,
)
from nasarena.leaderboard.texts import NOTHING, interval_text, span
from nasarena.suite.errors import printable
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.score_quality import ScoreRow

if TYPE_CHECKING:
    from rich.console import Console

EXPLANATION = (
    "Spearman's rank correlation between a score and the mean validation value (better is higher): "
    "over all architectures that have the score, and over the best tenth of these by that value. "
    "Minus params: less the correlation of the number of parameters on the same architectures. In "
    "brackets: 95 % intervals over resampled architectures; training noise is not in them. Where "
    "an interval of a difference lies above 0, the score orders better than parameters do."
)


def heading(rows: Sequence[ScoreRow]) -> str:
    """What one table is about: the benchmark, and how many architectures have scores."""
    counts = span([row.architectures for row in rows])
    return printable(
        f"{rows[0].benchmark}: {counts} architectures with scores, "
        f"{span([row.top for row in rows])} in the top tenth"
    )


def best_first(rows: Sequence[ScoreRow]) -> list[ScoreRow]:
    """The rows of a benchmark, the highest correlation first."""
    return sorted(rows, key=lambda row: (-row.spearman.value, row.score))


def columns(rows: Sequence[ScoreRow]) -> list[Column]:
    """The columns of one table; seconds only where the source has some."""
    shown = [
        Column("score", [printable(row.score) for row in rows], number=False),
        Column("all", [correlation(row.spearman) for row in rows]),
        Column("minus params", [difference(row.minus_params) for row in rows]),
        Column("top tenth", [correlation(row.spearman_top) for row in rows]),
        Column("minus params, top", [difference(row.minus_params_top) for row in rows]),
    ]
    if any(row.seconds is not None for row in rows):
        seconds = [NOTHING if row.seconds is None else f"{row.seconds:.2g}" for row in rows]
        shown.append(Column("seconds", seconds))
    return shown


def correlation(estimate: Estimate) -> str:
    """`0.732 [0.721, 0.743]`."""
    return interval_text(estimate, "{:.3f}".format)


def difference(estimate: Estimate | None) -> str:
    """The same with a sign; a dash where there is none."""
    return NOTHING if estimate is None else interval_text(estimate, "{:+.3f}".format)


def print_tables(tables: Sequence[Sequence[ScoreRow]], console: "Console") -> None:
    """Print one table a benchmark."""
    for rows in map(best_first, tables):
        print_blocks(heading(rows), columns(rows), [0] * len(rows), console)
    console.print(EXPLANATION, style="dim")


def to_markdown(tables: Sequence[Sequence[ScoreRow]]) -> str:
    """The tables as (GitHub's) Markdown."""
    ordered = map(best_first, tables)
    return markdown_tables(((heading(rows), columns(rows)) for rows in ordered), EXPLANATION)


def _together(tables: Sequence[Sequence[ScoreRow]]) -> list[ScoreRow]:
    return [row for rows in tables for row in best_first(rows)]


TEXT_FORMATS: dict[str, Callable[[Sequence[Sequence[ScoreRow]]], str]] = {
    "markdown": to_markdown,
    "csv": lambda tables: records_csv(_together(tables)),
    "json": lambda tables: records_json(_together(tables)),
}
"""What turns the rows of benchmarks into text, by the name of the format."""
