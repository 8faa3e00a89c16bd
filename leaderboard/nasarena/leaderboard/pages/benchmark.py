"""The page of a benchmark under a comparison's rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from nasarena.leaderboard.pages.answers_tables import answer_grids
from nasarena.leaderboard.pages.commands import Reproduction, reproduction
from nasarena.leaderboard.pages.facts_card import facts_card
from nasarena.leaderboard.pages.findings import Findings, facts_of
from nasarena.leaderboard.pages.pairs import MOST_PAIRS, Judgement
from nasarena.leaderboard.pages.pairs_table import adequacy_sentence, pairs_grid, pairs_of_best_grid
from nasarena.leaderboard.pages.rules import rules
from nasarena.leaderboard.pages.samples_tables import cost_grid, goals_grid, samples_grid
from nasarena.leaderboard.pages.scores_table import scores_sections
from nasarena.leaderboard.pages.section import Fold, Picture, Section
from nasarena.leaderboard.pages.slugs import benchmark_page, every_pair_file, method_page
from nasarena.leaderboard.texts import number, seed_count, spent
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import printable
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples

SHOWN_PAIRS = 15
"""So many pairs of methods are shown at once; of more only those of the best, the others folded."""


@dataclass(frozen=True)
class BenchmarkPage:
    """What the page of a benchmark shows.

    `others` are links to its neighbours by their names, `compare` one to the compare page.
    """

    path: str
    comparison: str
    benchmark: str
    judgement: Judgement
    href: str
    rules: list[str]
    sections: list[Section]
    facts: dict[str, str]
    noise: str
    reproductions: list[Reproduction]
    others: dict[str, str]
    compare: str


def benchmark_page_of(
    findings: Findings,
    benchmark: str,
    pictures: Mapping[str, Picture],
    fronts: Sequence[Section] = (),
) -> BenchmarkPage:
    """The page of a benchmark; its figures by their kind, and sections on second objectives."""
    cells = findings.comparison.run_sets[benchmark]
    note = findings.limit_note(benchmark)
    pictures = {
        kind: replace(shown, caption=shown.caption + note) for kind, shown in pictures.items()
    }
    judgement = findings.judgements[benchmark]
    return BenchmarkPage(
        path=benchmark_page(findings.name, benchmark),
        comparison=findings.name,
        benchmark=benchmark,
        judgement=judgement,
        href=method_page(judgement.best) if judgement.best else "",
        rules=rules(findings.comparison),
        sections=[
            _samples(
                findings, benchmark, [shown for kind, shown in pictures.items() if kind != "cost"]
            ),
            _goals(findings, benchmark),
            _answers(findings, benchmark),
            _cost(findings, benchmark, pictures),
            *fronts,
            _pairs(findings, benchmark),
            *scores_sections(findings.name, benchmark),
        ],
        facts=facts_card(benchmark, findings.limit(benchmark)),
        noise=facts_of(benchmark, findings.limit(benchmark)).noise,
        reproductions=[reproduction(cells[row.method]) for row in findings.samples[benchmark]],
        others={
            other: benchmark_page(findings.name, other)
            for other in findings.comparison.benchmarks
            if other != benchmark
        },
        compare="compare.html#" + urlencode({"c": printable(findings.name), "b": benchmark}),
    )


def _samples(
    findings: Findings,
    benchmark: str,
    pictures: Sequence[Picture],
) -> Section:
    runs = next(iter(findings.comparison.run_sets[benchmark].values()))
    budget = findings.comparison.budgets[benchmark]
    seeds = seed_count(row.seeds for row in findings.samples[benchmark])
    notes = [] if pictures else ["No figures: every method has failed or rejected runs."]
    return Section(
        "samples",
        "Samples to the optimum",
        sentences=[
            f"Budget {spent(findings.comparison.unit, budget)}, {seeds}. "
            + random_search_sentence(runs.benchmark, budget, runs.identity.duplicates),
            *([runs.benchmark.limit_sentence] if runs.identity.limit else []),
        ],
        grids=[samples_grid(findings, benchmark)],
        pictures=pictures,
        notes=notes,
    )


def random_search_sentence(benchmark: Benchmark, budget: int, duplicates: str) -> str:
    """Random search's exact expectation."""
    limited = expected_restricted_samples(benchmark, budget, duplicates)
    all_of_them = benchmark.chargeable(duplicates)
    unlimited = expected_restricted_samples(benchmark, all_of_them, duplicates)
    whole = f"{unlimited:,.0f}" if unlimited >= 1000 else number(unlimited)
    return (
        f"Random search needs {number(limited)} samples on average, counted up to the budget "
        f"({whole} without a budget). These values are exact, not simulated."
    )


