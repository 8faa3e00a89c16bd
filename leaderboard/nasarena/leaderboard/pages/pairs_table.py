"""The table of all pairs of methods on one benchmark, and whether the seeds sufficed."""

from collections.abc import Sequence

from nasarena.leaderboard.pages.columns import count
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import (
    Grid,
    GridColumn,
    estimate_column,
    number_column,
    text_column,
)
from nasarena.leaderboard.pages.pairs import flipped, is_separated, p_text, test_text
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.texts import number, percent, spent
from nasarena.suite.errors import printable
from nasarena.suite.statistics.adequacy import Adequacy, adequacies
from nasarena.suite.statistics.pairwise import Difference


def fewer_samples_first(findings: Findings, benchmark: str) -> list[Difference]:
    """All pairs, each with the method first that needs fewer samples in the runs compared.

    In the order of the methods' means over all runs.
    """
    place = {row.method: index for index, row in enumerate(findings.samples[benchmark])}

    def is_turned(pair: Difference) -> bool:
        if pair.mean is None or pair.mean.value == 0:
            return place[pair.a] > place[pair.b]
        return pair.mean.value > 0

    pairs = [flipped(pair) if is_turned(pair) else pair for pair in findings.differences[benchmark]]
    return sorted(pairs, key=lambda pair: sorted((place[pair.a], place[pair.b])))


def pairs_of_best(findings: Findings, benchmark: str) -> list[Difference]:
    """The pairs of the method with the lowest mean, which is their first."""
    best = findings.samples[benchmark][0].method
    pairs = fewer_samples_first(findings, benchmark)
    return [pair for pair in pairs if best in (pair.a, pair.b)]


def pairs_grid(findings: Findings, benchmark: str) -> Grid | None:
    """Which of two methods needs fewer samples, by how much, how sure; None with one method."""
    pairs = fewer_samples_first(findings, benchmark)
    return _grid(findings, benchmark, pairs, "pairs", "All pairs") if pairs else None


def pairs_of_best_grid(findings: Findings, benchmark: str) -> Grid:
    """The same of the pairs that the best method is in."""
    pairs = pairs_of_best(findings, benchmark)
    return _grid(
        findings, benchmark, pairs, "pairs-of-best", "The best method against each other one"
    )


def _grid(
    findings: Findings, benchmark: str, pairs: Sequence[Difference], name: str, title: str
) -> Grid:
    seeds = adequacies(pairs)
    columns = [
        text_column("fewer samples", "method", [pair.a for pair in pairs]),
        text_column("than", "than", [pair.b for pair in pairs]),
        estimate_column("fewer by", "fewer_by", [flipped(pair).mean for pair in pairs], signed),
        estimate_column(
            "fewer with probability, %",
            "probability",
            [pair.probability for pair in pairs],
            percent,
        ),
        number_column("p, Holm", "p_holm", [pair.p_holm for pair in pairs], p_text),
        text_column("separated", "separated", [_verdict(pair) for pair in pairs]),
        *_seed_columns(pairs),
        number_column("detectable", "detectable", [one.smallest for one in seeds], number),
        number_column("seeds needed", "seeds_needed", [one.seeds_needed for one in seeds], count),
    ]
    if any(pair.log_rank_p is not None for pair in pairs):
        log_ranks = [pair.log_rank_p for pair in pairs]
        columns.insert(5, number_column("p, log-rank", "p_log_rank", log_ranks, p_text))
    if any(pair.note for pair in pairs):
        columns.append(text_column("limits", "note", [pair.note for pair in pairs]))
    budget = findings.comparison.budgets[benchmark]
    return Grid(
        name=f"{slug(findings.name, benchmark)}-{name}",
        caption=f"{title} on {benchmark}, {test_text(pairs[0].paired)}, counted up to "
        f"{spent(findings.comparison.unit, budget)}. P is corrected over all pairs on all "
        "benchmarks of these rules. Brackets: 95 % intervals, not corrected. Detectable: the "
        "smallest true difference that these seeds would show in 80 % of repetitions. Seeds "
        "needed: how many of each method would show the observed difference so often.",
        columns=columns,
    )


def _seed_columns(pairs: Sequence[Difference]) -> list[GridColumn]:
    """How many runs are compared: of both together where paired, else of each."""
    if pairs[0].paired:
        return [number_column("seeds in common", "seeds", [pair.seeds for pair in pairs], count)]
    return [
        number_column("seeds", "seeds", [pair.seeds_a for pair in pairs], count),
        number_column("seeds of the other", "seeds_than", [pair.seeds_b for pair in pairs], count),
    ]


def _verdict(pair: Difference) -> str:
    return "yes" if is_separated(pair) else "no"


def signed(value: float) -> str:
    """A number of samples that may be below 0."""
    return f"{'-' if value < 0 else ''}{number(abs(value))}"


def adequacy_sentence(findings: Findings, benchmark: str) -> str:
    """Which difference these seeds can show, between the best and those not separated from it."""
    if not findings.differences[benchmark]:
        return ""
    pairs, name = pairs_of_best(findings, benchmark), findings.samples[benchmark][0].method
    judged = adequacies(pairs)
    close = [one for one, pair in zip(judged, pairs, strict=True) if not is_separated(pair)]
    return _too_few(close[0]) if close else _enough(printable(name), judged)


def _enough(best: str, of_best: Sequence[Adequacy]) -> str:
    largest = max((one.smallest for one in of_best if one.smallest is not None), default=None)
    if largest is None:
        return ""
    return (
        f"With these seeds, a true difference of {number(largest)} samples between {best} and any "
        "other method would be detected in 80 % of repetitions."
    )


def _too_few(one: Adequacy) -> str:
    a, b = printable(one.a), printable(one.b)
    if one.smallest is None:
        return f"These seeds cannot show a difference between {a} and {b}."
    said = (
        f"With {_seeds(one)} seeds, a true difference of {number(one.smallest)} samples between "
        f"{a} and {b} would be detected in 80 % of repetitions"
    )
    if one.difference is None or one.seeds_needed is None:
        return f"{said}; no difference is observed."
    return (
        f"{said}; detecting the observed difference of {number(abs(one.difference))} samples would "
        f"need {one.seeds_needed:,} seeds."
    )


def _seeds(one: Adequacy) -> str:
    return str(one.seeds_a) if one.seeds_a == one.seeds_b else f"{one.seeds_a} and {one.seeds_b}"
