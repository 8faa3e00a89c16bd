"""The overview: for each comparison one ranking across benchmarks, and what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nasarena.leaderboard.pages.answer import Answer, answer
from nasarena.leaderboard.pages.ecdf_table import ecdf_grid
from nasarena.leaderboard.pages.findings import Findings, facts_of, run_count
from nasarena.leaderboard.pages.grid import Grid
from nasarena.leaderboard.pages.other_sources import other_source_notes
from nasarena.leaderboard.pages.ranking_tables import glance_grid, heat_grid, ranking_grid
from nasarena.leaderboard.pages.section import Picture, Section
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.texts import counted
from nasarena.suite.errors import printable
from nasarena.suite.statistics.comparisons import left_out_notes
from nasarena.suite.statistics.facts import STANDS_OUT


@dataclass(frozen=True)
class ComparisonPart:
    """The part of the overview that a comparison has."""

    anchor: str
    name: str
    size: str
    answer: Answer
    sections: list[Section]


def comparison_part(
    findings: Findings,
    pictures: Mapping[str, Picture],
) -> ComparisonPart:
    """What the overview shows of a comparison; its figures by their kind."""
    comparison, anchor = findings.comparison, slug(findings.name)
    methods, benchmarks = len(comparison.methods), len(comparison.benchmarks)
    over_targets = Section(
        f"{anchor}--targets",
        "Ranking over several targets",
        grids=[grid for grid in [ecdf_grid(findings)] if grid is not None],
        pictures=[shown for kind, shown in pictures.items() if kind == "targets"],
    )
    sections = [
        _ranking(findings, anchor),
        *([over_targets] if over_targets.grids or over_targets.pictures else []),
        Section(f"{anchor}--glance", "On each benchmark", grids=[glance_grid(findings)]),
        Section(
            f"{anchor}--heat",
            "Every method on every benchmark",
            grids=[heat_grid(findings)],
            linked=[shown for kind, shown in pictures.items() if kind == "heat-map"],
        ),
    ]
    drawn = [shown for kind, shown in pictures.items() if kind not in ("heat-map", "targets")]
    if drawn:
        sections.append(Section(f"{anchor}--figures", "Across benchmarks", pictures=drawn))
    said = [
        *left_out_notes(comparison),
        *other_source_notes(comparison).values(),
        *findings.ranking.notes,
        *findings.critical.notes,
        *_noise(findings),
    ]
    notes = list(dict.fromkeys(map(printable, said)))
    if notes:
        sections.append(Section(f"{anchor}--notes", "Limits", notes=notes))
    return ComparisonPart(
        anchor=anchor,
        name=findings.name,
        size=f"{counted(methods, 'method')}, {counted(benchmarks, 'benchmark')}, "
        f"{counted(run_count(comparison), 'run')}",
        answer=answer(findings),
        sections=sections,
    )


def _ranking(findings: Findings, anchor: str) -> Section:
    shown, without = findings.ranking, findings.without_hard
    grids: list[Grid | None] = [ranking_grid(findings, shown, "ranking")]
    sentences = []
    if without is None and shown.rows:
        is_whole = {*shown.benchmarks} == {*findings.comparison.benchmarks}
        is_one = len(shown.benchmarks) == 1
        fit = "It is not too hard" if is_one else "None of them is too hard"
        included = "All benchmarks are included" if is_whole else fit
        on_each = f"on {shown.benchmarks[0]}" if is_one else "on each"
        sentences.append(
            f"{included}: {on_each}, the best ranked method finds the optimum in at least a fifth "
            "of its runs."
        )
    elif without is not None:
        second = ranking_grid(findings, without, "ranking-without-hard")
        sentences.append(_hard(without.hard, is_excluded=second is not None))
        grids.append(second)
    if shown.left_out:
        sentences.append(f"Not ranked: {_left_out(shown.left_out)}.")
    return Section(
        f"{anchor}--ranking",
        "Ranking",
        sentences=sentences,
        grids=[grid for grid in grids if grid is not None],
    )


def _hard(benchmarks: Sequence[str], is_excluded: bool) -> str:
    """Which benchmarks are too hard, and whether the second table is without them."""
    are, them = ("is", "it") if len(benchmarks) == 1 else ("are", "them")
    excluded = f"; the second table excludes {them}" if is_excluded else ""
    return (
        f"{', '.join(benchmarks)} {are} too hard to be informative: even the best ranked "
        f"method finds the optimum in less than a fifth of its runs{excluded}."
    )


def _left_out(reasons: Mapping[str, str]) -> str:
    """Methods with the same reason together: `a, b (not run on c)`."""
    by_reason: dict[str, list[str]] = {}
    for method, reason in reasons.items():
        by_reason.setdefault(reason, []).append(printable(method))
    return "; ".join(f"{', '.join(methods)} ({why})" for why, methods in by_reason.items())


def _noise(findings: Findings) -> list[str]:
    """Where training noise hides which architecture is the best."""
    noisy = [
        benchmark
        for benchmark in findings.comparison.benchmarks
        if (errors := facts_of(benchmark, findings.limit(benchmark)).lead_in_errors) is not None
        and errors < STANDS_OUT
    ]
    if not noisy:
        return []
    return [
        f"On {', '.join(noisy)} training noise hides which architecture is the best: fewer samples "
        "to the optimum mean a better search there, not a better network. The benchmarks' pages "
        "have other goals."
    ]
