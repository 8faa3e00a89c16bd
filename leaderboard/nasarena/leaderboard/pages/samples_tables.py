"""Tables of what it takes to reach the optimum and other goals on one benchmark."""

import math
from collections.abc import Callable, Sequence

from nasarena.leaderboard.pages.columns import method_column, not_ranked
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import (
    Cell,
    Grid,
    GridColumn,
    estimate_cell,
    estimate_column,
    number_column,
    text_column,
)
from nasarena.leaderboard.pages.method_facts import tuned_here
from nasarena.leaderboard.pages.other_sources import is_of_other_source
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.tables.samples import ERT, columns, found_share, mean_samples
from nasarena.leaderboard.texts import number, percent, spent
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.goal_table import GoalRow
from nasarena.suite.statistics.goals import GOALS
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.summary import Row

_VALUES: dict[str, tuple[str, Callable[[Row], Estimate | float | None]]] = {
    "seeds": ("seeds", lambda row: row.seeds),
    "samples, mean": (
        "samples",
        mean_samples,
    ),
    "found, %": (
        "found_share",
        found_share,
    ),
    "median": ("median_samples", lambda row: row.median_samples),
    ERT: ("ert", lambda row: row.ert),
    "rounds": ("rounds", lambda row: row.rounds),
    "regret": ("best_validation_regret", lambda row: row.best_validation_regret),
    "test of best": ("test_of_best_validation", lambda row: row.test_of_best_validation),
    "oracle test": ("oracle_test", lambda row: row.oracle_test),
}
"""The names in files and the numbers of the columns of `nasarena table`, by their titles."""


def samples_grid(findings: Findings, benchmark: str) -> Grid:
    """Samples to the optimum: the columns of `nasarena table`, cut at one budget for all."""
    rows = findings.samples[benchmark]
    methods = [row.method for row in rows]
    budget = findings.comparison.budgets[benchmark]
    _, *shown, last = columns(rows)
    grid_columns = [method_column(findings, methods)]
    for column in shown:
        key, values = _VALUES[column.title]
        scale = budget if column.title == "samples, mean" else None
        cells = [
            _cell(text, values(row), scale) for text, row in zip(column.cells, rows, strict=True)
        ]
        grid_columns.append(GridColumn(column.title, key, cells))
    own = [findings.comparison.run_sets[benchmark][method].identity.budget for method in methods]
    if set(own) != {budget}:
        grid_columns.append(number_column("own budget", "own_budget", own, "{:,.0f}".format))
    grid_columns += [
        text_column("audit", "audit", [_audit(findings, row) for row in rows]),
        text_column(
            "tuned here", "tuned_here", [tuned_here(findings, m, benchmark) for m in methods]
        ),
        text_column(last.title, "stopped_because", _endings(findings, rows, last.cells)),
    ]
    objective = load_benchmark(benchmark).objective
    faded = not_ranked(findings, methods)
    order = "fewest first" + (", methods that are not ranked last" if faded else "")
    return Grid(
        name=f"{slug(findings.name, benchmark)}-samples",
        caption=f"Samples to the optimum on {benchmark}, {order}, all counted up to "
        f"{spent(findings.comparison.unit, budget)}. Brackets: 95 % intervals. "
        + (
            "Found and tests in percent, regret in points."
            if objective.is_accuracy
            else f"Found in percent. {objective.units}"
        )
        + findings.limit_note(benchmark),
        columns=grid_columns,
        faded=faded,
    )


def _cell(text: str, value: Estimate | float | None, scale: float | None) -> Cell:
    if isinstance(value, Estimate):
        return Cell(text, value.value, value.low, value.high, scale=scale)
    return Cell(text, value)


def _audit(findings: Findings, row: Row) -> str:
    """The verdict on a row's runs, and whether other source made them than is installed."""
    runs = findings.comparison.run_sets[row.benchmark][row.method]
    other = "; not made by the installed source" if is_of_other_source(runs) else ""
    return f"{row.verdict}{other}"


def _endings(findings: Findings, rows: Sequence[Row], texts: Sequence[str]) -> list[str]:
    elsewhere = [row.ranked and not findings.is_ranked(row.method) for row in rows]
    rejected = findings.comparison.rejected_methods
    return [
        f"{text}: not ranked, as runs on other benchmarks "
        f"{'were rejected' if row.method in rejected else 'failed'}"
        if is_elsewhere
        else text
        for row, text, is_elsewhere in zip(rows, texts, elsewhere, strict=True)
    ]


def goals_grid(findings: Findings, benchmark: str) -> Grid:
    """Restricted mean samples to each goal, a column a goal."""
    methods = [row.method for row in findings.samples[benchmark]]
    by_key = _by_method_and_goal(findings.goals[benchmark])
    budgets = [row.budget for row in findings.goals[benchmark]]
    shown = [
        GridColumn(
            goal.title,
            f"samples_to_{goal.slug.replace('-', '_')}",
            [_goal_cell(by_key[method, goal.slug]) for method in methods],
        )
        for goal in GOALS
    ]
    return Grid(
        name=f"{slug(findings.name, benchmark)}-goals",
        caption=f"Mean samples to each goal on {benchmark}, counted up to "
        f"{spent(findings.comparison.unit, *budgets)}. Below: the success rate, if below 100 %. "
        f"Brackets: 95 % intervals.{findings.limit_note(benchmark)}",
        columns=[method_column(findings, methods), *shown],
        faded=not_ranked(findings, methods),
    )


def _goal_cell(row: GoalRow) -> Cell:
    share = row.found.value
    return estimate_cell(row.samples, number, "" if share == 1 else f"{percent(share)} % reach it")


def cost_grid(findings: Findings, benchmark: str) -> Grid | None:
    """Simulated training hours to the goals; None where the table has no training seconds."""
    methods = [row.method for row in findings.samples[benchmark]]
    by_key = _by_method_and_goal(findings.goals[benchmark])
    optimum = [by_key[method, GOALS[0].slug] for method in methods]
    if all(row.hours is None for row in optimum):
        return None
    shown = [
        estimate_column(
            f"hours to {goal.title}",
            f"hours_to_{goal.slug.replace('-', '_')}",
            [by_key[method, goal.slug].hours for method in methods],
            hours,
        )
        for goal in GOALS
    ]
    more = [
        number_column("median", "median_hours", [row.median_hours for row in optimum], hours),
        number_column(ERT, "ert_hours", [row.ert_hours for row in optimum], hours),
    ]
    dash = any(cell.value is None for column in more for cell in column.cells)
    return Grid(
        name=f"{slug(findings.name, benchmark)}-hours",
        caption=f"Hours of training the queried architectures of {benchmark}, as its source "
        "recorded them. The methods' own time is not included; queries that a run did not make "
        "count as average architectures. Brackets: 95 % intervals. Median and ERT (expected hours "
        "with restarts) are to the optimum."
        + (" A dash: at least half of the runs (median), or all (ERT), did not find it." * dash),
        columns=[method_column(findings, methods), shown[0], *more, *shown[1:]],
        faded=not_ranked(findings, methods),
    )


def hours(value: float) -> str:
    """Hours with three significant digits, also where they are minutes or seconds."""
    decimals = 2 - math.floor(math.log10(value)) if 0 < value < 1 else 0
    return f"{value:.{decimals}f}" if decimals else number(value)


def _by_method_and_goal(rows: Sequence[GoalRow]) -> dict[tuple[str, str], GoalRow]:
    return {(row.method, row.goal): row for row in rows}
