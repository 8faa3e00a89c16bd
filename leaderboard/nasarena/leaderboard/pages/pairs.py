"""Pairs of methods: which of the two needs fewer samples, and how sure that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nasarena.leaderboard.texts import NOTHING
from nasarena.suite.errors import printable
from nasarena.suite.statistics.pairwise import Difference
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.separation import SIGNIFICANT

MOST_PAIRS = 5_000
"""Of more pairs on a benchmark, those of more than 100 methods, pages do not show all."""


def flipped(difference: Difference) -> Difference:
    """The same pair, seen from the other method."""
    return replace(
        difference,
        a=difference.b,
        b=difference.a,
        seeds_a=difference.seeds_b,
        seeds_b=difference.seeds_a,
        mean=difference.mean and _about(difference.mean, 0.0),
        probability=difference.probability and _about(difference.probability, 1.0),
    )


def _about(estimate: Estimate, total: float) -> Estimate:
    return estimate.map(lambda value: total - value).rounded()


def seen_from(method: str, differences: Iterable[Difference]) -> list[Difference]:
    """The pairs that a method is in, itself as `a`, in the order of the others' names."""
    own = [
        difference if difference.a == method else flipped(difference)
        for difference in differences
        if method in (difference.a, difference.b)
    ]
    return sorted(own, key=lambda difference: difference.b)


def is_separated(difference: Difference) -> bool:
    """Whether the two differ by more than chance, at 5 % after Holm's correction."""
    return difference.p_holm is not None and difference.p_holm < SIGNIFICANT


def needs_fewer(difference: Difference) -> bool:
    """Whether the two are separated, and the first needs fewer samples on the same runs."""
    return is_separated(difference) and difference.mean is not None and difference.mean.value < 0


@dataclass(frozen=True)
class Judgement:
    """The method with the fewest samples on a benchmark, whether that is clear, and why.

    `best` is None where no ranked method found the optimum.
    """

    best: str | None
    clear: bool
    reason: str


def judge(
    means: dict[str, float], found: Iterable[str], differences: Sequence[Difference]
) -> Judgement:
    """Clear if the lowest mean is separated from all others, pair by pair, and lower in each pair.

    `means` are the samples of the methods that are ranked, over all their runs, `found` those of
    them of which some run found the optimum. Where labels are of one run, a pair is of the seeds
    that both have: there the other method may need fewer.
    """
    if not means:
        return Judgement(None, False, "every method has failed or rejected runs: none is ranked")
    reached = set(found)
    best, *others = sorted(means, key=lambda one: (means[one], one not in reached, one))
    if best not in reached:
        return Judgement(None, False, "no ranked method found the optimum")
    if not others:
        return Judgement(best, False, "it is the only ranked method")
    if tied := [method for method in others if means[method] == means[best]]:
        need = f"{len(tied)} others need" if len(tied) > 1 else f"{printable(tied[0])} needs"
        return Judgement(best, False, f"{need} as few")
    pairs = seen_from(best, differences)
    close = sorted((pair for pair in pairs if not needs_fewer(pair)), key=lambda one: means[one.b])
    if not close:
        return Judgement(best, True, f"fewer than {_others(pairs)} ({holm_text(pairs)})")
    return Judgement(best, False, _why_not_clear(pairs, close))


def _why_not_clear(pairs: Sequence[Difference], close: Sequence[Difference]) -> str:
    """`close` are the pairs in which the best does not need fewer, the nearest first."""
    if {(pair.seeds_a, pair.seeds_b) for pair in pairs} == {(1, 1)}:
        return "with one seed the order may be chance"
    if fewer := [pair for pair in close if is_separated(pair)]:
        other, p = printable(fewer[0].b), holm_text(fewer[:1])
        return f"{other} needs fewer on the seeds that both have ({p})"
    nearest, more = close[0], len(close) - 1
    named = f"{printable(nearest.b)} ({holm_text([nearest])})"
    return f"not separated from {named}{f' and {more} more' if more else ''}"


def _others(pairs: Sequence[Difference]) -> str:
    return printable(pairs[0].b) if len(pairs) == 1 else f"all {len(pairs)} others"


def holm_text(pairs: Sequence[Difference]) -> str:
    """The largest corrected p of pairs, or why there is none."""
    values = [pair.p_holm for pair in pairs]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        seeds = min(pair.seeds for pair in pairs)
        return "no seed in common" if seeds == 0 else "no test"
    return f"p {'≤' if len(known) > 1 else '='} {p_text(max(known))}"


def p_text(p: float | None) -> str:
    """A p value with two significant digits."""
    return NOTHING if p is None else f"{p:.2g}"


def test_text(paired: bool) -> str:
    """Which runs of two methods are compared, as a part of a sentence."""
    if paired:
        return "paired by seed (labels are of one run), over the seeds that both have"
    return "unpaired (labels are means), over all runs of both"
