"""The answer in three parts: which method needs the fewest samples, how sure that is, the rules."""

from dataclasses import dataclass

from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.method_facts import tuned_here
from nasarena.leaderboard.pages.pairs import p_text, test_text
from nasarena.leaderboard.pages.ranking_tables import benchmarks_text
from nasarena.leaderboard.pages.rules import rules
from nasarena.leaderboard.pages.slugs import method_page
from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.errors import printable
from nasarena.suite.statistics.critical_difference import FEWEST_SPACES
from nasarena.suite.statistics.left_out_methods import LeftOut
from nasarena.suite.statistics.ranking import RANDOM_SEARCH, RankedMethod
from nasarena.suite.statistics.samples import Estimate


@dataclass(frozen=True)
class Answer:
    """What the overview says first of a comparison.

    `method` is None where no method found the optimum, or where one that is not ranked beats the
    ranking's first; `headline` then says so, else it is the method's name. `sure`: whether it needs
    fewer samples than all others; `fewest` and `how_sure` are sentences, `rules` the protocol's
    four.
    """

    method: str | None
    headline: str
    href: str
    sure: bool
    fewest: list[str]
    how_sure: list[str]
    rules: list[str]


_AUDITED = {
    "verified": (
        "An audit verified its runs: those that were made again are equal, and the method passed "
        "the decoy test."
    ),
    "consistent": "An audit found its runs consistent; that the method makes them was not shown.",
    "not audited": "Its runs were not audited.",
}
"""What is said of the runs of the first; rejected ones are not ranked."""


def answer(findings: Findings) -> Answer:
    """The answer that a comparison gives across its benchmarks."""
    stated = rules(findings.comparison)
    rows = findings.ranking.rows
    if not rows or not _found_by(findings, rows[0].method):
        why = "No run found the optimum." if rows else printable(findings.ranking.notes[-1])
        return Answer(None, "No method", "", False, [why], ["There is no result to judge."], stated)
    first, *others = rows
    fewest = [_samples(findings, first)]
    if first.method != RANDOM_SEARCH:
        fewest.append(
            f"{_beside_random_search(first.speed_up)} random search"
            f"{' (its exact expectation)' if findings.ranking.random_search == 'exact' else ''}."
        )
    if findings.ranking.left_out:
        left_out = len(findings.ranking.left_out)
        fewest.append(
            f"{len(rows)} {'method is' if len(rows) == 1 else 'methods are'} ranked; "
            f"{left_out} could not be ranked."
        )
    better = [one for one in findings.left_out if one.beats_the_winner]
    if better:
        name = printable(first.method)
        fewest[0] = f"{name} needs the fewest of the methods that are ranked: {fewest[0]}"
        return Answer(
            method=None,
            headline="No overall answer",
            href="",
            sure=False,
            fewest=fewest,
            how_sure=[_better(name, one) for one in better],
            rules=stated,
        )
    close = [
        row.method
        for row in others
        if not findings.ranking.pairs[first.method, row.method].first_needs_fewer
    ]
    how_sure = [_on_these(findings, first, others, close), *_not_compared(findings)]
    how_sure += _on_others(findings, first.method)
    how_sure.append(_AUDITED[findings.verdict(first.method, findings.ranking.benchmarks)])
    tuned = _tuned(findings, first.method)
    return Answer(
        method=first.method,
        headline=printable(first.method),
        href=method_page(first.method),
        sure=bool(others) and not close,
        fewest=fewest,
        how_sure=[*how_sure, *([tuned] if tuned else [])],
        rules=stated,
    )


def _beside_random_search(speed_up: Estimate) -> str:
    """How many samples are needed, up to the words `random search`."""
    if number(speed_up.value) == number(1.0):
        return "About as many samples as"
    if speed_up.value > 1:
        return f"{interval_text(speed_up, number)} times fewer samples than"
    times = speed_up.map(lambda value: 1 / value).rounded()
    return f"{interval_text(times, number)} times as many samples as"


def _better(first: str, better: LeftOut) -> str:
    """A method that is not ranked, and needs fewer samples than the ranking's first."""
    assert better.times_fewer is not None, "it was tested"
    return (
        f"{printable(better.method)} is not ranked, as it was not run on all of these benchmarks, "
        f"and beats {first}: {number(better.times_fewer)} times fewer samples on the "
        f"{len(better.benchmarks)} benchmarks that both were run on (p = {p_text(better.p_holm)})."
    )


def _not_compared(findings: Findings) -> list[str]:
    """The methods that are neither ranked nor tested against the ranking's first."""
    unknown = [printable(one.method) for one in findings.left_out if one.p_holm is None]
    if not unknown:
        return []
    named = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
    return [f"Not compared with {named}: too few benchmarks in common."]


