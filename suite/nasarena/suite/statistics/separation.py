"""Do two methods need different numbers of samples? One test for one benchmark and for many.

What is tested is the log ratio of the two restricted means, averaged over the benchmarks with their
weights. Where it is negative the first method needs fewer samples, so order and p come from the
same runs. If two methods differ only by chance, exchanging runs between them makes no difference: p
is the share of exchanges in which the ratio is at least as far from 1, in either direction, as the
observed ratio.

* Labels are means: runs of the same seed have nothing in common. All runs of both methods count,
  and are exchanged within a benchmark, whatever their seeds. The log ratio is divided by its
  standard error (delta method), so that the test keeps its level where the methods have the same
  mean and different spreads.
  Source: Chung & Romano, "Exact and asymptotically robust permutation tests", Annals of
  Statistics, 2013.
* Labels are of one run: two methods meet the same labels in the same seed. Only seeds that both
  have count, and the two runs of a seed are exchanged (a sign flip of their difference).

Of very many runs (above 10,000 of the two methods on a benchmark, or in 10,000 seeds) nothing is
drawn: the ratio over its standard error is then normal, as the central limit theorem for exchanges
says. p is not below what drawn exchanges could show.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.paired_runs import PairedRuns
from nasarena.suite.statistics.resampling import (
    FLIPS,
    draws_for,
    exchanges,
    sign_flip_p,
    sign_flips,
    stream,
)
from nasarena.suite.statistics.run_set import RunSet

SIGNIFICANT = 0.05

MANY_RUNS = 10_000
"""From so many runs of two methods on a benchmark, or seeds of both, on exchanges are not drawn."""

_COLUMNS = 1_000
"""Exchanges worked on at a time."""


@dataclass(frozen=True)
class Separation:
    """Of each pair: `log_ratio` of the first's samples over the second's (below 0, the first needs
    fewer), and `p`, two-sided and not corrected. NaN where there are no runs to test. (pairs,)
    """

    log_ratio: NDArray[np.float64]
    p: NDArray[np.float64]


def is_paired(runs: RunSet) -> bool:
    """Whether runs are compared seed by seed with other methods' runs: if labels are of one run."""
    return runs.identity.labels != "mean"


