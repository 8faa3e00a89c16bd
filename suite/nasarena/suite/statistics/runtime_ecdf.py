"""How many of several targets methods reach after so many queries: one curve a method, as in COCO.

The targets are the goals of `nasarena.suite.statistics.goals`. They tell a method that comes near
the optimum of a hard benchmark, without finding it, from one that does not come near it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.blocks import Block, complete_block
from nasarena.suite.statistics.combined_intervals import weighted_mean
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.goals import GOALS, samples_to
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.samples import Estimate, mean_of

DEFINITION = (
    "A pair is a run and one of the targets: "
    + ", ".join(goal.title for goal in GOALS)
    + ". The area is that under the curve on a logarithmic axis from one query to the budget: "
    "a pair reached at the first query counts 100 %, a pair that is not reached 0. All search "
    "spaces have the same weight, and so have the benchmarks of one space."
)

_POINTS_A_DECADE = 40


@dataclass(frozen=True)
class RuntimeEcdf:
    """Pairs of a run and a target that are reached, for the methods that `ranking` ranks.

    `queries` have shape (points,), evenly on a logarithmic scale up to the largest budget, and
    `shares` are as long, by method, in the order of `areas`: largest area first. A benchmark's
    pairs that were not reached within its budget count as not reached. All are empty where nothing
    is ranked.

    Source: Hansen et al., "COCO: performance assessment", 2016.
    """

    benchmarks: tuple[str, ...]
    queries: NDArray[np.float64]
    shares: dict[str, NDArray[np.float64]]
    areas: dict[str, Estimate]


def runtime_ecdf(comparison: Comparison) -> RuntimeEcdf:
    """The curves of a comparison's ranked methods, and their areas with intervals over runs."""
    block = complete_block(comparison)
    if not block.methods or not block.benchmarks:
        return RuntimeEcdf(block.benchmarks, np.empty(0), {}, {})
    points = int(np.ceil(_POINTS_A_DECADE * np.log10(max(block.budgets.values())))) + 1
    end = max(block.budgets.values())
    queries = np.unique(np.append(np.geomspace(1, end, points).round(), end))
    shares, areas = {}, {}
    for method in block.methods:
        reached = _reached(block, method)
        curves = [(pairs.ravel() <= queries[:, None]).mean(axis=1) for pairs in reached]
        share = block.weights @ np.stack(curves)
        shares[method] = np.array([rounded(value) for value in share.tolist()])
        parts = [
            mean_of(pair_areas(pairs, budget).mean(axis=0))
            for pairs, budget in zip(reached, block.budgets.values(), strict=True)
        ]
        areas[method] = weighted_mean(parts, block.weights.tolist()).rounded()
    order = sorted(areas, key=lambda method: (-areas[method].value, method))
    return RuntimeEcdf(
        benchmarks=block.benchmarks,
        queries=queries,
        shares={method: shares[method] for method in order},
        areas={method: areas[method] for method in order},
    )


def _reached(block: Block, method: str) -> list[NDArray[np.float64]]:
    """Samples to each target on each benchmark, infinity beyond the budget. (targets, runs) each"""
    every = []
    for name, budget in block.budgets.items():
        runs = block.comparison.run_sets[name][method]
        samples = np.stack([samples_to(runs, goal) for goal in GOALS])
        every.append(np.where(samples <= budget, samples, np.inf))
    return every


def pair_areas(samples: NDArray[np.float64], budget: int) -> NDArray[np.float64]:
    """1 - log(samples) / log(budget), 0 for infinity: what each pair adds to the area.

    In the shape of `samples`.
    """
    if budget == 1:
        return np.isfinite(samples).astype(np.float64)
    return np.where(
        np.isfinite(samples), 1 - np.log(np.minimum(samples, budget)) / np.log(budget), 0
    )
