"""What can be said of live benchmarks, whose optimum nobody knows: a table each."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.tables import Column, columns, heading, tables
from suite.statistics.summary import Row


@dataclass(frozen=True)
class LiveTable:
    """The runs on one live benchmark under one protocol: a heading, and columns of plain texts."""

    heading: str
    columns: list[Column]

    @property
    def rows(self) -> list[tuple[tuple[str, bool], ...]]:
        """Each row's texts, and whether they are numbers."""
        marked = [[(cell, column.number) for cell in column.cells] for column in self.columns]
        return list(zip(*marked, strict=True))


def live_tables(rows: Sequence[Row]) -> list[LiveTable]:
    """The tables of rows without a known optimum."""
    return [LiveTable(heading(group), columns(group)) for group in tables(rows)]