def separation(
    benchmarks: Sequence[tuple[str, PairedRuns]],
    weights: NDArray[np.float64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    paired: bool,
    tests: int,
) -> Separation:
    """Tests pairs of methods on benchmarks: names with the runs of the same methods on each.

    `weights` of the benchmarks sum to 1; `first` and `second` are places of methods, (pairs,);
    `tests` is for how many tests the p values will be corrected: more of them need more draws.
    The result of a pair does not depend on the others.
    """
    if not first.size:
        return Separation(np.empty(0), np.empty(0))
    names = benchmarks[0][1].methods
    # The draws are the same whichever of the two is named first.
    turned = np.array([names[a] > names[b] for a, b in zip(first, second, strict=True)])
    a, b = np.where(turned, second, first), np.where(turned, first, second)
    test = _by_seed if paired else _by_run
    found = test(benchmarks, weights, a, b, tests)
    return Separation(np.where(turned, -found.log_ratio, found.log_ratio), found.p)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """p values corrected for their number: the chance of any false rejection is at most the level.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    order = np.argsort(p, kind="stable")
    corrected = np.empty(p.size)
    left = np.arange(p.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * left), 1)
    return corrected


@dataclass(frozen=True)
class _Group:
    """Pairs with the same numbers of runs on a benchmark.

    `pairs` are their places. `smaller` and `larger` are the runs of methods, one row each, of which
    `row_of_smaller` and `row_of_larger` are those of the pairs: a pair's smaller method is that
    with fewer runs. `sign` is 1 where it is the first of the pair, else -1.
    """

    benchmark: str
    weight: float
    sign: float
    pairs: NDArray[np.int64]
    smaller: NDArray[np.float64]
    larger: NDArray[np.float64]
    row_of_smaller: NDArray[np.int64]
    row_of_larger: NDArray[np.int64]

    @property
    def fewer(self) -> int:
        """How many runs the smaller method of each pair has."""
        return int(self.smaller.shape[1])

    @property
    def runs(self) -> int:
        """How many runs the two methods of a pair have together."""
        return int(self.smaller.shape[1] + self.larger.shape[1])

    def among(self, pairs: NDArray[np.int64]) -> "_Group":
        """The same of those that are among some pairs, with no other method."""
        kept = np.isin(self.pairs, pairs)
        of_smaller, row_of_smaller = np.unique(self.row_of_smaller[kept], return_inverse=True)
        of_larger, row_of_larger = np.unique(self.row_of_larger[kept], return_inverse=True)
        return replace(
            self,
            pairs=self.pairs[kept],
            smaller=self.smaller[of_smaller],
            larger=self.larger[of_larger],
            row_of_smaller=row_of_smaller,
            row_of_larger=row_of_larger,
        )

    def terms(self, chosen: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What this benchmark adds to log ratios and to their squared errors.

        `chosen`, of shape (runs, exchanges), says which runs, those of the smaller method and then
        those of the larger one, count for the smaller one. Both results: (pairs, exchanges).
        """
        sums, rest = self._split(self.smaller, self.larger, chosen)
        squares, rest_squares = self._split(self.smaller**2, self.larger**2, chosen)
        others = self.runs - self.fewer
        ratio = np.log(sums / rest) + np.log(others / self.fewer)
        error = _squared_error(sums, squares, self.fewer)
        error += _squared_error(rest, rest_squares, others)
        return self.weight * self.sign * ratio, self.weight**2 * error

    def _split(
        self,
        smaller: NDArray[np.float64],
        larger: NDArray[np.float64],
        chosen: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sums of what is chosen, and of the rest. (pairs, exchanges)"""
        sums = (smaller @ chosen[: self.fewer])[self.row_of_smaller]
        sums += (larger @ chosen[self.fewer :])[self.row_of_larger]
        whole = smaller.sum(axis=1)[self.row_of_smaller] + larger.sum(axis=1)[self.row_of_larger]
        return sums, whole[:, None] - sums


def _squared_error(
    sums: NDArray[np.float64], squares: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Of the logarithm of a mean. Sums of whole numbers are exact: without spread it is 0."""
    if count == 1:
        return np.zeros_like(sums)
    found: NDArray[np.float64] = (count * squares / (sums * sums) - 1) / (count - 1)
    return found


def _by_run(
    benchmarks: Sequence[tuple[str, PairedRuns]],
    weights: NDArray[np.float64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    tests: int,
) -> Separation:
    """All runs of both methods, exchanged within each benchmark."""
    groups = [
        group
        for (name, runs), weight in zip(benchmarks, weights.tolist(), strict=True)
        for group in _groups(name, weight, runs, a, b)
    ]
    ratio, error = np.zeros(a.size), np.zeros(a.size)
    for group in groups:
        observed = (np.arange(group.runs)[:, None] < group.fewer).astype(np.float64)
        more_ratio, more_error = group.terms(observed)
        ratio[group.pairs] += more_ratio[:, 0]
        error[group.pairs] += more_error[:, 0]
    ratio = np.where(np.abs(ratio) < 1e-12, 0.0, ratio)

    many = np.zeros(a.size, dtype=bool)
    for group in groups:
        many[group.pairs] |= group.runs > MANY_RUNS
    p = _normal_p(ratio, error, tests)
    few = np.flatnonzero(~many)
    groups = [left for group in groups if (left := group.among(few)).pairs.size]
    if len(benchmarks) > 1:
        p[few] = _drawn_p(groups, ratio, error, few, tests)[few]
        return Separation(ratio, p)
    for group in groups:
        p[group.pairs] = _p_of_one_benchmark(group, ratio, error, tests)
    return Separation(ratio, p)


def _normal_p(
    values: NDArray[np.float64], squared_errors: NDArray[np.float64], tests: int
) -> NDArray[np.float64]:
    """The two-sided p of normal values around 0; at least the smallest of drawn exchanges."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(values == 0, 0.0, np.abs(values) / np.sqrt(squared_errors))
    p: NDArray[np.float64] = np.maximum(2 * ndtr(-size), 1 / (1 + draws_for(tests)))
    return p


def _p_of_one_benchmark(
    group: _Group, ratio: NDArray[np.float64], error: NDArray[np.float64], tests: int
) -> NDArray[np.float64]:
    """Exact where all exchanges can be tried."""
    runs = group.runs
    if comb(runs, group.fewer) > FLIPS:
        return _drawn_p([group], ratio, error, group.pairs, tests)[group.pairs]
    every = np.zeros((runs, comb(runs, group.fewer)))
    for column, chosen in enumerate(combinations(range(runs), group.fewer)):
        every[list(chosen), column] = 1
    return _as_far([group], [every], ratio, error, group.pairs) / every.shape[1]


def _drawn_p(
    groups: Sequence[_Group],
    ratio: NDArray[np.float64],
    error: NDArray[np.float64],
    pairs: NDArray[np.int64],
    tests: int,
) -> NDArray[np.float64]:
    """From drawn exchanges and the observed one. The result has a place for every pair.

    After the first round only those pairs go on of which p times the tests is below 1.
    """
    extreme = np.zeros(ratio.size)
    draws = np.zeros(ratio.size)
    for number in range(-(-(draws_for(tests) + 1) // (FLIPS + 1))):
        if number:
            pairs = pairs[(1 + extreme[pairs]) * tests < 1 + draws[pairs]]
        groups = [left for group in groups if (left := group.among(pairs)).pairs.size]
        if not groups:
            break
        chosen = [exchanges(one.benchmark, one.fewer, one.runs, number) for one in groups]
        count = chosen[0].shape[1]
        for start in range(0, count, _COLUMNS):
            part = [some[:, start : start + _COLUMNS] for some in chosen]
            extreme[pairs] += _as_far(groups, part, ratio, error, pairs)
        draws[pairs] += count
    return (1 + extreme) / (1 + draws)


def _as_far(
    groups: Sequence[_Group],
    exchanged: Sequence[NDArray[np.float64] | NDArray[np.uint8]],
    ratio: NDArray[np.float64],
    error: NDArray[np.float64],
    pairs: NDArray[np.int64],
) -> NDArray[np.float64]:
    """In how many exchanges a pair's log ratio, over its error, is as far from 0. (pairs,)

    `pairs` are in ascending order, and those of the groups are among them.
    """
    # A row for each of these pairs, not for all: late rounds have a few of thousands.
    ratios = np.zeros((pairs.size, exchanged[0].shape[1]))
    errors = np.zeros(ratios.shape)
    for group, some in zip(groups, exchanged, strict=True):
        rows = np.searchsorted(pairs, group.pairs)
        more_ratio, more_error = group.terms(some.astype(np.float64))
        ratios[rows] += more_ratio
        errors[rows] += more_error
    ratios **= 2
    observed, spread = ratio[pairs, None] ** 2, error[pairs, None]
    # As (ratio / error)^2 >= (observed / spread)^2, also where an error is 0.
    as_far = ratios * spread >= observed * errors * (1 - 1e-9)
    without_spread = (spread == 0) & (observed > 0)
    as_far = np.where(without_spread, (errors == 0) & (ratios > 1e-24), as_far)
    extreme: NDArray[np.float64] = as_far.sum(axis=1, dtype=np.float64)
    return extreme


def _groups(
    name: str, weight: float, runs: PairedRuns, a: NDArray[np.int64], b: NDArray[np.int64]
) -> Iterator[_Group]:
    """The pairs of `a` and `b` on a benchmark, by their numbers of runs."""
    sizes = np.stack([runs.counts[a], runs.counts[b]], axis=1)
    distinct, which = np.unique(sizes, axis=0, return_inverse=True)
    own = [samples[have] for samples, have in zip(runs.samples, runs.have, strict=True)]
    for index, (of_a, of_b) in enumerate(distinct.tolist()):
        pairs = np.flatnonzero(which.ravel() == index)
        smaller, larger = (a, b) if of_a <= of_b else (b, a)
        of_smaller, row_of_smaller = np.unique(smaller[pairs], return_inverse=True)
        of_larger, row_of_larger = np.unique(larger[pairs], return_inverse=True)
        yield _Group(
            benchmark=name,
            weight=weight,
            sign=1.0 if of_a <= of_b else -1.0,
            pairs=pairs,
            smaller=np.stack([own[method] for method in of_smaller]),
            larger=np.stack([own[method] for method in of_larger]),
            row_of_smaller=row_of_smaller,
            row_of_larger=row_of_larger,
        )


def _by_seed(
    benchmarks: Sequence[tuple[str, PairedRuns]],
    weights: NDArray[np.float64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    tests: int,
) -> Separation:
    """The seeds that both have, the two runs of each exchanged."""
    sums, differences = [], []
    for _, runs in benchmarks:
        common = runs.have[a] & runs.have[b]
        total = np.where(common, runs.samples[a] + runs.samples[b], 0).sum(axis=1, keepdims=True)
        sums.append(np.maximum(total, 1))  # without a seed in common the ratio is 1
        differences.append(np.where(common, runs.samples[a] - runs.samples[b], 0))

    def log_ratio(signed: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
        ratio = np.zeros(1)
        for weight, total, sign in zip(weights, sums, signed, strict=True):
            ratio = ratio + weight * np.log((total + sign) / (total - sign))
        return ratio

    tested = np.any([(runs.have[a] & runs.have[b]).any(axis=1) for _, runs in benchmarks], axis=0)
    observed = log_ratio(difference.sum(axis=1, keepdims=True) for difference in differences)
    observed = np.where(np.abs(observed) < 1e-12, 0.0, observed)
    if len(benchmarks) == 1:
        # With the sum of each seed fixed, the ratio is as far from 1 as the difference from 0.
        p = np.full(a.size, np.nan)
        ((_, runs),) = benchmarks
        for pairs, common in runs.pairs_by_seeds(a, b):
            if not common.any():
                continue
            of_pairs = differences[0][pairs][:, common]
            if of_pairs.shape[1] > MANY_RUNS:
                p[pairs] = _normal_p(of_pairs.sum(axis=1), (of_pairs**2).sum(axis=1), tests)
            else:
                p[pairs] = sign_flip_p(of_pairs, tests)
    elif max(runs.seeds.size for _, runs in benchmarks) > MANY_RUNS:
        # Of a sum that is small beside the total, the log ratio is twice their quotient.
        error = np.zeros(a.size)
        for weight, total, difference in zip(weights, sums, differences, strict=True):
            error += (2 * weight / total[:, 0]) ** 2 * (difference**2).sum(axis=1)
        p = _normal_p(observed[:, 0], error, tests)
    else:
        width = max(a.size, *(runs.seeds.size for _, runs in benchmarks))
        flips = draws_for(tests)
        chunks = [
            sign_flips(runs.seeds.size, stream("flips", name), flips, width)
            for name, runs in benchmarks
        ]
        extreme = np.ones(a.size)
        for signs in zip(*chunks, strict=True):
            flipped = log_ratio(d @ s.T for d, s in zip(differences, signs, strict=True))
            extreme += (np.abs(flipped) >= np.abs(observed) - 1e-12).sum(axis=1)
        p = extreme / (1 + flips)
    return Separation(np.where(tested, observed[:, 0], np.nan), np.where(tested, p, np.nan))
