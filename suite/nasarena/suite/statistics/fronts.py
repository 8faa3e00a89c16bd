"""Two objectives: which architectures nothing beats in both, and how much of that was measured."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids, keep_read_only
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.tables.limited_table import LimitedTable
from nasarena.suite.tables.metric import Metric
from nasarena.suite.tables.objective import Values
from nasarena.suite.tables.table import TIE


@dataclass(frozen=True)
class TwoObjectives:
    """What a benchmark's queries answer, and a second metric of the same architectures.

    `first` are the mean validation accuracies (or other labels), `second` the metric; of both,
    shape (architectures,), higher is better, as what is to be minimised is negated. `second` is NaN
    where an architecture was not measured, or does not keep to the protocol's limit; it then lies
    on no front.

    Example:
        >>> both = two_objectives(load_benchmark("nasbench201/cifar10"), "parameters")
        >>> both.front.size
        13
    """

    benchmark: Benchmark
    metric: Metric
    sha256: str
    first: NDArray[np.float64]
    second: NDArray[np.float64]

    @cached_property
    def measured(self) -> NDArray[np.bool_]:
        """Which architectures have a value of the metric."""
        measured: NDArray[np.bool_] = ~np.isnan(self.second)
        return measured

    @cached_property
    def front(self) -> Ids:
        """The ids of the true front: no other architecture is as good in both and better in one.

        The best of the metric first.
        """
        known = np.flatnonzero(self.measured)
        return known[front(self.first[known], self.second[known])]

    @cached_property
    def reference(self) -> NDArray[np.float64]:
        """The reference point of hypervolumes: the worst of all measured architectures in both."""
        known = self.measured
        return np.array([self.first[known].min(), self.second[known].min()])

    @cached_property
    def hypervolume(self) -> float:
        """The hypervolume of the true front."""
        return hypervolume(self.first[self.front], self.second[self.front], self.reference)

    def as_measured(self, values: Values) -> Values:
        """Values of the metric as they were measured: of what is minimised, negated back."""
        return values if self.metric.direction == "max" else 0.0 - values


keep_read_only(TwoObjectives)


def two_objectives(benchmark: Benchmark, name: str) -> TwoObjectives:
    """A benchmark's labels and its metric of this name.

    Raises UserError where the benchmark has no such metric, or one that is no second objective.
    """
    column = benchmark.metric(name)
    metric = column.metric
    if name == "validation":
        raise UserError(
            f"{name} is what queries on {benchmark.name} answer already; name another metric"
        )
    if metric.direction is None:
        raise UserError(
            f"{name} of {benchmark.name} is no objective: neither more nor less of it is better; "
            "name another metric"
        )
    values, table = np.asarray(column.values), benchmark.table
    if isinstance(table, LimitedTable):
        values = np.where(table.feasible, values, np.nan)
    both = TwoObjectives(
        benchmark,
        metric,
        column.sha256,
        table.mean_validation,
        values if metric.direction == "max" else 0.0 - values,
    )
    if not both.measured.any() or both.hypervolume == 0:
        raise UserError(
            f"{name} of {benchmark.name} leaves no choice between two objectives: it has one value "
            "for all architectures that were measured; name another metric"
        )
    return both


def front(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.int64]:
    """The points that no other dominates, the best of `second` first. Of both, higher is better.

    A point dominates another if it is as good in both and better in one. Accuracies (`first`) that
    differ by 1e-9 are equal. Equal points are all there. Shape of the arguments (points,).
    """
    order = np.lexsort((-first, -second))
    ahead, group, best = -np.inf, np.nan, -np.inf
    kept = []
    for index, one, other in zip(
        order.tolist(), first[order].tolist(), second[order].tolist(), strict=True
    ):
        if other != group:
            ahead, group, best = max(ahead, best), other, one
        if one > ahead + TIE and one >= best - TIE:
            kept.append(index)
    return np.array(kept, dtype=np.int64)


def hypervolume(
    first: NDArray[np.float64], second: NDArray[np.float64], reference: NDArray[np.float64]
) -> float:
    """The area between the reference point and what any of the points dominates.

    Of both, higher is better. Points that are worse than the reference count nothing. Shape of the
    points (points,), of the reference (2,).
    """
    areas = hypervolumes(first[None], second[None], np.ones((1, first.size), dtype=bool), reference)
    return float(areas[0])


def hypervolumes(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    counted: NDArray[np.bool_],
    reference: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The hypervolume of each row's points that are `counted`. Shape (rows,) of (rows, points).

    The rows are sorted here by `second`, the best first: the area is that below the best `first` so
    far.
    """
    if not first.shape[-1]:
        return np.zeros(len(first))
    second = np.where(np.isnan(second), -np.inf, second)
    order = np.argsort(-second, axis=1, kind="stable")
    heights = np.take_along_axis(np.where(counted, first, -np.inf), order, axis=1) - reference[0]
    heights = np.maximum.accumulate(np.maximum(heights, 0), axis=1)
    places = np.maximum(np.take_along_axis(second, order, axis=1) - reference[1], 0)
    widths = -np.diff(places, axis=1, append=0)
    areas: NDArray[np.float64] = (heights * widths).sum(axis=1)
    return areas


def measured_fronts(
    runs: RunSet, both: TwoObjectives, positions: NDArray[np.int64]
) -> list[NDArray[np.bool_]]:
    """Which queries are on each run's measured front, after so many charged queries.

    A mask of shape (runs, queries of the longest trace) for each of `positions`. The front is that
    of what the queries answered; where two were equal in both, the first query is on it.
    """
    labels = runs.matrix(runs.labels, -np.inf)
    second = runs.matrix(both.second[runs.ids], np.nan)
    usable = np.isfinite(labels) & ~np.isnan(second)
    # The best of the metric first, of equal ones the best label, of equal ones the first query.
    order = np.lexsort((-labels, -np.where(usable, second, -np.inf)), axis=1)
    sorted_labels = np.take_along_axis(np.where(usable, labels, -np.inf), order, axis=1)
    fronts = []
    for reached in runs.traced_by(positions).T:
        heights = np.where(order < reached[:, None], sorted_labels, -np.inf)
        before = np.full_like(heights, -np.inf)
        before[:, 1:] = np.maximum.accumulate(heights, axis=1)[:, :-1]
        on_it = np.zeros(labels.shape, dtype=bool)
        np.put_along_axis(on_it, order, heights > before + TIE, axis=1)
        fronts.append(on_it)
    return fronts


def hypervolume_shares(
    runs: RunSet, both: TwoObjectives, positions: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The hypervolume of what was measured by then, as a share of the true front's.

    The front is chosen by what the queries answered, and judged by mean labels, as incumbents are:
    where queries answer with one training run, a lucky one may stand on the front in place of a
    better one. A run that has ended keeps its last front. Shape (runs, positions).
    """
    first = runs.matrix(both.first[runs.ids], -np.inf)
    second = runs.matrix(both.second[runs.ids], np.nan)
    shares = [
        hypervolumes(first, second, on_it, both.reference)
        for on_it in measured_fronts(runs, both, positions)
    ]
    return np.stack(shares, axis=1) / both.hypervolume if shares else np.empty((runs.count, 0))