def _goals(findings: Findings, benchmark: str) -> Section:
    return Section(
        "goals",
        "Other goals",
        sentences=[
            "Where many architectures are nearly as good as the optimum, these goals say more than "
            "samples to the optimum. All goals use the "
            f"{facts_of(benchmark).objective.validation} averaged over training runs."
        ],
        grids=[goals_grid(findings, benchmark)],
    )


def _answers(findings: Findings, benchmark: str) -> Section:
    tables, unit = answer_grids(findings, benchmark), findings.comparison.unit
    objective = facts_of(benchmark).objective
    accuracy = objective.is_accuracy
    test = "test accuracy" if accuracy else "test value"
    has_tests = facts_of(benchmark).mean_test is not None
    sentences = [
        f"Regret{', ' if has_tests else ' and '}true rank (geometric mean; 1 is best)"
        f"{f' and {test}' if has_tests else ''} of the architecture with the best "
        f"{objective.validation} so far."
    ]
    if any(column.key == "oracle_test" for _, grid in tables for column in grid.columns):
        sentences.append(
            f"An oracle picks by {test}, which a search does not know; “overstates by” says by how "
            "much its result is too good."
        )
    # Open is the last budget that all methods have.
    common = findings.comparison.budgets[benchmark]
    shared = max((budget for budget, _ in tables if budget <= common), default=0)
    notes = []
    if not has_tests:
        notes.append(
            "The source has no test accuracies: regret and rank are by validation accuracy."
            if accuracy
            else "There are no test values besides the labels: regret and rank are by "
            f"{objective.name}."
        )
    elif _stops_at_optimum(findings, benchmark):
        notes.append(
            "Runs stop at the optimum, so the oracle test and recommendations at the budget are "
            "not known."
        )
    if not tables:
        notes.append(f"No method was run for 50 {unit}, the smallest number shown here.")
    return Section(
        "answers",
        f"Best architecture after N {unit}",
        sentences=sentences,
        folded=[
            Fold(f"After {spent(unit, budget)}", grid, budget == shared) for budget, grid in tables
        ],
        notes=notes,
    )


def _stops_at_optimum(findings: Findings, benchmark: str) -> bool:
    cells = findings.comparison.run_sets[benchmark].values()
    return any(runs.identity.stop == "optimum" for runs in cells)


def _cost(
    findings: Findings,
    benchmark: str,
    pictures: Mapping[str, Picture],
) -> Section:
    grid = cost_grid(findings, benchmark)
    if grid is None:
        several = findings.comparison.unit != "queries"
        why = (
            "Costs are counted in full trainings, not in hours."
            if several
            else "The source records no training times: hours are not known."
        )
        return Section("cost", "Cost", notes=[why])
    return Section(
        "cost",
        "Cost",
        sentences=["Hours of training the queried architectures until each goal was reached."],
        grids=[grid],
        pictures=[pictures["cost"]] if "cost" in pictures else [],
    )


def _pairs(findings: Findings, benchmark: str) -> Section:
    grid = pairs_grid(findings, benchmark)
    if grid is None:
        return Section(
            "pairs",
            "Pair by pair",
            notes=["Fewer than two ranked methods: there is nothing to compare."],
        )
    said = adequacy_sentence(findings, benchmark)
    count = len(grid.columns[0].cells)
    few = count <= SHOWN_PAIRS
    many = count > MOST_PAIRS
    file = every_pair_file(findings.name)
    return Section(
        "pairs",
        "Pair by pair",
        sentences=[said] if said else [],
        grids=[grid if few else pairs_of_best_grid(findings, benchmark)],
        folded=[] if few or many else [Fold(f"All {count} pairs", grid)],
        notes=[f"All {count:,} pairs are in the file {file} of this site."] if many else [],
    )
