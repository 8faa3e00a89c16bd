"""The part of a benchmark's page about a second objective."""

from collections.abc import Sequence
from dataclasses import replace

from nasarena.leaderboard.figures.curves import axis_of
from nasarena.leaderboard.figures.front_figures import fronts, hypervolume_missing
from nasarena.leaderboard.pages.columns import method_column, not_ranked
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import Grid, estimate_column, number_column, text_column
from nasarena.leaderboard.pages.section import Fold, Picture, Section
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.tables.fronts import (
    front_sentence,
    metric_text,
    share_text,
    value_text,
)
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.front_table import FrontRow, in_order, method_rows
from nasarena.suite.statistics.fronts import TwoObjectives, two_objectives
from nasarena.suite.statistics.run_set import RunSet, cut_at


def require_metrics(run_sets: Sequence[RunSet], metrics: Sequence[str]) -> None:
    """Raises UserError for a metric that is a second objective on none of the benchmarks."""
    benchmarks = {runs.benchmark.name: runs.benchmark for runs in run_sets}
    for metric in metrics:
        errors = [_error(benchmark, metric) for benchmark in benchmarks.values()]
        if errors and all(errors):
            raise UserError(str(errors[0]))


def _error(benchmark: Benchmark, metric: str) -> UserError | None:
    try:
        two_objectives(benchmark, metric)
    except UserError as error:
        return error
    return None


def front_sections(
    findings: Findings, benchmark: str, metrics: Sequence[str], points: int
) -> list[Section]:
    """A section for each metric that the benchmark has; curves have about `points` points."""
    cells = findings.comparison.run_sets[benchmark]
    searched = next(iter(cells.values())).benchmark
    return [
        _section(findings, benchmark, two_objectives(searched, metric), points)
        for metric in dict.fromkeys(metrics)
        if _error(searched, metric) is None
    ]


def _section(findings: Findings, benchmark: str, both: TwoObjectives, points: int) -> Section:
    cells = findings.comparison.run_sets[benchmark]
    budget = findings.comparison.budgets[benchmark]
    cut = {method: cut_at(runs, budget) for method, runs in cells.items()}
    rows = in_order(
        [
            [replace(row, failed=row.failed or not findings.is_ranked(method)) for row in found]
            for method, found in zip(cut, method_rows(list(cut.values()), both), strict=True)
        ]
    )
    objective, name = both.benchmark.objective, slug(findings.name, benchmark, both.metric.name)
    ordered = dict.fromkeys(row.method for row in rows if findings.is_ranked(row.method))
    sound = [cut[method] for method in ordered]
    notes = []
    if rows[0].stops_at_optimum:
        notes.append(
            "Runs stop at the optimum, and their front stays as it was: fronts are compared better "
            "under rules that stop at the budget."
        )
    return Section(
        f"front-{slug(both.metric.name)}",
        f"{objective.validation.capitalize()} and {both.metric.name}",
        sentences=[
            "An architecture is on the front if no other is as good in both objectives and better "
            "in one. Hypervolume is the area between the reference point and all that a front "
            "dominates.",
            front_sentence(both),
        ],
        grids=[_hypervolume_grid(findings, name, benchmark, both, rows)],
        pictures=_pictures(findings, name, both, sound, points) if sound else [],
        folded=[Fold("The true front", _front_grid(name, benchmark, both))],
        notes=notes,
    )


def _pictures(
    findings: Findings, name: str, both: TwoObjectives, sound: Sequence[RunSet], points: int
) -> list[Picture]:
    better = "left" if both.metric.direction == "min" else "right"
    up = "higher" if both.benchmark.objective.direction == "max" else "lower"
    note = findings.limit_note(both.benchmark.name)
    return [
        Picture(
            f"{name}-front",
            fronts(sound, both, findings.styles, f"{name}-front"),
            "The true front (line), and the front that each method measured up to the budget: of "
            "the run with the median hypervolume, placed by mean labels. "
            f"{up.capitalize()} and further {better} is better. Points far from the best are left "
            f"out; the CSV has them.{note}",
        ),
        Picture(
            f"{name}-hypervolume",
            hypervolume_missing(sound, both, findings.styles, f"{name}-hypervolume", points),
            "How much of the true front's hypervolume is missing, against "
            f"{axis_of(findings.comparison.unit)}: means over runs with 95 % bootstrap bands. "
            f"Lower is better.{note}",
        ),
    ]


def _hypervolume_grid(
    findings: Findings, name: str, benchmark: str, both: TwoObjectives, rows: Sequence[FrontRow]
) -> Grid:
    methods = list(dict.fromkeys(row.method for row in rows))
    by_key = {(row.method, row.queries): row for row in rows}
    queries = sorted({row.queries for row in rows})
    return Grid(
        name=f"{name}-hypervolumes",
        caption=f"Hypervolume on {benchmark} after so many {findings.comparison.unit}, in percent "
        f"of the true "
        f"front's, for {both.benchmark.objective.validation} and {metric_text(both)}, largest "
        "first; and how much of the true front was queried, percent. Means over runs; brackets: "
        "95 % intervals." + findings.limit_note(benchmark),
        columns=[
            method_column(findings, methods),
            *(
                estimate_column(
                    f"after {count:,}",
                    f"hypervolume_after_{count}",
                    [row.hypervolume if row else None for row in _rows(by_key, methods, count)],
                    share_text,
                )
                for count in queries
            ),
            estimate_column(
                "front found",
                "front_found",
                [row.front_found if row else None for row in _rows(by_key, methods, queries[-1])],
                share_text,
            ),
        ],
        faded=not_ranked(findings, methods),
    )


def _rows(
    by_key: dict[tuple[str, int], FrontRow], methods: Sequence[str], queries: int
) -> list[FrontRow | None]:
    return [by_key.get((method, queries)) for method in methods]


def _front_grid(name: str, benchmark: str, both: TwoObjectives) -> Grid:
    objective, ids = both.benchmark.objective, both.front
    decimals = 3 if objective.is_accuracy else 4
    unit = f" ({objective.unit})" if objective.unit else ""
    return Grid(
        name=f"{name}-true-front",
        caption=f"The true front of {objective.validation} and {metric_text(both)} on {benchmark}.",
        columns=[
            text_column(
                "architecture",
                "architecture",
                [both.benchmark.space.key(id) for id in ids.tolist()],
            ),
            number_column(
                f"{objective.validation}{unit}",
                "validation",
                objective.measured(both.first[ids]).tolist(),
                lambda value: f"{value:.{decimals}f}",
            ),
            number_column(
                metric_text(both),
                both.metric.name,
                both.as_measured(both.second[ids]).tolist(),
                value_text,
            ),
        ],
    )