def _found_by(findings: Findings, method: str) -> bool:
    return any(
        row.found_share > 0
        for rows in findings.samples.values()
        for row in rows
        if row.method == method
    )


def _samples(findings: Findings, first: RankedMethod) -> str:
    benchmarks = findings.ranking.benchmarks
    mean = "on average" if len(benchmarks) == 1 else "in geometric mean"
    agree = first.samples.agreeing
    samples = number(first.samples.value) if agree else interval_text(first.samples, number)
    return (
        f"{samples} {findings.comparison.unit} to the best "
        f"architecture, {mean} over "
        f"{_seeds(findings)} on {benchmarks_text(benchmarks)}."
    )


def _seeds(findings: Findings) -> str:
    """The least number of seeds of the methods that are ranked, on the benchmarks of the ranking.

    What is said of the first is said of it against them.
    """
    counts = _seed_counts(findings)
    least = "one seed" if min(counts) == 1 else f"{min(counts):,} seeds"
    return least if len(counts) == 1 else f"at least {least}"


def _seed_counts(findings: Findings) -> set[int]:
    """How many seeds the ranked methods have on the benchmarks of the ranking."""
    cells = findings.comparison.run_sets
    return {
        cells[name][row.method].count
        for name in findings.ranking.benchmarks
        for row in findings.ranking.rows
    }


def _on_these(
    findings: Findings, first: RankedMethod, others: list[RankedMethod], close: list[str]
) -> str:
    if not others:
        return "It is the only ranked method: there is nothing to compare it with."
    pairs = {row.method: findings.ranking.pairs[first.method, row.method] for row in others}
    if not close:
        whom = "the other" if len(others) == 1 else f"all {len(others)} others"
        known = [pair.p_holm for pair in pairs.values() if pair.p_holm is not None]
        sign = "=" if len(known) == 1 else "≤"
        these = (
            "this benchmark"
            if len(findings.ranking.benchmarks) == 1
            else f"the average of these {len(findings.ranking.benchmarks)} benchmarks"
        )
        return (
            f"Clear on {these}: fewer samples than {whom} (p {sign} {p_text(max(known))}; "
            f"{test_text(findings.ranking.paired)})."
        )
    if min(_seed_counts(findings)) == 1:
        return "Not clear: with one seed the order may be chance."
    fewer = [method for method in close if pairs[method].separated]
    if fewer:
        return (
            f"Not clear: {printable(fewer[0])} needs fewer samples on the seeds that both have "
            f"(p = {p_text(pairs[fewer[0]].p_holm)})."
        )
    named = ", ".join(printable(method) for method in close[:2])
    more = f" and {len(close) - 2} more" if len(close) > 2 else ""
    p = pairs[close[0]].p_holm
    chance = "" if p is None else f" (p = {p_text(p)})"
    return f"Not clear: not separated from {named}{more}{chance}."


def _on_others(findings: Findings, first: str) -> list[str]:
    """Whether the order would hold on other benchmarks, judged by the critical difference."""
    critical, count = findings.critical, len(findings.ranking.rows)
    if count < 2:
        return []
    spaces = {findings.comparison.spaces[name] for name in findings.ranking.benchmarks}
    if len(spaces) < FEWEST_SPACES:
        of = "one search space" if len(spaces) == 1 else f"{len(spaces)} search spaces"
        return [f"Only {of}: too few to say anything about other search spaces."]
    if critical.distance is None:
        return ["Too few methods or benchmarks to generalise to other benchmarks."]
    close = {method for group in critical.groups if first in group for method in group} - {first}
    if not close:
        return ["It also differs from all others across benchmarks (critical difference)."]
    others = count - 1
    differ = others - len(close)
    only = "only " if differ and 2 * differ < others else ""
    return [
        f"Too few benchmarks to generalise: {only}{differ or 'none'} of {others} other methods "
        f"{'differs' if differ <= 1 else 'differ'} across benchmarks."
    ]


def _tuned(findings: Findings, method: str) -> str:
    """On how many of the benchmarks the first one's defaults were chosen."""
    benchmarks = findings.ranking.benchmarks
    known = [tuned_here(findings, method, benchmark) for benchmark in benchmarks]
    if "not stated" in known:
        return "Its author does not state on which benchmarks its settings were chosen."
    tuned_on = known.count("yes")
    if not tuned_on:
        return ""
    if len(known) == 1:
        return "Its settings were chosen on this benchmark."
    which = "all" if tuned_on == len(known) else f"{tuned_on}"
    return f"Its settings were chosen on {which} of these {len(known)} benchmarks."
