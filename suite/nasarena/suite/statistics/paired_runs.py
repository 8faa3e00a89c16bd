"""Several methods' runs side by side, a column a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.run_set import RunSet


@dataclass(frozen=True)
class PairedRuns:
    """Samples to the optimum of methods on one benchmark, all cut at one budget.

    `samples` is min(samples to optimum, budget), `found` whether the optimum was charged within
    the budget; both have shape (methods, seeds), with 0 and False where a method has no run of a
    seed, as `have` says. `seeds` are all seeds that any of them has, sorted.
    """

    methods: tuple[str, ...]
    budget: int
    seeds: NDArray[np.int64]
    have: NDArray[np.bool_]
    samples: NDArray[np.float64]
    found: NDArray[np.bool_]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Number of runs. Shape (methods,)."""
        counts: NDArray[np.int64] = self.have.sum(axis=1)
        return counts

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """The restricted mean of each method, over all its runs. Shape (methods,)."""
        means: NDArray[np.float64] = self.samples.sum(axis=1) / self.counts
        return means

    def pairs_by_seeds(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """Pairs of methods that have the same seeds in common: which pairs, and which seeds.

        `first` and `second` are positions of methods, shape (pairs,).
        """
        common = self.have[first] & self.have[second]
        sets, group = np.unique(common, axis=0, return_inverse=True)
        for index, seeds in enumerate(sets):
            yield np.flatnonzero(group == index), seeds


def paired_runs(
    run_sets: Sequence[RunSet],
    budget: int,
    samples_to_goal: Sequence[NDArray[np.float64]] | None = None,
) -> PairedRuns:
    """The runs of methods on one benchmark, cut at a budget.

    `samples_to_goal` are those of each method's runs to another goal than the optimum. Raises
    ValueError where a method's own budget is smaller: its later queries are not known.
    """
    if any(runs.identity.budget < budget for runs in run_sets):
        raise ValueError(f"a method was run with a budget below {budget}")
    seeds = np.unique(np.concatenate([runs.seeds for runs in run_sets]))
    shape = (len(run_sets), seeds.size)
    have, found = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    samples = np.zeros(shape)
    needed = samples_to_goal or [runs.samples_to_optimum for runs in run_sets]
    for row, (runs, own) in enumerate(zip(run_sets, needed, strict=True)):
        columns = np.searchsorted(seeds, runs.seeds)
        have[row, columns] = True
        samples[row, columns] = np.minimum(own, budget)
        found[row, columns] = own <= budget
    methods = tuple(runs.identity.method for runs in run_sets)
    return PairedRuns(methods, budget, seeds, have, samples, found)
