"""Which of two methods needs fewer samples on a benchmark, by how much, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import mean_intervals, rounded, wilson
from nasarena.suite.statistics.paired_runs import PairedRuns, paired_runs
from nasarena.suite.statistics.resampling import sign_flip_p
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate


@dataclass(frozen=True)
class Difference:
    """Two methods on one benchmark, run by run of the seeds that both have.

    Methods meet the same label noise and random streams by seed, so runs pair by seed.

    * `mean`: of min(samples of `a`, budget) - min(samples of `b`, budget); below 0, `a` needs
      fewer. Paired bootstrap interval (BCa), none where neither ever found the optimum. None
      without a seed in common.
    * `deviation`: standard deviation of these differences; None below two seeds.
    * `p`: two-sided, by flips of the differences' signs; all flips up to 13 seeds, 9,999 drawn
      ones beyond. `p_holm`: corrected over all pairs that are shown together.
    * `probability`: the share of seeds on which `a` needs fewer samples, ties counting half, with
      its bootstrap interval (Wilson's where all seeds say the same: there is no spread).
    * `log_rank_p`: where the two have different budgets, the log-rank test of all their runs,
      each up to its own budget, not paired; None elsewhere.
    * `note`: what cannot be said, in a sentence; empty where all can.
    """

    benchmark: str
    a: str
    b: str
    budget: int
    seeds: int
    mean: Estimate | None
    deviation: float | None
    p: float | None
    p_holm: float | None
    probability: Estimate | None
    log_rank_p: float | None
    note: str


def compare(a: RunSet, b: RunSet, budget: int) -> Difference:
    """The difference of two methods on one benchmark, both cut at `budget` queries."""
    (difference,) = _differences([a, b], budget)
    return difference


def differences(comparison: Comparison, benchmark: str) -> list[Difference]:
    """Every pair of a benchmark's methods without failed runs, in the order of their names.

    The p values are corrected over these pairs. Empty with fewer than two such methods.
    """
    cells = comparison.run_sets[benchmark]
    sound = [cells[method] for method in comparison.sound_methods if method in cells]
    return _differences(sound, comparison.budgets[benchmark])


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """p values corrected for their number, so that a false one among all is as rare as stated.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    order = np.argsort(p, kind="stable")
    corrected = np.empty(p.size)
    left = np.arange(p.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * left), 1)
    return corrected


def log_rank(a: RunSet, b: RunSet) -> float | None:
    """The two-sided p of the log-rank test that both find the optimum at the same rate.

    Runs that did not find it are censored at their own method's budget, however they ended. None
    where no run of either found it: there is no rate to compare.
    """
    from scipy.stats import CensoredData, logrank

    found = [np.isfinite(runs.samples_to_optimum) for runs in (a, b)]
    if not (found[0].any() or found[1].any()):
        return None
    first, second = (
        CensoredData.right_censored(
            np.minimum(runs.samples_to_optimum, runs.identity.budget), ~where
        )
        for runs, where in zip((a, b), found, strict=True)
    )
    p = float(logrank(first, second).pvalue)
    return p if np.isfinite(p) else None


def _differences(run_sets: Sequence[RunSet], budget: int) -> list[Difference]:
    if len(run_sets) < 2:
        return []
    paired = paired_runs(run_sets, budget)
    first, second = np.triu_indices(len(run_sets), k=1)
    count = first.size
    seeds = np.zeros(count, dtype=np.int64)
    # Rows: mean, its ends; share, its ends; deviation; p.
    numbers = np.full((8, count), np.nan)
    for pairs, common in paired.pairs_by_seeds(first, second):
        seeds[pairs] = common.sum()
        if common.any():
            numbers[:, pairs] = _numbers(paired, first[pairs], second[pairs], common, count)
    corrected = np.full(count, np.nan)
    tested = np.isfinite(numbers[7])
    corrected[tested] = holm(numbers[7, tested])
    return [
        Difference(
            benchmark=run_sets[0].identity.benchmark,
            a=paired.methods[a],
            b=paired.methods[b],
            budget=budget,
            seeds=int(seeds[pair]),
            mean=_estimate(numbers[:3, pair]),
            probability=_estimate(numbers[3:6, pair]),
            deviation=_shown(numbers[6, pair]),
            p=_shown(numbers[7, pair]),
            p_holm=_shown(corrected[pair]),
            log_rank_p=_log_rank_shown(run_sets[a], run_sets[b]),
            note=_note(int(seeds[pair]), bool(paired.found[[a, b]].any())),
        )
        for pair, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True))
    ]


def _numbers(
    paired: PairedRuns,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    common: NDArray[np.bool_],
    tests: int,
) -> NDArray[np.float64]:
    """Of pairs with the same seeds in common, of so many in all. Shape (8, pairs)."""
    difference = (paired.samples[first] - paired.samples[second])[:, common]
    decided = (paired.found[first] | paired.found[second])[:, common].any(axis=1)
    seeds = difference.shape[1]
    fewer = (1 - np.sign(difference)) / 2
    share = fewer.mean(axis=1)
    unanimous = ((share == 0) | (share == 1)) & (seeds > 1)
    return np.stack(
        [
            difference.mean(axis=1),
            *np.where(decided, mean_intervals(difference), np.nan),
            share,
            *np.where(
                decided,
                np.where(
                    unanimous, wilson(share, np.full(share.size, seeds)), mean_intervals(fewer)
                ),
                np.nan,
            ),
            difference.std(axis=1, ddof=1) if seeds > 1 else np.full(first.size, np.nan),
            sign_flip_p(difference, tests),
        ]
    )


def _estimate(numbers: NDArray[np.float64]) -> Estimate | None:
    value, low, high = map(_shown, numbers)
    return None if value is None else Estimate(value, low, high)


def _shown(number: np.float64) -> float | None:
    return rounded(float(number)) if np.isfinite(number) else None


def _log_rank_shown(a: RunSet, b: RunSet) -> float | None:
    if a.identity.budget == b.identity.budget:
        return None
    p = log_rank(a, b)
    return None if p is None else rounded(p)


def _note(seeds: int, found: bool) -> str:
    if seeds == 0:
        return "The two have no seed in common: nothing can be said of their difference."
    if not found:
        return "Neither found the optimum in any run: samples cannot tell them apart."
    if seeds == 1:
        return "One seed in common: there is no interval, and no difference could be shown."
    if 2.0 ** (1 - seeds) > 0.05:
        return (
            f"{seeds} seeds in common: no difference could be shown, since even if all agree "
            f"p = {2.0 ** (1 - seeds):.6g}."
        )
    return ""
