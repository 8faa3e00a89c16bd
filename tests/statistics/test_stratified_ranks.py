"""The rank test over several benchmarks together."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.stats import mannwhitneyu, rankdata

from nasarena.suite.statistics.stratified_ranks import (
    RankTest,
    Stratum,
    permutation_variance,
    rank_tests,
    scores,
)

VALUES = st.lists(st.integers(1, 6), min_size=1, max_size=4)


def stratum(base: ArrayLike, head: ArrayLike, name: str = "a") -> Stratum:
    return Stratum(name, np.array(base, dtype=float), np.array(head, dtype=float))


def ranked(strata: list[Stratum], level: float) -> RankTest:
    """All strata together."""
    together, _ = rank_tests(strata, level)
    return together


def enumerated(strata: list[Stratum]) -> tuple[float, float]:
    """Both one-sided p values from every exchange within the strata."""
    sums = []
    for one in strata:
        pooled = np.concatenate([one.base, one.head])
        ranks = rankdata(pooled) / (pooled.size + 1)
        sums.append([sum(some) for some in combinations(ranks.tolist(), one.head.size)])
    observed = sum(
        float(
            (rankdata(np.concatenate([one.base, one.head])) / (one.base.size + one.head.size + 1))[
                one.base.size :
            ].sum()
        )
        for one in strata
    )
    every = np.array([sum(some) for some in product(*sums)])
    return float((every >= observed - 1e-9).mean()), float((every <= observed + 1e-9).mean())


@settings(max_examples=40)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=2))
def test_p_is_that_of_all_exchanges(groups: list[tuple[list[int], list[int]]]) -> None:
    strata = [stratum(base, head, f"b{place}") for place, (base, head) in enumerate(groups)]
    test = ranked(strata, 0.01)
    if all(len({*base, *head}) == 1 for base, head in groups):
        assert (test.z, test.p_higher, test.p_lower) == (0, 1, 1)
        return
    higher, lower = enumerated(strata)
    # Of 10,000 draws: five standard errors.
    assert test.p_higher == pytest.approx(higher, abs=0.025)
    assert test.p_lower == pytest.approx(lower, abs=0.025)


@pytest.mark.parametrize("shift", [-0.4, 0.0, 0.3])
def test_one_stratum_is_mann_and_whitneys_test(shift: float) -> None:
    rng = np.random.default_rng(3)
    base, head = rng.normal(size=40), rng.normal(size=25) + shift
    test = ranked([stratum(base, head)], 0.001)
    known = mannwhitneyu(head, base, alternative="greater", method="asymptotic")
    assert test.p_higher == pytest.approx(known.pvalue, abs=0.01)


@given(st.lists(st.integers(1, 20), min_size=2, max_size=12), st.data())
def test_scores_are_ranks(values: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(values) - 1))
    found = scores(stratum(values[:cut], values[cut:]))
    assert found == pytest.approx(rankdata(values) / (len(values) + 1))


def test_z_is_van_elterens() -> None:
    """Wilcoxon's rank sums, weighted by 1 / (runs + 1), in closed form without ties."""
    rng = np.random.default_rng(5)
    strata = [
        stratum(rng.normal(size=stored), rng.normal(size=new), name)
        for name, stored, new in (("a", 20, 10), ("b", 7, 12), ("c", 30, 4))
    ]
    excess = variance = 0.0
    for one in strata:
        stored, new = one.base.size, one.head.size
        every = stored + new + 1
        rank_sum = rankdata(np.concatenate([one.base, one.head]))[stored:].sum()
        excess += (rank_sum - new * every / 2) / every
        variance += stored * new * every / 12 / every**2
    assert ranked(strata, 0.01).z == pytest.approx(excess / variance**0.5)


@given(
    st.lists(st.integers(0, 9), min_size=2, max_size=9),
    st.data(),
)
def test_the_variance_is_that_of_drawing_without_replacement(
    values: list[int], data: st.DataObject
) -> None:
    chosen = data.draw(st.integers(1, len(values) - 1))
    sums = [sum(some) for some in combinations(values, chosen)]
    found = permutation_variance(np.array(values, dtype=float), chosen)
    assert found == pytest.approx(float(np.var(sums)), abs=1e-9)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 30), min_size=3, max_size=12), st.integers(0, 40))
def test_higher_heads_are_never_less_surprising(base: list[int], shift: int) -> None:
    head = base[: len(base) // 2 + 1]
    lower = ranked([stratum(base, head)], 0.05)
    higher = ranked([stratum(base, np.array(head) + shift)], 0.05)
    assert higher.p_higher <= lower.p_higher + 0.02
    assert higher.p_lower >= lower.p_lower - 0.02


def test_a_large_shift_lowers_p() -> None:
    base = np.arange(30.0)
    p = [ranked([stratum(base, base[::3] + shift)], 0.01).p_higher for shift in (0, 3, 6, 12, 24)]
    assert p == sorted(p, reverse=True)
    assert p[0] > 0.3
    assert p[-1] < 0.001


def test_the_order_of_strata_and_values_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    strata = [
        stratum(rng.integers(1, 40, 20), rng.integers(1, 40, 11), name) for name in ("a", "b", "c")
    ]
    mixed = [
        Stratum(one.name, rng.permutation(one.base), rng.permutation(one.head)) for one in strata
    ]
    together, each = rank_tests(strata, 0.01)
    again, each_again = rank_tests(mixed[::-1], 0.01)
    assert again == together
    assert each_again[::-1] == each


def test_each_alone_is_as_if_tested_alone() -> None:
    rng = np.random.default_rng(2)
    strata = [stratum(rng.normal(size=9), rng.normal(size=5), name) for name in ("a", "b")]
    _, each = rank_tests(strata, 0.01)
    assert each == [ranked([one], 0.01) for one in strata]


def test_runs_that_agree_say_nothing() -> None:
    together, (flat, other) = rank_tests(
        [stratum([7, 7], [7, 7, 7], "a"), stratum(np.arange(9), np.arange(9) + 20, "b")], 0.01
    )
    assert (flat.z, flat.p_higher, flat.p_lower) == (0, 1, 1)
    assert together.z == pytest.approx(other.z)


def test_a_lower_level_draws_more_exchanges() -> None:
    base, head = np.arange(40.0), np.arange(40.0) + 200
    ordinary = ranked([stratum(base, head)], 0.01)
    strict = ranked([stratum(base, head)], 0.0001)
    assert ordinary.p_higher == pytest.approx(1 / 10_000)
    assert strict.p_higher < 0.1 * 0.0001 * 1.01


def test_equal_groups_are_rejected_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(0)
    rejected = [
        ranked(
            [stratum(rng.geometric(0.1, 30), rng.geometric(0.1, 12), name) for name in "ab"], 0.05
        ).p_higher
        <= 0.05
        for _ in range(400)
    ]
    assert np.mean(rejected) == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 400) ** 0.5)
