"""Two methods after equal numbers of labels: samples, regret, and how well their predictors order
the space.

Where labels are of one run, seeds pair the runs: differences are of the seeds that both have, run
by run. Where labels are means, runs of the same seed have nothing in common, and all runs of both
count. Intervals are at 95 %.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError
from nasarena.suite.records.run_record import QUALITIES
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.fixed_budgets import FIXED_BUDGETS
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, mean_of, restricted_mean
from nasarena.suite.statistics.separation import is_paired

SAMPLES, REGRET = "samples", "regret"
MEASURES = (SAMPLES, REGRET, *QUALITIES)


@dataclass(frozen=True)
class PairedMeasure:
    """One measure of two methods on one benchmark: means over the runs that are compared.

    `paired` says whether these are the seeds of both, run by run, or all runs of both; `seeds_a`
    and `seeds_b` how many. `labels` is how many charged queries the measure is after. `measure` is
    one of

    * `samples` to the optimum, at most `labels`: the smaller of the two budgets;
    * `regret` of the best validated, in points;
    * `tau` over the whole space, `tau_top` over its true top 1 % and `precision` at the top 1 %,
      of the last predictor that a run had shown by then.

    `difference` is `a` minus `b`, with the interval of the paired bootstrap (BCa) or, unpaired, one
    made of the two means' intervals: none for a single seed, nor for samples where neither ever
    found the optimum. `p` is of the samples only, of the same runs, two-sided, not corrected.
    """

    protocol: str
    benchmark: str
    a: str
    b: str
    paired: bool
    seeds_a: int
    seeds_b: int
    labels: int
    measure: str
    of_a: Estimate
    of_b: Estimate
    difference: Estimate
    p: float | None = None


def paired_measures(
    comparisons: Sequence[Comparison], a: str, b: str, labels: Sequence[int] = ()
) -> list[PairedMeasure]:
    """Every measure that both methods have, by comparison, benchmark and number of labels.

    `labels` are those at which answers and predictors are compared: by default some round
    numbers up to the smaller budget, and that. Raises UserError where the two were never run on
    one benchmark under the same rules, with a seed in common where labels are of one run.
    """
    known = {method for comparison in comparisons for method in comparison.methods}
    for method in (a, b):
        if method not in known:
            raise UserError(
                f"the results hold no runs of {method}; they hold {', '.join(sorted(known))}"
            )
    pairs = [
        (comparison.name, cells[a], cells[b])
        for comparison in comparisons
        for cells in comparison.run_sets.values()
        if a in cells and b in cells and counted(cells[a], cells[b])[0].any()
    ]
    if not pairs:
        raise UserError(
            f"{a} and {b} have no runs that can be compared: none on the same benchmark under "
            "the same rules, or, where labels are of one run, none with the same seed; run both "
            "with the same --seeds, --benchmarks and --protocol"
        )
    most = max(_budget(*run_sets) for _, *run_sets in pairs)
    if labels and min(labels) > most:
        raise UserError(
            f"runs of {a} and {b} end at {most:,} queries or before; give fewer with --at"
        )
    return [measure for pair in pairs for measure in _paired_measures(*pair, labels)]


def _budget(a: RunSet, b: RunSet) -> int:
    return min(a.identity.budget, b.identity.budget)


def counted(a: RunSet, b: RunSet) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which runs of the two are compared."""
    if not is_paired(a):
        return np.ones(a.count, dtype=bool), np.ones(b.count, dtype=bool)
    return np.isin(a.seeds, b.seeds), np.isin(b.seeds, a.seeds)


def _paired_measures(
    protocol: str, a: RunSet, b: RunSet, labels: Sequence[int]
) -> Iterator[PairedMeasure]:
    (of_a, of_b), paired = counted(a, b), is_paired(a)
    budget = _budget(a, b)
    where = np.array(
        [count for count in labels if count <= budget]
        if labels
        else sorted({*(count for count in FIXED_BUDGETS if count < budget), budget}),
        dtype=np.int64,
    )

    def measured(
        count: int,
        measure: str,
        means: tuple[Estimate, Estimate],
        difference: Estimate,
        p: float | None = None,
    ) -> PairedMeasure:
        return PairedMeasure(
            protocol=protocol,
            benchmark=a.identity.benchmark,
            a=a.identity.method,
            b=b.identity.method,
            paired=paired,
            seeds_a=int(of_a.sum()),
            seeds_b=int(of_b.sum()),
            labels=count,
            measure=measure,
            of_a=means[0].rounded(),
            of_b=means[1].rounded(),
            difference=difference.rounded(),
            p=p,
        )

    if a.benchmark.table.optimum_known:
        compared = compare(a, b, budget)
        assert compared.mean is not None, "there are runs to compare"
        of_each = (
            restricted_mean(a.samples_to_optimum[of_a], budget),
            restricted_mean(b.samples_to_optimum[of_b], budget),
        )
        yield measured(budget, SAMPLES, of_each, compared.mean, compared.p)
    values = {
        measure: (_values(a, measure, where)[of_a], _values(b, measure, where)[of_b])
        for measure in MEASURES
        if measure != SAMPLES
    }
    for column, count in enumerate(where.tolist()):
        for measure, (values_a, values_b) in values.items():
            one, other = values_a[:, column], values_b[:, column]
            if not (np.isnan(one).any() or np.isnan(other).any()):
                means = mean_of(one), mean_of(other)
                difference = mean_of(one - other) if paired else difference_of_means(*means)
                yield measured(count, measure, means, difference)


def _values(runs: RunSet, measure: str, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """A measure of each run after so many charged queries; NaN for none. (runs, labels)"""
    if measure == REGRET:
        return regret_at(runs, labels, "best_validation")
    return runs.judged.at(measure, runs.count, labels)
