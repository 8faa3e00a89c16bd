"""One order of methods across benchmarks, how sure it is, and how far it is from random search."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.blocks import Block, complete_block, hard_benchmarks
from nasarena.suite.statistics.combined_intervals import ratio, samples_across
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import FEWEST_RUNS, RESAMPLES, rounded
from nasarena.suite.statistics.pairwise import holm
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from nasarena.suite.statistics.resampling import drawn_counts, flips_for, sign_flips, stream
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.tie_groups import group_letters, groups_not_separated

RANDOM_SEARCH = "random-search"
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class RankedMethod:
    """A method across benchmarks, all of them averaged within a space first, then across spaces.

    * `samples`: geometric mean of the restricted means.
    * `tie_group`: letters; methods that share one are not separated (see `Ranking.p_holm`). None
      where there is nothing to separate.
    * `mean_rank`: of its restricted means; 1 is fewest samples, ties share the mean of theirs.
    * `speed_up`: random search's, divided by it.
    * `best_share`: the share of benchmarks on which it needs fewest; ties split a benchmark.
    """

    method: str
    samples: Estimate
    tie_group: str | None
    mean_rank: Estimate
    speed_up: Estimate
    best_share: float


@dataclass(frozen=True)
class Ranking:
    """Methods that were all run on the same benchmarks, by geometric mean of samples.

    Not by mean rank: that depends on who else is there, and what separates methods is a test of
    their samples. The two can disagree.

    `budgets` are of the benchmarks: the smallest of these methods' there, at which all are cut.
    Intervals of samples are made of those on each benchmark (see `combined_intervals`). Those of
    ranks are percentiles of a bootstrap over seeds, drawn anew for each benchmark and for all
    methods together where they have the same. The benchmarks stay: nothing is said of others.
    None for a method with fewer than 6 seeds somewhere.

    `p_holm` is of each pair, in the order of `rows`: a paired sign-flip test over the seeds in
    common of the log ratio of geometric means, corrected over the pairs; None where a pair has
    no seed in common anywhere. `left_out` says of each method that is not ranked why; `hard` are
    the benchmarks where even the best method finds the optimum in less than a fifth of its runs,
    whether they are left out here or not; `random_search` is `simulated` or `exact`; `notes` say
    what cannot be said.
    """

    budgets: dict[str, int]
    rows: tuple[RankedMethod, ...]
    p_holm: dict[tuple[str, str], float | None]
    left_out: dict[str, str]
    hard: tuple[str, ...]
    random_search: str
    notes: tuple[str, ...]

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks' names, sorted."""
        return tuple(self.budgets)


def ranking(comparison: Comparison, leave_out_hard: bool = False) -> Ranking:
    """The ranking of a comparison's complete methods, on all benchmarks or without the hard ones.

    No rows where no method or no benchmark is left.
    """
    block = complete_block(comparison, leave_out_hard)
    hard = tuple(hard_benchmarks(comparison))
    simulated = RANDOM_SEARCH in block.methods
    rows: tuple[RankedMethod, ...] = ()
    pairs: dict[tuple[str, str], float | None] = {}
    if block.methods and block.benchmarks:
        rows, pairs = _rows(block, _exact(block))
    return Ranking(
        budgets=block.budgets,
        rows=rows,
        p_holm=pairs,
        left_out=block.left_out,
        hard=hard,
        random_search="simulated" if simulated else "exact",
        notes=tuple(_notes(block, leave_out_hard)),
    )


def _rows(
    block: Block, random_search: float
) -> tuple[tuple[RankedMethod, ...], dict[tuple[str, str], float | None]]:
    means = np.stack([runs.means for runs in block.runs])
    ranks = block.weights @ _ranks(means)
    drawn_ranks = _resampled(block)
    alone = np.stack([runs.counts for runs in block.runs]).min(axis=0) < FEWEST_RUNS
    mean_ranks = _estimates(ranks, drawn_ranks, alone)
    across = samples_across(block)
    samples = [estimate.rounded() for estimate in across]
    own = Estimate(random_search, random_search, random_search)
    if RANDOM_SEARCH in block.methods:
        own = across[block.methods.index(RANDOM_SEARCH)]
    speed_ups = [ratio(own, estimate).rounded() for estimate in across]
    best = means == means.min(axis=1, keepdims=True)
    best_share = block.weights @ (best / best.sum(axis=1, keepdims=True))

    order = sorted(
        range(len(block.methods)),
        key=lambda row: (samples[row].value, mean_ranks[row].value, block.methods[row]),
    )
    p = _pair_p(block, order)
    letters = _letters(p)
    rows = tuple(
        RankedMethod(
            method=block.methods[row],
            samples=samples[row],
            tie_group=letters[place] if len(order) > 1 else None,
            mean_rank=mean_ranks[row],
            speed_up=speed_ups[row],
            best_share=rounded(float(best_share[row])),
        )
        for place, row in enumerate(order)
    )
    pairs = {
        (rows[a].method, rows[b].method): float(p[a, b]) if np.isfinite(p[a, b]) else None
        for a, b in zip(*np.triu_indices(len(rows), k=1), strict=True)
    }
    return rows, pairs


