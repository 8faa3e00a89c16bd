"""The one test of two methods: against naive loops, for its level, and for its sign."""

from collections.abc import Sequence
from itertools import combinations
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nasarena.suite.statistics.paired_runs import PairedRuns
from nasarena.suite.statistics.separation import Separation, separation

BUDGET = 1000


def beside(samples: Sequence[Sequence[float] | NDArray[np.float64]]) -> PairedRuns:
    """Methods a, b, ... with these samples of seeds from 0."""
    most = max(map(len, samples))
    have = np.array([[seed < len(own) for seed in range(most)] for own in samples])
    values = np.zeros(have.shape)
    values[have] = np.minimum(
        np.concatenate([np.asarray(own, dtype=float) for own in samples]), BUDGET
    )
    names = tuple("abcdefgh"[: len(samples)])
    return PairedRuns(names, BUDGET, np.arange(most), have, values, have & (values < BUDGET))


def judged(
    benchmarks: Sequence[PairedRuns], paired: bool = False, a: int = 0, b: int = 1, tests: int = 1
) -> tuple[float, float]:
    """The log ratio of a pair over benchmarks of the same weight, and p."""
    found = separation(
        [(f"benchmark {place}", runs) for place, runs in enumerate(benchmarks)],
        np.full(len(benchmarks), 1 / len(benchmarks)),
        np.array([a]),
        np.array([b]),
        paired,
        tests,
    )
    return float(found.log_ratio[0]), float(found.p[0])


def statistic(a: Sequence[float], b: Sequence[float]) -> float:
    """The log ratio of two means over its standard error."""
    means, errors = zip(
        *((np.mean(x), np.var(x, ddof=1) / len(x) / np.mean(x) ** 2) for x in (a, b)), strict=True
    )
    ratio = abs(log(means[0] / means[1]))
    if sum(errors) < 1e-15:
        return np.inf if ratio > 1e-12 else 0.0
    return float(ratio / sqrt(sum(errors)))


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
)
@settings(max_examples=30, deadline=None)
def test_with_few_runs_p_counts_every_exchange(a: list[int], b: list[int]) -> None:
    pooled, observed = [*a, *b], statistic(a, b)
    as_far = []
    for chosen in combinations(range(len(pooled)), len(a)):
        own = [pooled[run] for run in chosen]
        rest = [pooled[run] for run in range(len(pooled)) if run not in chosen]
        as_far.append(statistic(own, rest) >= observed * (1 - 1e-9))
    ratio, p = judged([beside([a, b])])
    assert p == pytest.approx(np.mean(as_far))
    assert ratio == pytest.approx(log(np.mean(a) / np.mean(b)), abs=1e-9)


