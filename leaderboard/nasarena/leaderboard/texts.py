"""How names, numbers, shares and intervals are written: in tables, on pages and in figures."""

from collections.abc import Callable, Collection, Iterable

from nasarena.suite.statistics.intervals import FEWEST_RUNS
from nasarena.suite.statistics.samples import Estimate

NOTHING = "—"
"""Stands in a table where a number is missing."""


def number(value: float) -> str:
    """A number of samples or rounds with three significant digits, or all before the point."""
    return f"{value:.{0 if value >= 99.95 or value == 0 else 1 if value >= 9.995 else 2}f}"


def percent(share: float) -> str:
    """A share in whole percent; one decimal where that would wrongly read as 0 or 100."""
    return f"{100 * share:.{1 if 0 < share < 0.01 or 0.99 < share < 1 else 0}f}"


def interval_text(estimate: Estimate, text: Callable[[float], str]) -> str:
    """`173 [149, 199]`, each number written by `text`; `173` where there is no interval.

    `0 in 30 of 30` where all runs agree.
    """
    if estimate.agreeing:
        return f"{text(estimate.value)} in {estimate.agreeing} of {estimate.agreeing}"
    if estimate.low is None or estimate.high is None:
        return text(estimate.value)
    return f"{text(estimate.value)} [{text(estimate.low)}, {text(estimate.high)}]"


def span(values: Collection[int]) -> str:
    """`300 to 1,000`, or the one number that all values are."""
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def counted(count: int, what: str) -> str:
    """A number of things: `1 run`, `2 runs`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def spent(unit: str, *counts: int) -> str:
    """So many queries or full trainings, as `Comparison.unit` calls them: `1 query`."""
    one = {"queries": "query", "full trainings": "full training"}
    return f"{span(counts)} {one[unit] if max(counts) == 1 else unit}"


def seed_count(counts: Iterable[int]) -> str:
    """`30 seeds`, `10 to 30 seeds`, and that so few give no interval where they do not."""
    distinct = set(counts)
    few = f": no interval below {FEWEST_RUNS}" if min(distinct) < FEWEST_RUNS else ""
    return "one seed: no interval" if distinct == {1} else f"{span(distinct)} seeds{few}"
