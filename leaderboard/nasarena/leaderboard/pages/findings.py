"""All that statistics say of a comparison, worked out once for the pages that show it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeVar

from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.pages.pairs import Judgement, judge
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.verdicts import Mark, worst
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.critical_difference import CriticalDifference, critical_difference
from nasarena.suite.statistics.facts import Facts, facts
from nasarena.suite.statistics.fixed_budgets import FixedBudget, fixed_budgets
from nasarena.suite.statistics.goal_table import GoalRow, goal_table
from nasarena.suite.statistics.left_out_methods import LeftOut, left_out_methods
from nasarena.suite.statistics.pairwise import Difference, differences
from nasarena.suite.statistics.published import Verdict, verdicts
from nasarena.suite.statistics.ranking import Ranking, ranking
from nasarena.suite.statistics.run_set import cut_at
from nasarena.suite.statistics.summary import Row, summary_rows

T = TypeVar("T", GoalRow, FixedBudget)


@dataclass(frozen=True)
class Findings:
    """The statistics of a comparison, those of benchmarks by their names, and how its methods are
    drawn.

    `samples` are cut at the comparison's budgets: fewest first, methods with failed or rejected
    runs last. `without_hard` is None where no benchmark is hard.
    """

    comparison: Comparison
    styles: Mapping[str, Style]
    samples: dict[str, list[Row]]
    goals: dict[str, list[GoalRow]]
    fixed: dict[str, list[FixedBudget]]
    differences: dict[str, list[Difference]]
    ranking: Ranking
    left_out: list[LeftOut]
    without_hard: Ranking | None
    critical: CriticalDifference
    published: list[Verdict]

    @property
    def name(self) -> str:
        """The comparison's name."""
        return self.comparison.name

    def limit(self, benchmark: str) -> str:
        """The limit on a benchmark, as its protocol states it; "" for none."""
        return next(iter(self.comparison.run_sets[benchmark].values())).identity.limit

    def limit_note(self, benchmark: str) -> str:
        """What captions say of the limit on a benchmark; "" where there is none."""
        text = next(iter(self.comparison.run_sets[benchmark].values())).benchmark.limit_text
        return f" Only architectures with {text} can be the answer." if text else ""

    def is_ranked(self, method: str) -> bool:
        """Whether none of the method's runs failed or was rejected, on any benchmark."""
        return method not in self.comparison.unranked_methods

    def verdict(self, method: str, benchmarks: Iterable[str]) -> Mark:
        """What an audit said of the method's runs on some benchmarks: the worst of it."""
        cells = [self.comparison.run_sets[name].get(method) for name in benchmarks]
        return worst(runs.mark for runs in cells if runs is not None)

    def row(self, benchmark: str, method: str) -> Row:
        """The row of a method on a benchmark."""
        return next(row for row in self.samples[benchmark] if row.method == method)

    def ranked(self, benchmark: str) -> list[Row]:
        """The rows of a benchmark's methods without failed runs."""
        return [row for row in self.samples[benchmark] if self.is_ranked(row.method)]

    @cached_property
    def judgements(self) -> dict[str, Judgement]:
        """Who needs fewest samples on each benchmark, and how sure that is."""
        return {
            benchmark: judge(
                {row.method: row.restricted_mean_samples for row in self.ranked(benchmark)},
                [row.method for row in self.ranked(benchmark) if row.found_share > 0],
                self.differences[benchmark],
            )
            for benchmark in self.comparison.benchmarks
        }


def run_count(comparison: Comparison) -> int:
    """The number of all runs of a comparison."""
    return sum(runs.count for cells in comparison.run_sets.values() for runs in cells.values())


def findings(comparison: Comparison, styles: Mapping[str, Style]) -> Findings:
    """Everything that the pages say of a comparison, whose methods are drawn in these styles."""
    whole = ranking(comparison)
    return Findings(
        comparison=comparison,
        styles=styles,
        samples={benchmark: _samples(comparison, benchmark) for benchmark in comparison.benchmarks},
        goals=_by_benchmark(goal_table(comparison)),
        fixed=_by_benchmark(fixed_budgets(comparison)),
        differences=differences(comparison),
        ranking=whole,
        left_out=left_out_methods(comparison, whole),
        without_hard=ranking(comparison, leave_out_hard=True) if whole.hard else None,
        critical=critical_difference(comparison),
        published=verdicts(comparison),
    )


def _samples(comparison: Comparison, benchmark: str) -> list[Row]:
    budget = comparison.budgets[benchmark]
    rows = summary_rows([cut_at(runs, budget) for runs in comparison.run_sets[benchmark].values()])
    return sorted(
        rows,
        key=lambda row: (
            row.method in comparison.unranked_methods,
            row.restricted_mean_samples,
            row.method,
        ),
    )


def _by_benchmark(rows: Iterable[T]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        groups[row.benchmark].append(row)
    return groups


@cache
def facts_of(benchmark: str, limit: str = "") -> Facts:
    """The facts of a registered benchmark, under a limit if one is given, worked out once."""
    return facts(load_benchmark(benchmark, limit))
