"""What the compare page computes from: runs in few bytes, so that any choice can be looked at.

A run is what it took to reach each goal. From that the page's script makes, for the methods,
benchmarks, goal and budget that somebody chooses, the numbers that the tables have: it draws the
same resamples. Answers after fixed numbers of queries come with their intervals, as they are.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.pairs import MOST_PAIRS
from nasarena.leaderboard.pages.slugs import benchmark_page, method_page
from nasarena.suite.errors import printable
from nasarena.suite.records.soundness import COST_TIE
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.fixed_budgets import FixedBudget, fixed_budgets
from nasarena.suite.statistics.goals import GOALS, samples_to
from nasarena.suite.statistics.incumbents import POLICIES
from nasarena.suite.statistics.intervals import MANY_RESAMPLES, RESAMPLES
from nasarena.suite.statistics.pairwise import pair_p_values
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.separation import is_paired
from nasarena.suite.tables.objective import Objective

REGRET_DECIMALS, TEST_DECIMALS = 3, 2


def compare_page_json(comparisons: Sequence[Comparison]) -> str:
    """`compare_page_data` as JSON that can stand in a page's script element, whatever it holds."""
    text = json.dumps(compare_page_data(comparisons), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def compare_page_data(comparisons: Sequence[Comparison]) -> dict[str, object]:
    """What the compare page reads, as plain JSON values; the first comparison is shown first.

    * `goals`, `policies`: pairs of a name and a title.
    * `draws`: numpy's generator with seed 0, whose resamples the tables use, and how many: of
      means, and of differences.
    * `methods`: name, page and drawing style of each.
    * `comparisons`: `name`, what budgets and samples count (`unit`), the methods that are left
      out since runs `failed`, and `benchmarks`:
      name, page, search `space`, number of `seeds` that any method has,
      `cells`: of each method (its place in `methods`) the `budget`, the `samples` and the
      `answers`, as `_samples` and `_answers` say; and `tests`, as `_tests` says. `paired` is
      whether two methods are compared seed by seed.
    """
    names = {method for comparison in comparisons for method in comparison.methods}
    styles = method_styles(sorted(names))
    places = {name: place for place, name in enumerate(styles)}
    return {
        "goals": [[goal.slug, goal.title] for goal in GOALS],
        "policies": [[policy, policy.replace("_", " ")] for policy in POLICIES],
        "draws": _draws(),
        "methods": [
            {
                "name": printable(name),
                "page": method_page(name),
                "colour": style.colour,
                "dash": style.dash,
            }
            for name, style in styles.items()
        ],
        "comparisons": [
            {
                "name": printable(comparison.name),
                "unit": comparison.unit,
                "failed": [printable(name) for name in comparison.unranked_methods],
                "paired": any(
                    is_paired(runs)
                    for cells in comparison.run_sets.values()
                    for runs in cells.values()
                ),
                "benchmarks": _benchmarks(comparison, places),
            }
            for comparison in comparisons
        ],
    }


def _draws() -> dict[str, object]:
    state = np.random.default_rng(0).bit_generator.state["state"]
    # As texts: they have 128 bits, and JSON's numbers end at 53.
    return {
        "state": str(state["state"]),
        "increment": str(state["inc"]),
        "of_means": RESAMPLES,
        "of_differences": MANY_RESAMPLES,
    }


def _benchmarks(comparison: Comparison, places: dict[str, int]) -> list[dict[str, object]]:
    answers: dict[tuple[str, str], list[FixedBudget]] = {}
    for row in fixed_budgets(comparison):
        answers.setdefault((row.benchmark, row.method), []).append(row)
    benchmarks: list[dict[str, object]] = []
    tests = sum(
        comb(len(set(cells) & set(comparison.sound_methods)), 2)
        for cells in comparison.run_sets.values()
    )
    for name, every in comparison.run_sets.items():
        sound = set(every) & set(comparison.sound_methods)
        cells = {method: runs for method, runs in every.items() if method in sound}
        if not cells:
            continue
        objective = next(iter(cells.values())).benchmark.objective
        seeds = np.unique(np.concatenate([runs.seeds for runs in cells.values()]))
        benchmarks.append(
            {
                "name": printable(name),
                "page": benchmark_page(comparison.name, name),
                "gap": printable(objective.gap),
                "unit": printable("percent" if objective.is_accuracy else objective.unit),
                "space": printable(comparison.spaces[name]),
                "seeds": seeds.size,
                "cells": [
                    {
                        "method": places[method],
                        "budget": runs.identity.budget,
                        "samples": _samples(runs, seeds),
                        "answers": _answers(answers.get((name, method), []), objective),
                    }
                    for method, runs in cells.items()
                ],
                "tests": _tests(list(cells.values()), tests),
            }
        )
    return benchmarks


def _samples(runs: RunSet, seeds: NDArray[np.int64]) -> str:
    """Samples to each goal, shape (goals, seeds), as base64 of little-endian unsigned integers.

    They have 2 bytes where the budget is below 65,535, else 4. 0 stands for no run of the seed,
    the budget + 1 for a goal that was not reached.
    """
    beyond = runs.identity.budget + 1
    samples = np.zeros((len(GOALS), seeds.size), dtype="<u2" if beyond < 2**16 else "<u4")
    columns = np.searchsorted(seeds, runs.seeds)
    for row, goal in enumerate(GOALS):
        # Parts of a full training, which were spent on shorter ones, count as a whole one.
        samples[row, columns] = np.minimum(np.ceil(samples_to(runs, goal) - COST_TIE), beyond)
    return b64encode(samples.tobytes()).decode()


def _tests(run_sets: Sequence[RunSet], tests: int) -> list[list[object]]:
    """A budget, and for each goal the p of every pair of methods whose own budget reaches it.

    For each budget that a method has. Pairs are in the order of the cells: (1, 2), (1, 3), ...,
    (2, 3), ...; p is not corrected, and None where there are no runs to test. `tests` is the number
    of pairs on all benchmarks. Of more than `MOST_PAIRS` pairs none are tested.
    """
    found: list[list[object]] = []
    if comb(len(run_sets), 2) > MOST_PAIRS:
        return found
    for budget in sorted({runs.identity.budget for runs in run_sets}):
        reaching = [runs for runs in run_sets if runs.identity.budget >= budget]
        if len(reaching) > 1:
            p = [pair_p_values(reaching, budget, goal, tests) for goal in GOALS]
            found.append([budget, p])
    return found


def _answers(rows: Sequence[FixedBudget], objective: Objective) -> list[list[float | None]]:
    """Policy (its place), queries, then regret and test: each with its interval's ends.

    Accuracies are rounded as they are shown. Without what a policy cannot answer.
    """
    return [
        [
            POLICIES.index(row.policy),
            row.budget,
            *_ends(row.regret, REGRET_DECIMALS if objective.is_accuracy else None),
            *_ends(row.test, TEST_DECIMALS if objective.is_accuracy else None),
        ]
        for row in rows
        if row.regret is not None
    ]


def _ends(estimate: Estimate | None, decimals: int | None) -> list[float | None]:
    if estimate is None:
        return [None, None, None]
    value = _rounded(estimate.value, decimals)
    if estimate.agreeing:  # how many runs have this value, and no end
        return [value, estimate.agreeing, None]
    return [value, _rounded(estimate.low, decimals), _rounded(estimate.high, decimals)]


def _rounded(number: float | None, decimals: int | None) -> float | None:
    return number if number is None or decimals is None else float(f"{number:.{decimals}f}")