def test_with_many_runs_p_is_near_that_of_another_shuffle() -> None:
    rng = np.random.default_rng(3)
    strata = [(rng.integers(1, 400, 40), rng.integers(1, 330, 25)) for _ in range(3)]

    def over_all(parts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> float:
        ratio = sum(log(a.mean() / b.mean()) for a, b in parts)
        error = sum(x.var(ddof=1) / x.size / x.mean() ** 2 for pair in parts for x in pair)
        return float(abs(ratio) / sqrt(error))

    observed, extreme = over_all(strata), 0
    for _ in range(2000):
        shuffled = [rng.permutation(np.concatenate(pair)) for pair in strata]
        extreme += over_all([(x[:40], x[40:]) for x in shuffled]) >= observed
    _, p = judged([beside(pair) for pair in strata])
    assert 0.001 < p < 0.5, "a case in between says more"
    assert p == pytest.approx(extreme / 2000, abs=4 * sqrt(p * (1 - p) / 2000))


@pytest.mark.parametrize("paired", [False, True])
def test_the_sign_is_of_the_runs_that_are_judged(paired: bool) -> None:
    """A method that needs 145 more samples on each seed in common is never called better.

    Its other 80 runs are fast: over all runs its mean is lower. Where seeds pair, these do not
    count; where not, all runs count, and it needs fewer.
    """
    shared = np.random.default_rng(0).integers(100, 300, 20)
    a, b = np.concatenate([shared + 145, np.full(80, 20)]), shared
    assert a.mean() < b.mean()
    ratio, p = judged([beside([a, b])], paired)
    assert p < 0.05
    expected = a[:20].mean() / b.mean() if paired else a.mean() / b.mean()
    assert ratio == pytest.approx(log(expected))
    assert (ratio > 0) == paired


@pytest.mark.parametrize("paired", [False, True])
def test_the_order_of_names_and_the_other_pairs_do_not_matter(paired: bool) -> None:
    rng = np.random.default_rng(1)
    runs = [
        beside(
            [
                rng.exponential(s, n).round() + 1
                for s, n in ((100, 30), (140, 20), (90, 30), (300, 20))
            ]
        )
        for _ in range(2)
    ]
    for benchmarks in (runs, runs[:1]):
        one, other = judged(benchmarks, paired), judged(benchmarks, paired, a=1, b=0)
        assert (one[0], one[1]) == (-other[0], other[1])
        first, second = np.triu_indices(4, k=1)
        names = [(f"benchmark {place}", one) for place, one in enumerate(benchmarks)]
        every: Separation = separation(
            names, np.full(len(names), 1 / len(names)), first, second, paired, 1
        )
        assert (every.log_ratio[0], every.p[0]) == pytest.approx(one)


def test_equal_runs_are_equal_and_constant_ones_are_apart() -> None:
    assert judged([beside([[5] * 8, [5] * 8])]) == (0, 1)
    _, p = judged([beside([[4] * 6, [5] * 6])])
    assert p == pytest.approx(2 / 924)


def test_a_single_run_shows_nothing() -> None:
    assert judged([beside([[4], [900]])])[1] == 1


def test_a_small_p_comes_from_more_draws_where_there_are_many_tests() -> None:
    a, b = np.arange(1, 41), np.arange(500, 540)
    assert judged([beside([a, b])])[1] == pytest.approx(1e-4)
    assert judged([beside([a, b])], tests=2000)[1] * 2000 < 0.05


@pytest.mark.parametrize("sizes", [(20, 20), (40, 10)])
def test_methods_with_one_mean_are_separated_as_seldom_as_stated(sizes: tuple[int, int]) -> None:
    """Also where one varies far more, and has fewer runs: undivided by the error, far too often."""
    rng = np.random.default_rng(7)
    same, spread = [], []
    for _ in range(250):
        a, b = (np.ceil(rng.exponential(200, size)) for size in sizes)
        same.append(judged([beside([a, b])])[1] < 0.05)
        narrow = np.round(rng.normal(300, 10, sizes[0]))
        wide = np.round(rng.normal(300, 100, sizes[1]))
        spread.append(judged([beside([narrow, wide])])[1] < 0.05)
    assert np.mean(same) <= 0.05 + 3 * sqrt(0.05 * 0.95 / 250)
    assert np.mean(spread) <= 0.11


def test_it_finds_a_difference_that_is_there() -> None:
    rng = np.random.default_rng(9)
    found = [
        judged([beside([np.ceil(rng.exponential(s, 60)) for s in (100, 200)])])[1] < 0.05
        for _ in range(40)
    ]
    assert np.mean(found) > 0.8


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("benchmarks", [1, 2])
def test_of_very_many_runs_p_is_normal_and_near_that_of_exchanges(
    paired: bool, benchmarks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    every = [
        (f"b{number}", beside(rng.integers(1, 100, size=(6, 300)) + np.eye(6)[:, :1] * 5.0))
        for number in range(benchmarks)
    ]
    weights = np.full(benchmarks, 1 / benchmarks)
    a, b = np.triu_indices(6, k=1)
    drawn = separation(every, weights, a, b, paired, tests=1)
    monkeypatch.setattr("nasarena.suite.statistics.separation.MANY_RUNS", 100)
    normal = separation(every, weights, a, b, paired, tests=1)
    np.testing.assert_array_equal(normal.log_ratio, drawn.log_ratio)
    assert (np.abs(normal.p - drawn.p) < 0.03).all()
    assert drawn.p.min() < 0.1
    assert drawn.p.max() > 0.5


@pytest.mark.parametrize("paired", [False, True])
def test_very_many_runs_that_are_equal_or_far_apart_are_judged_so(
    paired: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasarena.suite.statistics.separation.MANY_RUNS", 10)
    same, apart = np.full(40, 7.0), np.full(40, 9.0)
    found = separation(
        [("b", beside([same, same, apart]))],
        np.ones(1),
        np.array([0, 0]),
        np.array([1, 2]),
        paired,
        tests=1,
    )
    assert found.p.tolist() == [1.0, 1e-4]
    assert found.log_ratio[0] == 0 > found.log_ratio[1]
