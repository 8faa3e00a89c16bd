"""Performance profiles: how often a method is within a factor of the best one's mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.blocks import complete_block
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import rounded

DEFINITION = (
    "A problem is a benchmark and a seed. A method solves it within a factor tau if its run finds "
    "the optimum, within the budget, in at most tau times the lowest mean samples of any method on "
    "that benchmark. The curve is the share of problems solved within tau. All search spaces have "
    "the same weight, and so have the benchmarks of one space."
)

_POINTS_A_DECADE = 60


@dataclass(frozen=True)
class PerformanceProfile:
    """The share of problems that each method solves within a factor (see `definition`).

    `taus` have shape (taus,), from 0.1 on, evenly on a logarithmic scale, with 1 among them;
    `shares` are as long, by method. Beyond the last nothing changes. Both are empty where nothing
    is ranked, as `notes` then say.

    Source: Dolan & Moré, "Benchmarking optimization software with performance profiles", 2002;
    measured against the best mean instead of the best run, since a run can be lucky.
    """

    benchmarks: tuple[str, ...]
    taus: NDArray[np.float64]
    shares: dict[str, NDArray[np.float64]]
    definition: str
    notes: tuple[str, ...]


def performance_profile(comparison: Comparison, leave_out_hard: bool = False) -> PerformanceProfile:
    """The profiles of the methods of a comparison that `ranking` ranks."""
    block = complete_block(comparison, leave_out_hard)
    notes = (block.note,) if block.note else ()
    if not block.methods or not block.benchmarks:
        notes = (*notes, "Nothing is ranked.")
        return PerformanceProfile(block.benchmarks, np.empty(0), {}, DEFINITION, notes)
    best = [float(runs.means.min()) for runs in block.runs]
    largest = max(runs.budget / mean for runs, mean in zip(block.runs, best, strict=True))
    # Steps of 1/60 decade from 0.1: the 60th is 1.
    steps = int(np.ceil(_POINTS_A_DECADE * np.log10(largest))) + 1
    exponents = np.arange(-_POINTS_A_DECADE, max(steps, 2)) / _POINTS_A_DECADE
    taus = np.array([rounded(tau) for tau in (10**exponents).tolist()])
    shares = np.zeros((len(block.methods), taus.size))
    for weight, mean, runs in zip(block.weights, best, block.runs, strict=True):
        for row in range(len(block.methods)):
            needed = np.sort(runs.samples[row, runs.found[row]])
            solved = np.searchsorted(needed, taus * mean, side="right")
            shares[row] += weight * solved / runs.counts[row]
    return PerformanceProfile(
        benchmarks=block.benchmarks,
        taus=taus,
        shares={
            method: np.array([rounded(share) for share in row])
            for method, row in zip(block.methods, shares.tolist(), strict=True)
        },
        definition=DEFINITION,
        notes=notes,
    )
