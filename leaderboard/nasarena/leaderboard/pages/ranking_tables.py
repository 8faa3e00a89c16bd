"""Tables across benchmarks: the ranking, the best method on each, every method on every one."""

from nasarena.leaderboard.pages.columns import (
    benchmark_column,
    method_column,
    not_ranked,
)
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import (
    Cell,
    Grid,
    GridColumn,
    estimate_cell,
    estimate_column,
    number_column,
    shade_of,
    text_column,
)
from nasarena.leaderboard.pages.pairs import test_text
from nasarena.leaderboard.pages.slugs import method_page, slug
from nasarena.leaderboard.tables.samples import mean_samples
from nasarena.leaderboard.texts import NOTHING, number, percent, span
from nasarena.suite.errors import printable
from nasarena.suite.statistics.expected_running_times import ert_speed_ups
from nasarena.suite.statistics.ranking import Ranking


def ranking_grid(
    findings: Findings,
    shown: Ranking,
    name: str,
) -> Grid | None:
    """A ranking across benchmarks; None where nothing is ranked."""
    rows = shown.rows
    if not rows:
        return None
    samples = [row.samples for row in rows]
    scale = max(one.high or one.value for one in samples)
    by_ert = ert_speed_ups(findings.comparison, shown.budgets, [row.method for row in rows])
    columns = [
        method_column(findings, [row.method for row in rows]),
        estimate_column("samples", "samples", samples, number, scale),
        estimate_column("mean rank", "mean_rank", [row.mean_rank for row in rows], "{:.2f}".format),
        estimate_column(
            f"speed-up at {span(shown.budgets.values())}",
            "speed_up",
            [row.speed_up for row in rows],
            number,
        ),
        estimate_column(
            "speed-up by ERT",
            "ert_speed_up",
            by_ert,
            number,
        ),
        number_column(
            "best on, % of benchmarks", "best_share", [row.best_share for row in rows], percent
        ),
    ]
    audits = [findings.verdict(row.method, shown.benchmarks) for row in rows]
    columns.append(text_column("audit", "audit", audits))
    if any(row.tie_group for row in rows):
        groups = [row.tie_group or NOTHING for row in rows]
        columns.append(text_column("group", "tie_group", groups))
    return Grid(
        name=f"{slug(findings.name)}-{name}",
        caption=f"Samples to the optimum over {benchmarks_text(shown.benchmarks)}: geometric mean, "
        "lowest first. Brackets: 95 % intervals over seeds. Methods that share a letter are not "
        f"separated: tested pair by pair, {test_text(shown.paired)}, at 5 % after Holm's "
        "correction over the pairs. Speed-up: how many times fewer samples than random search; at "
        "a budget, which bounds it, and by ERT (expected samples with restarts), which hardly "
        "depends on it."
        + (
            " A dash: on some benchmark no run of the method found the optimum."
            if None in by_ert
            else ""
        ),
        columns=columns,
    )


def benchmarks_text(benchmarks: tuple[str, ...]) -> str:
    """`3 benchmarks`, or the one's name."""
    return benchmarks[0] if len(benchmarks) == 1 else f"{len(benchmarks)} benchmarks"


def glance_grid(findings: Findings) -> Grid:
    """The method with the fewest samples on each benchmark, and how sure that is."""
    benchmarks = findings.comparison.benchmarks
    best, samples, sure = [], [], []
    for benchmark in benchmarks:
        judgement = findings.judgements[benchmark]
        budget = findings.comparison.budgets[benchmark]
        sure.append(
            Cell(f"clear: {judgement.reason}", tone="sure")
            if judgement.clear
            else Cell(f"not clear: {judgement.reason}", tone="unsure")
        )
        if judgement.best is None:
            best.append(Cell(NOTHING))
            samples.append(Cell(NOTHING))
            continue
        method = judgement.best
        row = findings.row(benchmark, method)
        best.append(
            Cell(printable(method), href=method_page(method), style=findings.styles[method])
        )
        samples.append(estimate_cell(mean_samples(row), number, scale=budget))
    return Grid(
        name=f"{slug(findings.name)}-glance",
        caption="The method with the lowest mean on each benchmark; the bar ends at the budget."
        + _meaning_of_clear(findings),
        columns=[
            benchmark_column(findings, benchmarks),
            GridColumn("fewest samples", "method", best, number=False),
            GridColumn("how sure", "how_sure", sure, number=False),
            GridColumn("samples, mean", "samples", samples),
        ],
    )


def _meaning_of_clear(findings: Findings) -> str:
    pairs = sum(len(some) for some in findings.differences.values())
    if not pairs:
        return ""
    corrected = (
        f", corrected by Holm's method over all {pairs:,} pairs of methods on all benchmarks"
        if pairs > 1
        else ""
    )
    return (
        f" Clear: fewer samples than every other method at 5 %{corrected}, tested "
        f"{test_text(findings.ranking.paired)}. So the chance of any false “clear” in this table "
        "is at most 5 %."
    )


def heat_grid(findings: Findings) -> Grid:
    """Mean samples of every method on every benchmark, coloured by how near the best they are."""
    comparison = findings.comparison
    ranked = [row.method for row in findings.ranking.rows]
    methods = ranked + [method for method in comparison.methods if method not in ranked]
    return Grid(
        name=f"{slug(findings.name)}-methods-by-benchmarks",
        caption="Mean samples to the optimum, all methods of a benchmark up to the same budget. "
        "Below: the success rate, if below 100 %. A dash: not run. The stronger the colour, the "
        "fewer samples (up to 1, 1.5, 2.5, 5 and 10 times the benchmark's fewest). No colour: more "
        "samples than that, the optimum was never found, or the method is not ranked.",
        columns=[
            method_column(findings, methods),
            *(_heat_column(findings, benchmark, methods) for benchmark in comparison.benchmarks),
        ],
        faded=not_ranked(findings, methods),
        compact=True,
    )


def _heat_column(findings: Findings, benchmark: str, methods: list[str]) -> GridColumn:
    rows = {row.method: row for row in findings.samples[benchmark]}
    best = min(
        (row.restricted_mean_samples for row in findings.ranked(benchmark) if row.found_share > 0),
        default=None,
    )
    cells = []
    for method in methods:
        row = rows.get(method)
        if row is None:
            cells.append(Cell(NOTHING))
            continue
        mean, share = mean_samples(row), row.found_share
        comparable = best is not None and share > 0 and findings.is_ranked(method)
        cells.append(
            Cell(
                number(mean.value),
                mean.value,
                mean.low,
                mean.high,
                note="" if share == 1 else f"{percent(share)} %",
                shade=shade_of(mean.value / best) if comparable and best is not None else 0,
            )
        )
    return GridColumn(benchmark, f"samples_{benchmark.replace('/', '_')}", cells)
