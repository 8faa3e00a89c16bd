"""Null simulations: how often anything on a page is called different where nothing is."""

import math
from typing import Any

import numpy as np
import pytest

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.pairwise import differences
from nasarena.suite.statistics.separation import SIGNIFICANT, holm
from simulations import simulation

PAGES, BENCHMARKS, METHODS = 40, 4, "vwxyz"
MOST = 0.05 + 3 * math.sqrt(0.05 * 0.95 / PAGES)
"""The stated 5 %, and three standard errors of this simulation."""


def page(make_benchmark: Any, make_runs: Any, rng: np.random.Generator, **rules: Any) -> Comparison:
    """Methods that do not differ, with unequal numbers of seeds, some beyond the budget."""
    run_sets: dict[str, dict[str, Any]] = {}
    for number in range(BENCHMARKS):
        benchmark = make_benchmark([1, 2, 3], name=f"listed/{number}")
        run_sets[benchmark.name] = {}
        for place, method in enumerate(METHODS):
            samples = np.ceil(rng.exponential(300, 12 + 4 * (place % 2)))
            runs = make_runs(benchmark, [[]] * samples.size, budget=500, method=method, **rules)
            runs.__dict__["samples_to_optimum"] = np.where(samples > 500, math.inf, samples)
            run_sets[benchmark.name][method] = runs
    return Comparison("p", run_sets)


@pytest.mark.parametrize("labels", ["mean", "one_run"])
def test_a_page_has_a_false_alarm_as_seldom_as_stated(
    make_benchmark: Any, make_runs: Any, labels: str
) -> None:
    rng = np.random.default_rng(1)
    shown, within_a_benchmark = [], []
    for _ in range(PAGES):
        found = differences(page(make_benchmark, make_runs, rng, labels=labels))
        every = [pair for pairs in found.values() for pair in pairs]
        assert len(every) == 10 * BENCHMARKS
        shown.append(any(pair.p_holm is not None and pair.p_holm < SIGNIFICANT for pair in every))
        p = [holm(np.array([pair.p for pair in pairs])) for pairs in found.values()]
        within_a_benchmark.append(np.concatenate(p).min() < SIGNIFICANT)
    assert np.mean(shown) <= MOST
    # The rule that corrects each benchmark alone is told apart by this simulation.
    assert np.mean(within_a_benchmark) > np.mean(shown)


def test_the_script_counts_each_rule() -> None:
    script = simulation("false_alarms")
    rng = np.random.default_rng(0)
    populations = {name: np.minimum(np.ceil(rng.exponential(300, 50)), 500) for name in "ab"}
    found = script.false_alarms(populations, [15, 15, 10, 10], paired=False, pages=40, rng=rng)
    each, within, over_the_page = found.values()
    assert each >= within >= over_the_page
    assert over_the_page <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 40)
    assert each > 0.15
