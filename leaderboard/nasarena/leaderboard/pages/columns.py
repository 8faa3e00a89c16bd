"""Columns that several tables have."""

from collections.abc import Mapping, Sequence

from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import Cell, Column
from nasarena.leaderboard.pages.slugs import benchmark_page, method_page
from nasarena.leaderboard.tables.samples import printable
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.summary import Row


def method_column(methods: Sequence[str], styles: Mapping[str, Style]) -> Column:
    """The names of methods, each with its line in the figures and its page."""
    cells = [
        Cell(printable(method), href=method_page(method), style=styles[method])
        for method in methods
    ]
    return Column("method", "method", cells, number=False)


def benchmark_column(findings: Findings, benchmarks: Sequence[str]) -> Column:
    """The names of benchmarks, each with its page."""
    cells = [
        Cell(benchmark, href=benchmark_page(findings.name, benchmark)) for benchmark in benchmarks
    ]
    return Column("benchmark", "benchmark", cells, number=False)


def mean_samples(row: Row) -> Estimate:
    """The restricted mean of a row's samples."""
    return Estimate(row.restricted_mean_samples, row.restricted_mean_low, row.restricted_mean_high)


def not_ranked(findings: Findings, methods: Sequence[str]) -> frozenset[int]:
    """The places of methods with failed runs."""
    return frozenset(
        place for place, method in enumerate(methods) if not findings.is_ranked(method)
    )


def count(value: float) -> str:
    """A whole number as text."""
    return f"{value:,.0f}"
