"""The tables of live benchmarks, whose optimum is not known."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasarena.leaderboard.pages.commands import Reproduction, reproduction
from nasarena.leaderboard.tables.formats import Column
from nasarena.leaderboard.tables.samples import columns, heading, tables
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.summary import Row


@dataclass(frozen=True)
class LiveTable:
    """The runs on one live benchmark under one protocol: a heading, and columns of plain texts.

    `reproductions` says how the runs of each row are made again. Of a surrogate, `facts` say what
    predicts and how well, by their names.
    """

    is_surrogate: bool
    facts: dict[str, str]
    heading: str
    columns: list[Column]
    reproductions: list[Reproduction]

    @property
    def rows(self) -> list[tuple[tuple[str, bool], ...]]:
        """Each row's texts, and whether they are numbers."""
        marked = [[(cell, column.number) for cell in column.cells] for column in self.columns]
        return list(zip(*marked, strict=True))


def live_tables(rows: Sequence[Row], run_sets: Sequence[RunSet]) -> list[LiveTable]:
    """The tables of the rows without a known optimum, made of some of the run sets."""
    made_of = {
        (runs.identity.protocol, runs.identity.benchmark, runs.identity.method): runs
        for runs in run_sets
    }
    found = []
    for group in tables([row for row in rows if not row.optimum_known]):
        benchmark = load_benchmark(group[0].benchmark)
        found.append(
            LiveTable(
                benchmark.is_surrogate,
                benchmark.further_facts() if benchmark.is_surrogate else {},
                heading(group),
                columns(group),
                [reproduction(made_of[row.protocol, row.benchmark, row.method]) for row in group],
            )
        )
    return found
