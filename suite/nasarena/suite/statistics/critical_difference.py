"""The critical-difference diagram: would the order of methods hold on other benchmarks?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.blocks import Block, complete_block
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import rounded

FEWEST_SPACES = 3
"""Search spaces that it takes to say whether an order of methods would hold on other ones."""


@dataclass(frozen=True)
class CriticalDifference:
    """Mean ranks of methods over benchmarks, and how far apart they must be to be separated.

    Here the benchmarks are treated as a random sample. In a `Ranking` the benchmarks are fixed, and
    the seeds are the sample.

    * `mean_ranks`: by method, lowest (fewest samples) first; within a space first, then across.
    * `distance`: Nemenyi's critical difference at 5 %, and `groups` the largest sets, of two
      methods or more, within it, which are not separated: None and empty where they cannot be
      computed.
    * `friedman_p`: of Friedman's test that all methods rank alike on all benchmarks; None also
      where all tie everywhere.
    * `notes`: the limits of the diagram, in sentences.

    Source: Demšar, "Statistical comparisons of classifiers over multiple data sets", 2006. With
    weights w of the benchmarks (sum 1), 1 / N becomes the sum of their squares: the variance of
    a mean rank of independent benchmarks.
    """

    benchmarks: tuple[str, ...]
    mean_ranks: dict[str, float]
    distance: float | None
    groups: tuple[tuple[str, ...], ...]
    friedman_p: float | None
    notes: tuple[str, ...]


def critical_difference(comparison: Comparison, leave_out_hard: bool = False) -> CriticalDifference:
    """The diagram's data for the methods of a comparison that `ranking` ranks."""
    from scipy.stats import friedmanchisquare, rankdata

    block = complete_block(comparison, leave_out_hard)
    methods, benchmarks = block.methods, block.benchmarks
    if not methods or not benchmarks:
        return CriticalDifference(benchmarks, {}, None, (), None, ("Nothing is ranked.",))
    means = np.stack([runs.means for runs in block.runs])
    ranks = block.weights @ rankdata(means, axis=1)
    mean_ranks = dict(
        sorted(
            zip(methods, map(rounded, ranks.tolist()), strict=True),
            key=lambda item: (item[1], item[0]),
        )
    )
    names, shown = list(mean_ranks), np.array(list(mean_ranks.values()))
    if len(methods) < 3 or len(benchmarks) < 2:
        few = "fewer than three methods" if len(methods) < 3 else "a single benchmark"
        note = f"There is no critical difference with {few}: the order may differ on others."
        return CriticalDifference(benchmarks, mean_ranks, None, (), None, (note,))
    distance = nemenyi_distance(len(methods), block.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = float(friedmanchisquare(*means.T).pvalue)
    return CriticalDifference(
        benchmarks=benchmarks,
        mean_ranks=mean_ranks,
        distance=rounded(distance),
        groups=tuple(tuple(names[row] for row in group) for group in _runs(shown, distance)),
        friedman_p=rounded(p) if np.isfinite(p) else None,
        notes=tuple(_notes(block, distance)),
    )


def nemenyi_distance(methods: int, weights: NDArray[np.float64]) -> float:
    """How far apart two mean ranks are by chance in at most 5 % of cases, any two of them.

    `weights` of the benchmarks sum to 1. The quantile is that of the studentized range with
    infinitely many degrees of freedom.
    """
    from scipy.stats import studentized_range

    quantile = float(studentized_range.ppf(0.95, methods, np.inf)) / np.sqrt(2)
    return float(quantile * np.sqrt(methods * (methods + 1) / 6 * (weights**2).sum()))


def _runs(ranks: NDArray[np.float64], distance: float) -> list[range]:
    """The longest stretches of sorted ranks within the distance, of at least two."""
    ends = np.searchsorted(ranks, ranks + distance, side="left")
    return [
        range(start, end)
        for start, end in enumerate(ends.tolist())
        if end - start > 1 and (start == 0 or end > ends[start - 1])
    ]


def _notes(block: Block, distance: float) -> list[str]:
    spaces = {block.comparison.spaces[name] for name in block.benchmarks}
    count, notes = len(block.benchmarks), [block.note] if block.note else []
    if len(spaces) < count:
        shared = "one search space" if len(spaces) == 1 else f"{len(spaces)} search spaces"
        notes.append(
            f"The {count} benchmarks are of {shared} and therefore not independent. The critical "
            "difference treats them as independent and separates methods too easily."
        )
    if len(spaces) < FEWEST_SPACES:
        notes.append(
            f"The results do not say how methods would compare on other search spaces: that needs "
            f"benchmarks of at least {FEWEST_SPACES} spaces, and there "
            f"{'is 1' if len(spaces) == 1 else f'are {len(spaces)}'}."
        )
    if distance > len(block.methods) - 1:
        notes.append(
            f"With {count} benchmarks the critical difference is {distance:.2f} ranks, more than "
            "the distance from the first to the last rank: it cannot separate any two methods."
        )
    return notes
