"""One order of methods across benchmarks, how sure it is, and how far it is from random search."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.blocks import Block, complete_block, hard_benchmarks
from nasarena.suite.statistics.combined_intervals import ratio, samples_across
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import FEWEST_RUNS, RESAMPLES, resamples_for, rounded
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from nasarena.suite.statistics.resampling import drawn_counts
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.separation import SIGNIFICANT, holm, is_paired, separation
from nasarena.suite.statistics.tie_groups import group_letters, groups_not_separated

RANDOM_SEARCH = "random-search"


@dataclass(frozen=True)
class RankedMethod:
    """A method across benchmarks, all of them averaged within a space first, then across spaces.

    * `samples`: geometric mean of the restricted means.
    * `tie_group`: letters; of two methods that share none, the first needs fewer (see
      `Ranking.pairs`). None where there is nothing to separate.
    * `mean_rank`: of its restricted means; 1 is fewest samples, ties share the mean of theirs.
    * `speed_up`: the samples of random search, divided by the method's.
    * `best_share`: the share of benchmarks on which it needs fewest; ties split a benchmark.
    """

    method: str
    samples: Estimate
    tie_group: str | None
    mean_rank: Estimate
    speed_up: Estimate
    best_share: float


@dataclass(frozen=True)
class RankedPair:
    """Two methods across benchmarks, both numbers of the same runs.

    * `log_ratio`: of the geometric mean of the first's samples over the second's: below 0, the
      first needs fewer.
    * `p_holm`: corrected; None where labels are of one run and no seed is in common anywhere.
    """

    log_ratio: float | None
    p_holm: float | None

    @property
    def separated(self) -> bool:
        """Whether the two differ by more than chance, at 5 % after Holm's correction."""
        return self.p_holm is not None and self.p_holm < SIGNIFICANT

    @property
    def first_needs_fewer(self) -> bool:
        """Whether they are separated, and the first needs fewer samples."""
        return self.separated and self.log_ratio is not None and self.log_ratio < 0


@dataclass(frozen=True)
class Ranking:
    """Methods that were all run on the same benchmarks, by geometric mean of samples.

    Methods are not ordered by mean rank: it depends on which other methods are ranked, and the test
    that separates methods is of their samples. The two orders can disagree.

    `budgets` are of the benchmarks: the smallest of these methods' there, at which all are cut.
    Intervals of samples are made of those on each benchmark (see `combined_intervals`). Those of
    ranks are percentiles of a bootstrap over seeds, drawn anew for each benchmark and for all
    methods together where they have the same. The benchmarks are fixed: these intervals say nothing
    about other benchmarks. A method with fewer than 6 seeds on some benchmark has none.

    `pairs` are tested as on one benchmark, on all benchmarks together, in the order of `rows`, and
    corrected over the pairs; `paired` says whether by seed. `left_out` says why each other method
    is not ranked; `hard` are the benchmarks where even the best method finds the optimum in less
    than a fifth of its runs, whether they are left out here or not; `random_search` is `simulated`
    or `exact`; `notes` say what cannot be said.
    """

    budgets: dict[str, int]
    rows: tuple[RankedMethod, ...]
    paired: bool
    pairs: dict[tuple[str, str], RankedPair]
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
    pairs: dict[tuple[str, str], RankedPair] = {}
    if block.methods and block.benchmarks:
        rows, pairs = _rows(block, _exact(block))
    return Ranking(
        budgets=block.budgets,
        rows=rows,
        paired=_is_paired(comparison),
        pairs=pairs,
        left_out=block.left_out,
        hard=hard,
        random_search="simulated" if simulated else "exact",
        notes=tuple(_notes(block, leave_out_hard)),
    )


def _rows(
    block: Block, random_search: float
) -> tuple[tuple[RankedMethod, ...], dict[tuple[str, str], RankedPair]]:
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

    found = np.stack([runs.found.sum(axis=1) for runs in block.runs]).sum(axis=0)
    order = sorted(
        range(len(block.methods)),
        key=lambda row: (
            *(samples[row].value, mean_ranks[row].value),
            # With a budget of 1, what was not found counts as what was.
            *(-found[row], block.methods[row]),
        ),
    )
    names = [block.methods[row] for row in order]
    pairs = _pairs(block, order)
    letters = _letters(names, pairs)
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
    resamples = min((resamples_for(runs.seeds.size) for runs in block.runs), default=RESAMPLES)
    ranks = np.zeros((resamples, len(block.methods)))
    for name, weight, runs in zip(block.benchmarks, block.weights, block.runs, strict=True):
        start = 0
        for counts in drawn_counts(runs.have, name, resamples):
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


def _pairs(block: Block, order: list[int]) -> dict[tuple[str, str], RankedPair]:
    """Every pair of methods, in this order of them."""
    first, second = np.triu_indices(len(order), k=1)
    a, b = np.array(order)[first], np.array(order)[second]
    found = separation(
        list(zip(block.benchmarks, block.runs, strict=True)),
        block.weights,
        a,
        b,
        _is_paired(block.comparison),
        tests=first.size,
    )
    tested = np.isfinite(found.p)
    corrected = np.full(first.size, np.nan)
    corrected[tested] = holm(found.p[tested])
    return {
        (block.methods[one], block.methods[other]): RankedPair(_shown(ratio), _shown(p))
        for one, other, ratio, p in zip(a, b, found.log_ratio, corrected, strict=True)
    }


def _shown(number: np.float64) -> float | None:
    return rounded(float(number)) if np.isfinite(number) else None


def _is_paired(comparison: Comparison) -> bool:
    """One comparison has one kind of labels."""
    return any(is_paired(runs) for cells in comparison.run_sets.values() for runs in cells.values())


def _letters(names: list[str], pairs: dict[tuple[str, str], RankedPair]) -> list[str]:
    # Where the seeds in common speak against the order of all runs, the order is not shown as sure.
    separated = np.zeros((len(names), len(names)), dtype=bool)
    for (a, b), pair in pairs.items():
        separated[names.index(a), names.index(b)] = pair.first_needs_fewer
    return group_letters(len(names), groups_not_separated(separated | separated.T))


def _notes(block: Block, leave_out_hard: bool) -> list[str]:
    notes = [block.note] if block.note else []
    if not block.methods:
        return [*notes, "No method is without failed or rejected runs: none is ranked."]
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
