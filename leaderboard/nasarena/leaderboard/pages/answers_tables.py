"""Tables of what methods answer after fixed numbers of queries, under each policy."""

from collections.abc import Callable, Mapping, Sequence

from nasarena.leaderboard.pages.columns import method_column, not_ranked
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import HEAVY_TAIL, Grid, GridColumn, estimate_column
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.texts import number, spent
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.fixed_budgets import FixedBudget
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.tables.objective import Objective

Answers = Mapping[str, FixedBudget]
"""What one method answers, by policy."""

_COLUMNS: tuple[tuple[str, str, int, Callable[[Answers], Estimate | None]], ...] = (
    ("regret", "regret", 3, lambda by: by["best_validation"].regret),
    ("true rank", "rank", -1, lambda by: by["best_validation"].rank),
    ("test of best", "test", 2, lambda by: by["best_validation"].test),
    ("oracle test", "oracle_test", 2, lambda by: by["oracle_test"].test),
    ("overstates by", "overstatement", 2, lambda by: by["oracle_test"].overstatement),
    ("oracle test, paper's", "paper_oracle_test", 2, lambda by: by["oracle_test_paper"].test),
    (
        "paper's overstates by",
        "paper_overstatement",
        2,
        lambda by: by["oracle_test_paper"].overstatement,
    ),
    ("test of recommended", "recommended_test", 2, lambda by: by["recommended"].test),
    ("regret of recommended", "recommended_regret", 3, lambda by: by["recommended"].regret),
    ("better than average, %", "improvement", 2, lambda by: by["best_validation"].improvement),
)
"""Title, name in files, decimals (-1 for three significant digits), and what is shown."""


AGREE = (
    ' "0 in 30 of 30": all 30 runs have this value; below: the largest share of runs that could '
    "differ from it (95 %)."
)
UNKNOWN = " A dash: the method's runs do not have this value."
TAIL = " Heavy tail: a few runs dominate the mean, and its interval is often too narrow."


def answer_grids(
    findings: Findings,
    benchmark: str,
) -> list[tuple[int, Grid]]:
    """A table for each fixed budget that some method reached: best first by regret."""
    by_budget: dict[int, dict[str, dict[str, FixedBudget]]] = {}
    for row in findings.fixed[benchmark]:
        by_budget.setdefault(row.budget, {}).setdefault(row.method, {})[row.policy] = row
    grids = []
    for budget, by_method in by_budget.items():
        methods = sorted(
            (method for method, answers in by_method.items() if _says_something(answers)),
            key=lambda method: (_regret(by_method[method]), method),
        )
        if methods:
            grids.append((budget, _grid(findings, benchmark, budget, methods, by_method)))
    return grids


def _says_something(answers: Answers) -> bool:
    return any(value(answers) is not None for *_, value in _COLUMNS)


def _regret(answers: Answers) -> float:
    regret = answers["best_validation"].regret
    return float("inf") if regret is None else regret.value


def _grid(
    findings: Findings,
    benchmark: str,
    budget: int,
    methods: Sequence[str],
    by_method: Mapping[str, Answers],
) -> Grid:
    objective = load_benchmark(benchmark).objective
    every = [
        estimate_column(
            title,
            key,
            [value(by_method[method]) for method in methods],
            _decimals(decimals, objective),
        )
        for title, key, decimals, value in _COLUMNS
    ]
    shown = [column for column in every if _has_values(column)]
    notes = " ".join(cell.note for column in shown for cell in column.cells)
    return Grid(
        name=f"{slug(findings.name, benchmark)}-after-{budget}",
        caption=f"Best architecture on {benchmark} after "
        f"{spent(findings.comparison.unit, budget)}, lowest regret first. "
        "Means over runs; brackets: 95 % intervals. "
        + (
            "Regret in points, test accuracies in percent."
            if objective.is_accuracy
            else objective.units
        )
        + (AGREE if "differ" in notes else "")
        + (UNKNOWN if any(cell.value is None for one in shown for cell in one.cells) else "")
        + (TAIL if HEAVY_TAIL in notes else "")
        + findings.limit_note(benchmark),
        columns=[method_column(findings, methods), *shown],
        faded=not_ranked(findings, methods),
    )


def _has_values(column: GridColumn) -> bool:
    return any(cell.value is not None for cell in column.cells)


def _decimals(decimals: int, objective: Objective) -> Callable[[float], str]:
    """So many decimals of accuracies; four significant digits of others, which may be small."""
    if decimals < 0:
        return number
    if not objective.is_accuracy:
        return "{:.4g}".format
    return lambda value: f"{value:.{decimals}f}"
