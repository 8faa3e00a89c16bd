"""Columns that several tables have."""

from collections.abc import Sequence

from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import Cell, GridColumn
from nasarena.leaderboard.pages.slugs import benchmark_page, method_page
from nasarena.suite.errors import printable


def method_column(findings: Findings, methods: Sequence[str]) -> GridColumn:
    """The names of methods, each with its line in the figures and its page."""
    cells = [
        Cell(printable(method), href=method_page(method), style=findings.styles[method])
        for method in methods
    ]
    return GridColumn("method", "method", cells, number=False)


def benchmark_column(findings: Findings, benchmarks: Sequence[str]) -> GridColumn:
    """The names of benchmarks, each with its page."""
    cells = [
        Cell(benchmark, href=benchmark_page(findings.name, benchmark)) for benchmark in benchmarks
    ]
    return GridColumn("benchmark", "benchmark", cells, number=False)


def not_ranked(findings: Findings, methods: Sequence[str]) -> frozenset[int]:
    """The places of methods with failed or rejected runs."""
    return frozenset(
        place for place, method in enumerate(methods) if not findings.is_ranked(method)
    )


def count(value: float) -> str:
    """A whole number as text."""
    return f"{value:,.0f}"
