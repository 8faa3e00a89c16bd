"""Two methods after equal numbers of labels: samples, regret, and what their predictors are worth.

Differences are of the seeds that both have, run by run, with 95 % intervals.
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
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, mean_of, restricted_mean

SAMPLES, REGRET = "samples", "regret"
MEASURES = (SAMPLES, REGRET, *QUALITIES)


@dataclass(frozen=True)
class PairedMeasure:
    """One measure of two methods on one benchmark, paired by seed: means over the seeds of both.

    `labels` is how many charged queries it is after. `measure` is one of

    * `samples` to the optimum, at most `labels`: the smaller of the two budgets;
    * `regret` of the best validated, in points;
    * `tau` over the whole space, `tau_top` over its true top 1 % and `precision` at the top 1 %,
      of the last predictor that a run had shown by then.

    `difference` is `a` minus `b`, with the interval of the paired bootstrap (BCa): none for a
    single seed, nor for samples where neither ever found the optimum.
    """

    protocol: str
    benchmark: str
    a: str
    b: str
    seeds: int
    labels: int
    measure: str
    of_a: Estimate
    of_b: Estimate
    difference: Estimate


def paired_measures(
    comparisons: Sequence[Comparison], a: str, b: str, labels: Sequence[int] = ()
) -> list[PairedMeasure]:
    """Every measure that both methods have, by comparison, benchmark and number of labels.

    `labels` are those at which answers and predictors are compared: by default some round
    numbers up to the smaller budget, and that. Raises UserError where the two were never run on
    one benchmark under the same rules with a seed in common.
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
        if a in cells and b in cells and np.isin(cells[a].seeds, cells[b].seeds).any()
    ]
    if not pairs:
        raise UserError(
            f"{a} and {b} have no seed in common on any benchmark under the same rules; "
            "run both with the same --seeds, --benchmarks and --protocol"
        )
    most = max(_budget(*run_sets) for _, *run_sets in pairs)
    if labels and min(labels) > most:
        raise UserError(
            f"runs of {a} and {b} end at {most:,} queries or before; give fewer with --at"
        )
    return [measure for pair in pairs for measure in _paired_measures(*pair, labels)]


def _budget(a: RunSet, b: RunSet) -> int:
    return min(a.identity.budget, b.identity.budget)


def _paired_measures(
    protocol: str, a: RunSet, b: RunSet, labels: Sequence[int]
) -> Iterator[PairedMeasure]:
    of_a, of_b = (np.isin(one.seeds, other.seeds) for one, other in ((a, b), (b, a)))
    budget = _budget(a, b)
    where = np.array(
        [count for count in labels if count <= budget]
        if labels
        else sorted({*(count for count in FIXED_BUDGETS if count < budget), budget}),
        dtype=np.int64,
    )

    def measured(count: int, measure: str, *estimates: Estimate) -> PairedMeasure:
        return PairedMeasure(
            protocol,
            a.identity.benchmark,
            a.identity.method,
            b.identity.method,
            int(of_a.sum()),
            count,
            measure,
            *(estimate.rounded() for estimate in estimates),
        )

    if a.benchmark.table.optimum_known:
        difference = compare(a, b, budget).mean
        assert difference is not None, "there is a seed in common"
        samples = a.samples_to_optimum[of_a], b.samples_to_optimum[of_b]
        means = (restricted_mean(some, budget) for some in samples)
        yield measured(budget, SAMPLES, *means, difference)
    values = {
        measure: (_values(a, measure, where)[of_a], _values(b, measure, where)[of_b])
        for measure in MEASURES
        if measure != SAMPLES
    }
    for column, count in enumerate(where.tolist()):
        for measure, (values_a, values_b) in values.items():
            one, other = values_a[:, column], values_b[:, column]
            if not np.isnan(one - other).any():
                yield measured(count, measure, mean_of(one), mean_of(other), mean_of(one - other))


def _values(runs: RunSet, measure: str, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """A measure of each run after so many charged queries; NaN for none. (runs, labels)"""
    if measure == REGRET:
        return regret_at(runs, labels, "best_validation")
    return runs.judged.at(measure, runs.count, labels)
