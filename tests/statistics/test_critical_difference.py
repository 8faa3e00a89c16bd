"""The critical-difference diagram against Demšar's table, scipy, and chance."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, rankdata

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.critical_difference import critical_difference, nemenyi_distance


@pytest.fixture(scope="module")
def compared(make_benchmark: Any, make_runs: Any) -> Any:
    """A comparison of samples by benchmark and method."""

    def compared(samples: Mapping[str, Mapping[str, Sequence[float]]]) -> Comparison:
        run_sets: dict[str, dict[str, Any]] = {}
        for name, cells in samples.items():
            benchmark = make_benchmark(np.arange(30), name=name)
            run_sets[name] = {}
            for method, values in cells.items():
                runs = make_runs(benchmark, [[]] * len(values), method=method, budget=1000)
                runs.__dict__["samples_to_optimum"] = np.array(values, dtype=float)
                run_sets[name][method] = runs
        return Comparison("p", run_sets)

    return compared


@pytest.mark.parametrize(
    ("methods", "quantile"),
    [
        (2, 1.960),
        (3, 2.343),
        (4, 2.569),
        (5, 2.728),
        (6, 2.850),
        (7, 2.949),
        (8, 3.031),
        (10, 3.164),
    ],
)
def test_with_equal_weights_the_distance_is_demsars(methods: int, quantile: float) -> None:
    for benchmarks in (5, 12):
        expected = quantile * math.sqrt(methods * (methods + 1) / (6 * benchmarks))
        weights = np.full(benchmarks, 1 / benchmarks)
        assert nemenyi_distance(methods, weights) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("weights", [np.full(12, 1 / 12), np.repeat([1 / 18, 1 / 6], [9, 3])])
def test_chance_alone_seldom_separates_any_two(weights: Any) -> None:
    rng = np.random.default_rng(1)
    ranks = rankdata(rng.random((4000, 12, 5)), axis=2)
    spread = np.ptp((weights[None, :, None] * ranks).sum(axis=1), axis=1)
    assert (spread >= nemenyi_distance(5, weights)).mean() == pytest.approx(0.045, abs=0.015)


def random_samples(names: Sequence[str], methods: Sequence[str], seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return {
        name: {m: rng.integers(1, 900 + 20 * i, 4) for i, m in enumerate(methods)} for name in names
    }


def test_the_data_of_a_diagram(compared: Any) -> None:
    names = [f"one/{letter}" for letter in "abcdefghi"] + ["two/j", "two/k"]
    samples = random_samples(names, "vwxyz", seed=6)
    found = critical_difference(compared(samples))
    means = np.array([[samples[name][m].mean() for m in "vwxyz"] for name in names])
    ranks = rankdata(means, axis=1)
    within = (ranks[:9].mean(axis=0) + ranks[9:].mean(axis=0)) / 2
    assert found.mean_ranks == pytest.approx(dict(zip("vwxyz", within, strict=True)), rel=1e-5)
    assert list(found.mean_ranks.values()) == sorted(found.mean_ranks.values())
    assert found.friedman_p == pytest.approx(friedmanchisquare(*means.T).pvalue, rel=1e-5)
    weights = np.repeat([1 / 18, 1 / 4], [9, 2])
    assert found.distance == pytest.approx(nemenyi_distance(5, weights), rel=1e-5)
    assert "11 benchmarks are of 2 search spaces and therefore not independent" in found.notes[0]


def test_groups_are_stretches_within_the_distance(compared: Any) -> None:
    names = [f"space{place}/a" for place in range(12)]
    # Always in this order: mean ranks 1 to 6, and a distance of 2.18.
    samples = {name: {m: [10 + i] * 3 for i, m in enumerate("abcdef")} for name in names}
    found = critical_difference(compared(samples))
    assert found.distance == pytest.approx(2.850 * math.sqrt(42 / 72), rel=1e-3)
    assert ["".join(group) for group in found.groups] == ["abc", "bcd", "cde", "def"]
    assert found.notes == ()
    far = {name: {m: [10 + i] * 3 for i, m in enumerate("abc")} for name in names * 3}
    for place in range(40):
        far[f"more{place}/a"] = far["space0/a"]
    assert critical_difference(compared(far)).groups == ()


def test_what_few_methods_or_benchmarks_cannot_say(compared: Any) -> None:
    one = critical_difference(compared({"one/a": {"x": [3, 4]}}))
    assert (one.mean_ranks, one.distance, one.groups) == ({"x": 1}, None, ())
    assert "fewer than three methods" in one.notes[0]
    two = critical_difference(compared({n: {"x": [3], "y": [9]} for n in ("one/a", "two/b")}))
    assert (two.mean_ranks, two.distance) == ({"x": 1, "y": 2}, None)
    alone = critical_difference(compared({"one/a": {m: [3] for m in "xyz"}}))
    assert (alone.distance, alone.friedman_p) == (None, None)
    assert "a single benchmark" in alone.notes[0]
    nothing = critical_difference(
        compared({"one/a": {m: [math.inf] * 3 for m in "xyz"}}), leave_out_hard=True
    )
    assert (nothing.mean_ranks, nothing.notes) == ({}, ("Nothing is ranked.",))


def test_where_all_tie_everywhere_there_is_no_p(compared: Any) -> None:
    found = critical_difference(compared({n: {m: [3, 4] for m in "xyz"} for n in ("a/a", "b/b")}))
    assert found.friedman_p is None
    assert set(found.mean_ranks.values()) == {2}
    assert found.groups == (("x", "y", "z"),)


def test_too_few_benchmarks_to_separate_anything_is_said(compared: Any) -> None:
    found = critical_difference(compared(random_samples(["one/a", "two/b"], "xyz", 1)))
    assert found.distance is not None
    assert found.distance > 2
    assert "it cannot separate any two methods" in found.notes[-1]
