"""What seeds can show, against the power of the tests themselves."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student
from scipy.stats import ttest_1samp

from nasarena.suite.statistics.adequacy import (
    adequacies,
    seeds_to_show,
    smallest_differences,
)
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.resampling import sign_flip_p
from nasarena.suite.statistics.run_set import RunSet


@pytest.mark.parametrize("seeds", [10, 30, 100])
def test_the_smallest_difference_is_found_in_four_of_five_repetitions(seeds: int) -> None:
    shown = float(smallest_differences(50.0, seeds))
    repeated = np.random.default_rng(seeds).normal(shown, 50, size=(3000, seeds))
    assert (ttest_1samp(repeated, 0, axis=1).pvalue <= 0.05).mean() == pytest.approx(0.8, abs=0.03)
    assert (sign_flip_p(repeated[:1000]) <= 0.05).mean() == pytest.approx(0.8, abs=0.05)


def test_the_smallest_difference_is_the_closed_form() -> None:
    expected = (student.ppf(0.975, 29) + student.ppf(0.8, 29)) * 12 / math.sqrt(30)
    assert float(smallest_differences(12.0, 30)) == pytest.approx(expected)


def test_fewer_than_six_seeds_show_nothing() -> None:
    assert np.isnan(smallest_differences(1.0, [1, 2, 5])).all()
    assert np.isfinite(smallest_differences(1.0, 6))
    # With five, even differences that all agree have p above 0.05; with six they have not.
    assert sign_flip_p(np.ones((1, 5)))[0] > 0.05
    assert sign_flip_p(np.ones((1, 6)))[0] < 0.05


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_the_seeds_needed_are_the_fewest_that_suffice(deviation: float, difference: float) -> None:
    needed = float(seeds_to_show(deviation, -difference))
    assert needed >= 6
    assert float(smallest_differences(deviation, needed)) <= difference
    if needed > 6:
        assert float(smallest_differences(deviation, needed - 1)) > difference


def test_no_difference_needs_no_number_of_seeds() -> None:
    assert np.isnan(seeds_to_show([3.0, np.nan], [0.0, 4.0])).all()


def runs_of(make_benchmark: Any, make_runs: Any, samples: list[float], **changes: Any) -> RunSet:
    runs: RunSet = make_runs(make_benchmark([1, 2]), [[]] * len(samples), budget=1000, **changes)
    runs.__dict__["samples_to_optimum"] = np.array(samples)
    return runs


def test_a_pair_of_methods(make_benchmark: Any, make_runs: Any) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.integers(100, 400, 25).tolist(), rng.integers(150, 450, 25).tolist()
    a = runs_of(make_benchmark, make_runs, first, method="a", labels="one_run")
    b = runs_of(make_benchmark, make_runs, second, method="b", labels="one_run")
    differences = np.array(first) - np.array(second)
    (adequacy,) = adequacies([compare(a, b, 1000)])
    assert (adequacy.a, adequacy.b, adequacy.seeds_a, adequacy.seeds_b) == ("a", "b", 25, 25)
    assert adequacy.difference == pytest.approx(differences.mean(), rel=1e-5)
    smallest = float(smallest_differences(differences.std(ddof=1), 25))
    assert adequacy.smallest == pytest.approx(smallest, rel=1e-5)
    assert adequacy.seeds_needed == seeds_to_show(differences.std(ddof=1), differences.mean())
    assert adequacy.seeds_needed is not None
    # More seeds than at hand are needed exactly where the difference is below the smallest.
    assert (adequacy.seeds_needed > 25) == (abs(differences.mean()) < smallest)


def test_unpaired_seeds_are_judged_by_the_spread_of_both(
    make_benchmark: Any, make_runs: Any
) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.integers(100, 400, 60), rng.integers(150, 450, 20)
    a = runs_of(make_benchmark, make_runs, first.tolist(), method="a")
    b = runs_of(make_benchmark, make_runs, second.tolist(), method="b")
    (adequacy,) = adequacies([compare(a, b, 1000)])
    assert (adequacy.seeds_a, adequacy.seeds_b) == (60, 20)
    error = math.sqrt(first.var(ddof=1) / 60 + second.var(ddof=1) / 20)
    quantiles = student.ppf(0.975, 19) + student.ppf(0.8, 19)
    assert adequacy.smallest == pytest.approx(quantiles * error, rel=1e-5)


def test_what_cannot_be_said_is_none(make_benchmark: Any, make_runs: Any) -> None:
    def adequacy(a: list[float], b: list[float], **changes: Any) -> tuple[float | None, int | None]:
        pair = [
            runs_of(make_benchmark, make_runs, a, labels="one_run"),
            runs_of(make_benchmark, make_runs, b, labels="one_run", **changes),
        ]
        (found,) = adequacies([compare(pair[0], pair[1], 1000)])
        return found.smallest, found.seeds_needed

    assert adequacy([5], [7]) == (None, None)
    assert adequacy([5, 6, 7], [5, 6, 7], seeds=[3, 4, 5]) == (None, None)
    assert adequacy([math.inf] * 8, [math.inf] * 8) == (None, None)
    assert adequacy([5] * 8, [7] * 8) == (None, 6)
    assert adequacy([5, 6, 7], [9, 11, 14]) == (None, 6)
    assert adequacies([]) == []
