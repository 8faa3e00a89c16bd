"""The methods and benchmarks of a ranking: all these methods were run on all these benchmarks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.paired_runs import PairedRuns, paired_runs

HARD = 0.2
"""A benchmark is hard where even the best method finds the optimum in fewer runs than this."""


@dataclass(frozen=True)
class Block:
    """Methods that were all run on the same benchmarks, and the methods that are left out.

    `budgets` has for each benchmark the smallest budget of these methods: all their runs are cut
    there. Budgets of methods that are left out do not count. `left_out` says in words why each
    other method is left out. `note` says why benchmarks are left out; it is empty where none is.
    """

    comparison: Comparison
    methods: tuple[str, ...]
    budgets: dict[str, int]
    left_out: dict[str, str]
    note: str

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks' names, sorted."""
        return tuple(self.budgets)

    @cached_property
    def runs(self) -> list[PairedRuns]:
        """The runs on each benchmark, with the rows of `methods`, cut at the budget."""
        return [
            paired_runs([self.comparison.run_sets[name][method] for method in self.methods], budget)
            for name, budget in self.budgets.items()
        ]

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each benchmark: averages within a space first, then across spaces."""
        return space_weights([self.comparison.spaces[name] for name in self.benchmarks])


def space_weights(spaces: Sequence[str]) -> NDArray[np.float64]:
    """Weights of benchmarks with these spaces: they sum to 1, with equal sums for all spaces."""
    sizes = Counter(spaces)
    return np.array([1 / (len(sizes) * sizes[space]) for space in spaces])


def hard_benchmarks(comparison: Comparison) -> list[str]:
    """The benchmarks where even the best sound method finds the optimum in under a fifth of runs.

    Counted within the budget that the methods are ranked at, or their own if that is smaller.
    Samples to the optimum say little about methods there.
    """
    budgets = comparison.budgets | complete_block(comparison).budgets
    hard = []
    for benchmark, cells in comparison.run_sets.items():
        shares = [
            float((cells[method].samples_to_optimum <= budgets[benchmark]).mean())
            for method in comparison.sound_methods
            if method in cells
        ]
        if shares and max(shares) < HARD:
            hard.append(benchmark)
    return hard


def complete_block(comparison: Comparison, leave_out_hard: bool = False) -> Block:
    """The benchmarks, all or those of some method, that make the largest block with the sound
    methods that were run on all of them; of equal blocks that with more benchmarks.

    With `leave_out_hard`, hard benchmarks are then removed.
    """
    ran = {
        method: frozenset(name for name, cells in comparison.run_sets.items() if method in cells)
        for method in comparison.sound_methods
    }

    def methods_on(benchmarks: frozenset[str]) -> list[str]:
        return [method for method in ran if ran[method] >= benchmarks]

    def size(benchmarks: frozenset[str]) -> tuple[bool, int, int, list[str]]:
        methods = len(methods_on(benchmarks))
        return methods > 1, methods * len(benchmarks), len(benchmarks), sorted(benchmarks)

    chosen, note = max([frozenset(comparison.benchmarks), *ran.values()], key=size), ""
    if other := sorted(set(comparison.benchmarks) - chosen):
        note = f"Too few methods were run on {', '.join(other)}: the ranking is without them."
    methods = methods_on(chosen)
    left_out = {
        method: _why_unsound(comparison, method)
        if method not in ran
        else f"not run on {', '.join(sorted(chosen - ran[method]))}"
        for method in comparison.methods
        if method not in methods
    }
    kept = chosen - set(hard_benchmarks(comparison)) if leave_out_hard else chosen
    budgets = {
        name: min(
            (comparison.run_sets[name][method].identity.budget for method in methods),
            default=comparison.budgets[name],
        )
        for name in sorted(kept)
    }
    return Block(comparison, tuple(methods), budgets, left_out, note)


def _why_unsound(comparison: Comparison, method: str) -> str:
    is_rejected = method in comparison.rejected_methods
    return f"some of its runs {'were rejected by an audit' if is_rejected else 'failed'}"
