"""How many times worse, by means and by ranks, and what could have been shown."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.suite.gate.effect import Pair, slow_down, smallest_shown, times_worse
from nasarena.suite.statistics.stratified_ranks import RankTest, rank_tests

BUDGET = 600


def searches(count: int, seed: int) -> Any:
    return np.ceil(np.random.default_rng(seed).gamma(4, 40, count))


def ranked(pairs: list[Pair], level: float) -> RankTest:
    together, _ = rank_tests([pair.stratum for pair in pairs], level)
    return together


def test_samples_are_compared_where_most_runs_find_the_optimum(make_pair: Any) -> None:
    pair = make_pair([100, 200, 9_999], [300, 9_999], areas=None)
    assert pair.measure == "samples"
    assert pair.stratum.base.tolist() == [100, 200, BUDGET]
    assert pair.stratum.head.tolist() == [300, BUDGET]


def test_regret_is_compared_where_most_runs_do_not(make_outcomes: Any) -> None:
    base = make_outcomes([100, 9_999, 9_999], areas=[-3, -2, -1])
    head = make_outcomes([9_999, 200], areas=[0.5, -4], version="2")
    pair = Pair(base, head)
    assert pair.measure == "regret"
    assert pair.stratum.base.tolist() == [-3, -2, -1]
    assert pair.stratum.head.tolist() == [0.5, -4]


def test_which_is_compared_does_not_depend_on_which_runs_are_new(make_outcomes: Any) -> None:
    base, head = make_outcomes([100] * 3), make_outcomes([9_999] * 4, version="2")
    assert Pair(base, head).measure == Pair(head, base).measure == "regret"


def test_times_worse_is_the_ratio_of_means(make_pair: Any) -> None:
    pair = make_pair([100, 200], [200, 400])
    assert times_worse([pair]).value == pytest.approx(2)
    other = make_pair([100, 300], [50, 150], benchmark="toy/two")
    assert times_worse([pair, other]).value == pytest.approx(1)


def test_times_worse_of_regret_is_the_ratio_of_geometric_means(make_outcomes: Any) -> None:
    base = make_outcomes([9_999] * 2, areas=np.log([1, 4]))
    head = make_outcomes([9_999] * 2, areas=np.log([2, 8]), version="2")
    assert times_worse([Pair(base, head)]).value == pytest.approx(2)


def test_no_interval_where_nothing_varies_or_one_run_is_there(make_pair: Any) -> None:
    assert times_worse([make_pair([100] * 5, [120] * 5)]).low is None
    assert times_worse([make_pair([100, 120], [120])]).high is None


def test_the_interval_is_welchs(make_pair: Any) -> None:
    from scipy.stats import t

    base, head = searches(30, 0), searches(12, 1)
    found = times_worse([make_pair(base, head, budget=10_000)])
    squares = [values.var(ddof=1) / values.size / values.mean() ** 2 for values in (base, head)]
    freedom = sum(squares) ** 2 / (squares[0] ** 2 / 29 + squares[1] ** 2 / 11)
    half = t.ppf(0.975, freedom) * sum(squares) ** 0.5
    assert found.low == pytest.approx(head.mean() / base.mean() * np.exp(-half))
    assert found.high == pytest.approx(head.mean() / base.mean() * np.exp(half))


@pytest.mark.parametrize("times", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_a_slow_down_is_found_again(make_pair: Any, times: float) -> None:
    base = searches(100, 0)
    pair = make_pair(base, base * times, budget=10_000)
    found = slow_down([pair])
    assert found.value == pytest.approx(times, rel=0.01)
    assert found.low is not None
    assert found.high is not None
    assert found.low < times < found.high


def test_censored_runs_do_not_hide_a_slow_down(make_pair: Any) -> None:
    base = np.concatenate([np.arange(100, 180), [9_999.0] * 20])
    assert slow_down([make_pair(base, base * 1.5)]).value == pytest.approx(1.5, rel=0.02)
    assert slow_down([make_pair(base * 1.5, base)]).value == pytest.approx(1 / 1.5, rel=0.02)


def test_a_slow_down_of_regret_multiplies_it(make_outcomes: Any) -> None:
    areas = np.random.default_rng(0).normal(size=60)
    base = make_outcomes([9_999] * 60, areas=areas)
    head = make_outcomes([9_999] * 60, areas=areas + np.log(1.4), version="2")
    assert slow_down([Pair(base, head)]).value == pytest.approx(1.4, rel=0.01)


def test_it_is_where_the_rank_test_sees_no_difference(make_pair: Any) -> None:
    pairs = [
        make_pair(searches(40, place), searches(15, 9 + place) * 1.2, benchmark=f"toy/{place}")
        for place in range(3)
    ]
    found = slow_down(pairs)

    def z(times: float) -> float:
        slowed = [
            make_pair(pair.base.censored * times, pair.head.censored, benchmark=pair.benchmark)
            for pair in pairs
        ]
        return ranked(slowed, 0.01).z

    assert found.value > 1
    assert z(found.value * 0.99) > 0 > z(found.value * 1.01)
    assert found.low is not None
    assert found.high is not None
    assert z(max(found.low, 1)) == pytest.approx(1.96, abs=0.15) or found.low < 1
    assert z(found.high) == pytest.approx(-1.96, abs=0.15)


@settings(max_examples=25)
@given(st.integers(0, 1_000), st.floats(1.1, 3))
def test_slower_new_runs_give_a_larger_slow_down(make_pair: Any, seed: int, times: float) -> None:
    base, head = searches(30, seed), searches(10, seed + 5_000)
    assert (
        slow_down([make_pair(base, head * times)]).value
        >= slow_down([make_pair(base, head)]).value - 0.001
    )


def test_nothing_is_shown_by_one_run_of_each(make_pair: Any) -> None:
    assert smallest_shown([make_pair([100], [100])], 0.01) is None


def test_runs_that_all_need_the_same_show_what_counts_at_all(make_pair: Any) -> None:
    """But not beyond the budget, where slower runs need no more."""
    for new in (4, 9):
        assert smallest_shown([make_pair([100] * 9, [100] * new)], 0.01, 0.1) == pytest.approx(1.1)
    assert smallest_shown([make_pair([100] * 9, [100])], 0.01, 0.1) is None
    assert smallest_shown([make_pair([600] * 9, [600] * 9)], 0.01, 0.1) is None


def test_more_seeds_and_benchmarks_show_less(make_pair: Any) -> None:
    def shown(seeds: int, benchmarks: int, level: float = 0.01) -> float:
        pairs = [
            make_pair(searches(100, place), searches(seeds, 50 + place), benchmark=f"toy/{place}")
            for place in range(benchmarks)
        ]
        found = smallest_shown(pairs, level)
        assert found is not None
        return found

    assert shown(50, 3) < shown(20, 3) < shown(20, 1)
    assert shown(20, 3, level=0.05) < shown(20, 3)


@pytest.mark.parametrize(("seeds", "benchmarks", "min_effect"), [(20, 2, 0.0), (60, 6, 0.1)])
def test_the_smallest_is_shown_in_four_fifths_of_repetitions(
    make_pair: Any, seeds: int, benchmarks: int, min_effect: float
) -> None:
    """Both groups are drawn anew, from a law whose runs are all different."""
    rng = np.random.default_rng(1)

    def drawn(times: float) -> list[Pair]:
        return [
            make_pair(
                rng.gamma(4, 40, 100),
                rng.gamma(4, 40, seeds) * times,
                benchmark=f"toy/{place}",
                budget=10_000,
            )
            for place in range(benchmarks)
        ]

    level, repetitions = 0.01, 120
    known = [smallest_shown(drawn(1), level, min_effect) for _ in range(20)]
    smallest = float(np.mean([one for one in known if one is not None]))
    shown = 0
    for _ in range(repetitions):
        pairs = drawn(smallest)
        test = ranked(pairs, level)
        shown += test.p_higher <= level and slow_down(pairs).value > 1 + min_effect
    assert shown / repetitions == pytest.approx(0.8, abs=0.11)
