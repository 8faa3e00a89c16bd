"""Methods that are not ranked, against the first of the ranking: is one of them better?"""

from dataclasses import dataclass

import numpy as np

from nasarena.suite.statistics.blocks import space_weights
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.paired_runs import paired_runs
from nasarena.suite.statistics.ranking import Ranking
from nasarena.suite.statistics.separation import SIGNIFICANT, holm, is_paired, separation

FEWEST_SHARED = 3
"""Benchmarks that two methods share before one is said to beat the other."""


@dataclass(frozen=True)
class LeftOut:
    """A method without failed runs that is not ranked, and the first of the ranking.

    * `benchmarks`: those that both were run on.
    * `times_fewer`: the winner's geometric mean of samples over this method's, on these benchmarks;
      above 1, this one needs fewer. `p_holm`: of the same runs, corrected over the methods that
      are left out. Both None with fewer than three benchmarks, or where no runs can be tested.
    """

    method: str
    benchmarks: tuple[str, ...]
    times_fewer: float | None
    p_holm: float | None

    @property
    def beats_the_winner(self) -> bool:
        """Whether it is separated from the winner, and needs fewer samples."""
        return (
            self.p_holm is not None
            and self.p_holm < SIGNIFICANT
            and self.times_fewer is not None
            and self.times_fewer > 1
        )


def left_out_methods(comparison: Comparison, ranking: Ranking) -> list[LeftOut]:
    """Every sound method that is not ranked, compared with the ranking's first; none without it."""
    if not ranking.rows:
        return []
    winner = ranking.rows[0].method
    methods = [method for method in comparison.sound_methods if method in ranking.left_out]
    shared = {
        method: tuple(
            name
            for name, cells in comparison.run_sets.items()
            if method in cells and winner in cells
        )
        for method in methods
    }
    tests = len(methods)
    tested = {
        method: _against(comparison, winner, method, shared[method], tests)
        for method in methods
        if len(shared[method]) >= FEWEST_SHARED
    }
    known = {method: found for method, found in tested.items() if np.isfinite(found[1])}
    corrected = holm(np.array([p for _, p in known.values()])).tolist()
    p_holm = dict(zip(known, corrected, strict=True))
    return [
        LeftOut(
            method,
            shared[method],
            rounded(known[method][0]) if method in known else None,
            rounded(p_holm[method]) if method in known else None,
        )
        for method in methods
    ]


def _against(
    comparison: Comparison, winner: str, method: str, benchmarks: tuple[str, ...], tests: int
) -> tuple[float, float]:
    """How many times fewer samples than the winner it needs, and p."""
    runs = []
    for name in benchmarks:
        both = [comparison.run_sets[name][one] for one in (winner, method)]
        runs.append((name, paired_runs(both, min(one.identity.budget for one in both))))
    weights = space_weights([comparison.spaces[name] for name in benchmarks])
    paired = is_paired(comparison.run_sets[benchmarks[0]][winner])
    found = separation(runs, weights, np.array([0]), np.array([1]), paired, tests)
    return float(np.exp(found.log_ratio[0])), float(found.p[0])
