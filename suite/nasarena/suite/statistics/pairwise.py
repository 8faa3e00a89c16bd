"""Which of two methods needs fewer samples on a benchmark, by how much, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.goals import Goal, samples_to
from nasarena.suite.statistics.independent_means import difference_of_means, share_fewer
from nasarena.suite.statistics.intervals import mean_intervals, rounded, wilson
from nasarena.suite.statistics.paired_runs import PairedRuns, paired_runs
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, restricted_mean
from nasarena.suite.statistics.separation import holm, is_paired, separation


@dataclass(frozen=True)
class Difference:
    """Two methods on one benchmark: every number is of the same runs.

    * `paired`: where labels are of one run, these are the runs of the seeds that both have, which
      meet the same label noise. Where labels are means, runs of the same seed have nothing in
      common: it is False, and all runs of both count.
    * `seeds_a`, `seeds_b`: how many runs count of each.
    * `mean`: of min(samples of `a`, budget) minus that of `b`; below 0, `a` needs fewer. The
      interval is of the paired bootstrap (BCa), or unpaired from the two means' own intervals;
      none where neither ever found the optimum. None without runs that count.
    * `error`: the standard error of `mean`; `deviation`: the standard deviation of the difference
      of a run of `a` and one of `b`. None below two seeds.
    * `p`: two-sided, of the test in `nasarena.suite.statistics.separation`. `p_holm`: corrected
      over all pairs that are shown together, those of all benchmarks of a comparison.
    * `probability`: that `a` needs fewer samples than `b` (of a seed where paired), ties counting
      half, with its interval.
    * `log_rank_p`: where the two have different budgets, the log-rank test of all their runs,
      each up to its own budget, not paired; None elsewhere.
    * `note`: which numbers are missing and why, in a sentence; empty where none is.
    """

    benchmark: str
    a: str
    b: str
    budget: int
    paired: bool
    seeds_a: int
    seeds_b: int
    mean: Estimate | None
    error: float | None
    deviation: float | None
    p: float | None
    p_holm: float | None
    probability: Estimate | None
    log_rank_p: float | None
    note: str

    @property
    def seeds(self) -> int:
        """The smaller number of runs of the two."""
        return min(self.seeds_a, self.seeds_b)


def compare(a: RunSet, b: RunSet, budget: int) -> Difference:
    """The difference of two methods on one benchmark, both cut at `budget` queries."""
    (difference,) = corrected(_differences([a, b], budget, tests=1))
    return difference


def differences(comparison: Comparison) -> dict[str, list[Difference]]:
    """By benchmark, every pair of methods without failed runs, in the order of their names.

    The p values are corrected over the pairs of all benchmarks: the chance that any two methods
    are wrongly called different anywhere in the comparison is at most 5 %.
    """
    sound = {
        benchmark: [cells[method] for method in comparison.sound_methods if method in cells]
        for benchmark, cells in comparison.run_sets.items()
    }
    tests = sum(comb(len(run_sets), 2) for run_sets in sound.values())
    every = [
        difference
        for benchmark, run_sets in sound.items()
        for difference in _differences(run_sets, comparison.budgets[benchmark], tests)
    ]
    found: dict[str, list[Difference]] = {benchmark: [] for benchmark in sound}
    for difference in corrected(every):
        found[difference.benchmark].append(difference)
    return found


def corrected(differences: Sequence[Difference]) -> list[Difference]:
    """The same differences, with p corrected over all that were tested."""
    tested = [difference.p for difference in differences if difference.p is not None]
    left = iter(holm(np.array(tested)).tolist())
    return [
        difference if difference.p is None else replace(difference, p_holm=rounded(next(left)))
        for difference in differences
    ]


def pair_p_values(
    run_sets: Sequence[RunSet], budget: int, goal: Goal, tests: int
) -> list[float | None]:
    """The p of every pair of methods on a benchmark, to a goal: (1, 2), (1, 3), ..., (2, 3), ...

    Not corrected. None where a pair has no runs to test.
    """
    samples = [samples_to(runs, goal) for runs in run_sets]
    first, second = np.triu_indices(len(run_sets), k=1)
    found = separation(
        [(run_sets[0].identity.benchmark, paired_runs(run_sets, budget, samples))],
        np.ones(1),
        first,
        second,
        is_paired(run_sets[0]),
        tests,
    )
    return [_shown(p) for p in found.p]


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


def _differences(run_sets: Sequence[RunSet], budget: int, tests: int) -> list[Difference]:
    """Every pair, not corrected yet; `tests` is how many there are in all."""
    if len(run_sets) < 2:
        return []
    runs = paired_runs(run_sets, budget)
    first, second = np.triu_indices(len(run_sets), k=1)
    paired, benchmark = is_paired(run_sets[0]), run_sets[0].identity.benchmark
    p = separation([(benchmark, runs)], np.ones(1), first, second, paired, tests).p
    if paired:
        seeds, numbers = _by_seed(runs, first, second)
    else:
        seeds = runs.counts[np.stack([first, second])]
        numbers = _by_run(run_sets, runs, first, second)
    return [
        Difference(
            benchmark=benchmark,
            a=runs.methods[a],
            b=runs.methods[b],
            budget=budget,
            paired=paired,
            seeds_a=int(seeds[0, pair]),
            seeds_b=int(seeds[1, pair]),
            mean=_estimate(numbers[:3, pair]),
            probability=_estimate(numbers[3:6, pair]),
            error=_shown(numbers[6, pair]),
            deviation=_shown(numbers[7, pair]),
            p=_shown(p[pair]),
            p_holm=None,
            log_rank_p=_log_rank_shown(run_sets[a], run_sets[b]),
            note=_note(seeds[:, pair].tolist(), paired, bool(runs.found[[a, b]].any())),
        )
        for pair, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True))
    ]


def _by_seed(
    runs: PairedRuns, first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Seeds of each method of a pair (2, pairs), and numbers (8, pairs): mean, its ends; share, its
    ends; error; deviation. All of the seeds that both have.
    """
    seeds = np.zeros((2, first.size), dtype=np.int64)
    numbers = np.full((8, first.size), np.nan)
    for pairs, common in runs.pairs_by_seeds(first, second):
        seeds[:, pairs] = count = int(common.sum())
        if not count:
            continue
        difference = (runs.samples[first[pairs]] - runs.samples[second[pairs]])[:, common]
        found = (runs.found[first[pairs]] | runs.found[second[pairs]])[:, common].any(axis=1)
        fewer = (1 - np.sign(difference)) / 2
        share = fewer.mean(axis=1)
        unanimous = ((share == 0) | (share == 1)) & (count > 1)
        ends = np.where(unanimous, wilson(share, np.full(share.size, count)), mean_intervals(fewer))
        numbers[0, pairs], numbers[3, pairs] = difference.mean(axis=1), share
        numbers[1:3, pairs] = np.where(found, mean_intervals(difference), np.nan)
        numbers[4:6, pairs] = np.where(found, ends, np.nan)
        if count > 1:
            numbers[7, pairs] = difference.std(axis=1, ddof=1)
            numbers[6, pairs] = numbers[7, pairs] / np.sqrt(count)
    return seeds, numbers


