"""The effect of `nasarena compare`: ratio, p, and the smallest difference that could be shown."""

from typing import Any

import numpy as np
import pytest

from nasarena.suite.statistics.adequacy import adequacies
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.samples_effect import ratio_of_means, samples_effects


@pytest.mark.parametrize("paired", [True, False])
def test_the_interval_covers_the_true_ratio(paired: bool) -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        shared = rng.gamma(4, 1, 20) if paired else np.ones(20)
        a, b = shared * rng.gamma(4, 20, 20), shared * rng.gamma(4, 10, 20)
        found = ratio_of_means(a, b, paired)
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 2 <= found.high
    assert 0.91 <= inside / 400 <= 0.98


def test_which_is_named_first_turns_the_ratio_around() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.gamma(4, 20, 12), rng.gamma(4, 10, 9)
    one, other = ratio_of_means(a, b, False), ratio_of_means(b, a, False)
    assert one.low is not None
    assert other.high is not None
    assert one.value * other.value == pytest.approx(1)
    assert one.low * other.high == pytest.approx(1)


def test_pairing_narrows_the_interval_of_runs_that_go_together() -> None:
    a = np.array([10.0, 20, 30, 40, 50, 60])
    together = ratio_of_means(a, a + np.array([1, -1, 1, -1, 1, -1]), paired=True)
    apart = ratio_of_means(a, a + np.array([1, -1, 1, -1, 1, -1]), paired=False)
    assert together.high is not None
    assert apart.high is not None
    assert together.high < apart.high


def test_few_runs_and_runs_without_spread_have_no_interval() -> None:
    assert ratio_of_means(np.full(5, 30.0), np.arange(1.0, 6), paired=False).low is None
    found = ratio_of_means(np.full(6, 30.0), np.full(6, 60.0), paired=False)
    assert (found.value, found.low, found.high) == (0.5, None, None)


def test_the_effect_is_that_of_the_test_and_of_the_runs(
    make_benchmark: Any, make_runs: Any
) -> None:
    benchmark = make_benchmark([60.0, 70.0, 80.0, 90.0, 50.0, 40.0])
    traces = {
        "a": [[3], [0, 3], [3], [1, 3], [3], [0, 1, 3], [3]],
        "b": [[0, 1, 2, 3], [0, 4, 3], [0, 1, 2, 4, 5], [1, 0, 3], [0, 1, 2, 4, 3], [4, 3], [3]],
    }
    a, b = (
        make_runs(benchmark, some, budget=5, method=name, labels="one_run")
        for name, some in traces.items()
    )
    (effect,) = samples_effects(comparisons([a, b]), "a", "b")
    difference = compare(a, b, 5)
    assert effect.p == difference.p
    assert effect.smallest == adequacies([difference])[0].smallest
    assert effect.ratio.value == pytest.approx(11 / 23, rel=1e-5)
    assert effect.ratio.high is not None
    assert (effect.seeds, effect.budget, effect.note) == (7, 5, "")


def test_methods_that_never_found_it_have_no_interval(make_benchmark: Any, make_runs: Any) -> None:
    benchmark = make_benchmark([60.0, 70.0, 80.0, 90.0])
    a, b = (make_runs(benchmark, 8 * [[0, 1]], budget=3, method=name) for name in "ab")
    (effect,) = samples_effects(comparisons([a, b]), "a", "b")
    assert (effect.ratio.value, effect.ratio.low) == (1, None)
    assert "Neither found the optimum" in effect.note
