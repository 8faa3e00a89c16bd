"""Tables of one method: on each benchmark, and against each other method."""

from collections.abc import Sequence

from nasarena.leaderboard.pages.columns import (
    benchmark_column,
    count,
    method_column,
)
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import (
    Cell,
    Grid,
    GridColumn,
    estimate_column,
    number_column,
    text_column,
)
from nasarena.leaderboard.pages.method_facts import tuned_here
from nasarena.leaderboard.pages.pairs import is_separated, needs_fewer, seen_from
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.tables.samples import found_share, mean_samples
from nasarena.leaderboard.texts import NOTHING, number, percent
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.pairwise import Difference


def results_grid(findings: Findings, method: str) -> Grid:
    """A method on each benchmark: its samples, its place, how far from the best."""
    benchmarks = _benchmarks_of(findings, method)
    rows = [findings.row(benchmark, method) for benchmark in benchmarks]
    pairs = [seen_from(method, findings.differences[benchmark]) for benchmark in benchmarks]
    samples = estimate_column("samples, mean", "samples", map(mean_samples, rows), number)
    scales = [findings.comparison.budgets[benchmark] for benchmark in benchmarks]
    scaled = [
        Cell(cell.text, cell.value, cell.low, cell.high, scale=scale)
        for cell, scale in zip(samples.cells, scales, strict=True)
    ]
    return Grid(
        name=f"{slug(method)}-under-{slug(findings.name)}",
        caption="Samples to the optimum (the bar ends at the budget), and place by mean samples "
        "among all methods without failed or rejected runs. The last numbers count the other "
        "methods that this one needs fewer samples than, is not separated from, and needs more "
        "samples than (5 %, corrected over all pairs and benchmarks).",
        columns=[
            benchmark_column(findings, benchmarks),
            GridColumn(samples.title, samples.key, scaled),
            GridColumn("place", "place", [_place(findings, name, method) for name in benchmarks]),
            number_column(
                "times the best",
                "times_best",
                [_times_best(findings, name, method) for name in benchmarks],
                "{:.2f}".format,
            ),
            estimate_column("found, %", "found_share", map(found_share, rows), percent),
            number_column("rounds", "rounds", [row.rounds for row in rows], number),
            number_column("fewer than", "fewer_than", [_fewer(own) for own in pairs], count),
            number_column(
                "not separated", "not_separated", [_not_separated(own) for own in pairs], count
            ),
            number_column("more than", "more_than", [_more(own) for own in pairs], count),
            text_column(
                "tuned here",
                "tuned_here",
                [tuned_here(findings, method, name) for name in benchmarks],
            ),
        ],
    )


def against_grid(findings: Findings, method: str) -> Grid | None:
    """Wins, losses and ties of a method against each other one, by benchmark."""
    pairs: dict[str, list[Difference]] = {}
    for benchmark in findings.comparison.benchmarks:
        for pair in seen_from(method, findings.differences[benchmark]):
            pairs.setdefault(pair.b, []).append(pair)
    if not pairs:
        return None
    others = sorted(pairs, key=lambda other: (-_fewer(pairs[other]), _more(pairs[other]), other))
    return Grid(
        name=f"{slug(method)}-against-others-under-{slug(findings.name)}",
        caption="Wins, losses and ties against each method, by benchmark (5 %, corrected over all "
        "pairs and benchmarks), and the mean probability that this method needs fewer samples.",
        columns=[
            method_column(findings, others),
            number_column("wins", "wins", [_fewer(pairs[other]) for other in others], count),
            number_column(
                "ties", "ties", [_not_separated(pairs[other]) for other in others], count
            ),
            number_column("losses", "losses", [_more(pairs[other]) for other in others], count),
            number_column(
                "fewer with probability, %",
                "probability",
                [_mean_probability(pairs[other]) for other in others],
                percent,
            ),
        ],
    )


def _benchmarks_of(findings: Findings, method: str) -> list[str]:
    return [name for name, cells in findings.comparison.run_sets.items() if method in cells]


def _place(findings: Findings, benchmark: str, method: str) -> Cell:
    if not findings.is_ranked(method):
        return Cell(NOTHING, note="not ranked")
    means = [row.restricted_mean_samples for row in findings.ranked(benchmark)]
    own = findings.row(benchmark, method).restricted_mean_samples
    place = 1 + sum(mean < own for mean in means)
    return Cell(f"{place} of {len(means)}", float(place))


def _times_best(findings: Findings, benchmark: str, method: str) -> float | None:
    """How many times the samples of the best method; None where no method found the optimum."""
    ranked = findings.ranked(benchmark)
    if not any(row.found_share > 0 for row in ranked):
        return None
    best = min(row.restricted_mean_samples for row in ranked)
    return rounded(findings.row(benchmark, method).restricted_mean_samples / best)


def _fewer(pairs: Sequence[Difference]) -> int:
    return sum(map(needs_fewer, pairs))


def _more(pairs: Sequence[Difference]) -> int:
    return sum(is_separated(pair) and not needs_fewer(pair) for pair in pairs)


def _not_separated(pairs: Sequence[Difference]) -> int:
    return sum(not is_separated(pair) for pair in pairs)


def _mean_probability(pairs: Sequence[Difference]) -> float | None:
    known = [pair.probability.value for pair in pairs if pair.probability is not None]
    return rounded(sum(known) / len(known)) if known else None