def _exact(block: Block) -> float:
    """Random search's geometric mean in closed form."""
    expected = []
    for benchmark, budget in block.budgets.items():
        runs = block.comparison.run_sets[benchmark][block.methods[0]]
        duplicates = runs.identity.duplicates
        expected.append(expected_restricted_samples(runs.benchmark, budget, duplicates))
    return float(np.exp(block.weights @ np.log(expected)))


def _ranks(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks within rows, 1 for the smallest; ties share the mean of theirs."""
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(means, axis=1)
    return ranks


def _resampled(block: Block) -> NDArray[np.float64]:
    """Mean ranks of restricted means. Shape (resamples, methods)."""
    ranks = np.zeros((RESAMPLES, len(block.methods)))
    for name, weight, runs in zip(block.benchmarks, block.weights, block.runs, strict=True):
        start = 0
        for counts in drawn_counts(runs.have, name):
            means = counts @ runs.samples.T / runs.counts
            rows = slice(start, start + len(means))
            ranks[rows] += weight * _ranks(means)
            start = rows.stop
    return ranks


def _estimates(
    values: NDArray[np.float64], drawn: NDArray[np.float64], alone: NDArray[np.bool_]
) -> list[Estimate]:
    ends = np.quantile(drawn, [0.025, 0.975], axis=0).T
    return [
        Estimate(float(value), *((None, None) if single else (float(low), float(high)))).rounded()
        for value, (low, high), single in zip(values, ends, alone, strict=True)
    ]


def _pair_p(block: Block, order: list[int]) -> NDArray[np.float64]:
    """The corrected p of each pair; NaN on the diagonal and where none can be had. (rows, rows)"""
    first, second = np.triu_indices(len(order), k=1)
    a, b = np.array(order)[first], np.array(order)[second]
    p = np.full((len(order), len(order)), np.nan)
    if first.size:
        raw, tested = _sign_flip_p(block, a, b)
        corrected = np.full(first.size, np.nan)
        corrected[tested] = [rounded(value) for value in holm(raw[tested]).tolist()]
        p[first, second] = p[second, first] = corrected
    return p


def _sign_flip_p(
    block: Block, a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Two-sided p of pairs, and which have a seed in common. Shapes (pairs,).

    If nothing but chance told two methods apart, their samples could be exchanged within every
    seed and benchmark: how often is the log ratio of geometric means then as far from 0?
    """
    sums, differences = [], []
    for runs in block.runs:
        common = runs.have[a] & runs.have[b]
        total = np.where(common, runs.samples[a] + runs.samples[b], 0).sum(axis=1, keepdims=True)
        sums.append(np.maximum(total, 1))  # without a seed in common the ratio is 1
        differences.append(np.where(common, runs.samples[a] - runs.samples[b], 0))

    def log_ratio(signed: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
        ratio = np.zeros(1)
        for weight, total, sign in zip(block.weights, sums, signed, strict=True):
            ratio = ratio + weight * np.log((total + sign) / (total - sign))
        return np.abs(ratio)

    observed = log_ratio(difference.sum(axis=1, keepdims=True) for difference in differences)
    width = max(a.size, *(runs.seeds.size for runs in block.runs))
    flips = flips_for(a.size)
    chunks = [
        sign_flips(runs.seeds.size, stream("flips", name), flips, width)
        for name, runs in zip(block.benchmarks, block.runs, strict=True)
    ]
    extreme = np.ones(a.size)
    for signs in zip(*chunks, strict=True):
        flipped = log_ratio(d @ s.T for d, s in zip(differences, signs, strict=True))
        extreme += (flipped >= observed - 1e-12).sum(axis=1)
    tested = np.any([(runs.have[a] & runs.have[b]).any(axis=1) for runs in block.runs], axis=0)
    return extreme / (1 + flips), tested


def _letters(p: NDArray[np.float64]) -> list[str]:
    return group_letters(len(p), groups_not_separated(p < SIGNIFICANT))


def _notes(block: Block, leave_out_hard: bool) -> list[str]:
    notes = [block.note] if block.note else []
    if not block.methods:
        return [*notes, "No method is without failed runs: none is ranked."]
    if not block.benchmarks:
        why = "all benchmarks are hard" if leave_out_hard else "there is no benchmark"
        return [*notes, f"Nothing is ranked: {why}."]
    if len(block.methods) == 1:
        notes.append("One method alone has no rank to speak of.")
    single = [
        method
        for row, method in enumerate(block.methods)
        if any(runs.counts[row] < FEWEST_RUNS for runs in block.runs)
    ]
    if single:
        notes.append(f"Fewer than {FEWEST_RUNS} seeds give no interval: {', '.join(single)}.")
    nobody = [
        name
        for name, runs in zip(block.benchmarks, block.runs, strict=True)
        if not runs.found.any()
    ]
    if nobody:
        notes.append(
            f"No run found the optimum of {', '.join(nobody)}: there all methods count the "
            "budget and tie."
        )
    return notes