def _by_run(
    run_sets: Sequence[RunSet],
    runs: PairedRuns,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The same numbers of all runs of both methods, whatever their seeds."""
    means = [restricted_mean(one.samples_to_optimum, runs.budget) for one in run_sets]
    own = [samples[have] for samples, have in zip(runs.samples, runs.have, strict=True)]
    variances = np.array([one.var(ddof=1) if one.size > 1 else np.nan for one in own])
    numbers = np.full((8, first.size), np.nan)
    for pair, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        found = bool(runs.found[[a, b]].any())
        difference, share = difference_of_means(means[a], means[b]), share_fewer(own[a], own[b])
        for place, one in ((0, difference), (3, share)):
            numbers[place, pair] = one.value
            if found and one.low is not None and one.high is not None:
                numbers[place + 1 : place + 3, pair] = one.low, one.high
    numbers[6] = np.sqrt(
        variances[first] / runs.counts[first] + variances[second] / runs.counts[second]
    )
    numbers[7] = np.sqrt(variances[first] + variances[second])
    return numbers


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


def _note(seeds: Sequence[int], paired: bool, found: bool) -> str:
    fewest = min(seeds)
    if fewest == 0:
        return "The two have no seed in common: nothing can be said of their difference."
    if not found:
        return "Neither found the optimum in any run: samples cannot tell them apart."
    if fewest == 1 and (paired or max(seeds) == 1):
        return "One seed: there is no interval, and no difference could be shown."
    smallest = 2.0 ** (1 - fewest) if paired else _smallest_p(*seeds)
    if smallest > 0.05:
        which = f"{fewest} seeds in common" if paired else " and ".join(map(str, seeds)) + " seeds"
        return f"{which}: no difference could be shown, since even if all agree p = {smallest:.6g}."
    return ""


def _smallest_p(seeds_a: int, seeds_b: int) -> float:
    """Of all exchanges the observed one, and with equal numbers its opposite."""
    return (2 if seeds_a == seeds_b else 1) / comb(seeds_a + seeds_b, seeds_a)
