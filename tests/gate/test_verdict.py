"""What is said of each method."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.verdict import MethodVerdict, Rules, count_tested, judge

BENCHMARKS = ("toy/a", "toy/b", "toy/c")
EVEN = np.ceil(np.random.default_rng(0).gamma(9, 20, 100))


def pairs(make_outcomes: Any, times: float, seeds: int = 40, method: str = "m") -> list[Pair]:
    """New runs that are so many times slower than the stored ones, spread evenly over them."""
    even = np.sort(EVEN)[np.linspace(0, 99, seeds).astype(int)]
    return [
        Pair(
            make_outcomes(EVEN, method=method, benchmark=name, budget=10_000),
            make_outcomes(even * times, method=method, benchmark=name, budget=10_000, version="2"),
        )
        for name in BENCHMARKS
    ]


@pytest.mark.parametrize(
    ("times", "seeds", "verdict"),
    [
        (1.5, 40, "worse"),
        (0.6, 40, "better"),
        (1.0, 100, "no difference shown"),
        (1.06, 8, "too few seeds"),
        (1.3, 2, "too few seeds"),
    ],
)
def test_verdicts(make_outcomes: Any, times: float, seeds: int, verdict: str) -> None:
    (found,) = judge([pairs(make_outcomes, times, seeds)], Rules())
    assert found.verdict == verdict
    assert found.regressed == (verdict == "worse")
    assert found.ratio.value == pytest.approx(times, rel=0.2)


def test_a_difference_that_does_not_matter_is_not_called_worse(make_outcomes: Any) -> None:
    small = [pairs(make_outcomes, 1.15, 100, method=method) for method in ("m",)]
    (strict,) = judge(small, Rules(min_effect=0.05))
    (lenient,) = judge(small, Rules(min_effect=0.3))
    assert strict.p_worse <= strict.level
    assert strict.verdict == "worse"
    assert lenient.verdict == "no difference shown"


def test_the_mean_of_what_is_called_worse_is_worse(make_outcomes: Any) -> None:
    """Most runs slower, but no long ones left: by ranks worse, by means better."""
    base = np.concatenate([np.linspace(100, 140, 90), np.full(10, 5_000)])
    head = np.linspace(150, 210, 50)
    some = [
        Pair(
            make_outcomes(base, benchmark=name, budget=10_000),
            make_outcomes(head, benchmark=name, budget=10_000, version="2"),
        )
        for name in BENCHMARKS
    ]
    (found,) = judge([some], Rules())
    assert found.p_worse <= found.level
    assert found.slow_down.value > 1.1
    assert found.ratio.value < 1
    assert found.verdict == "too few seeds"


def test_identical_traces_are_not_tested(make_outcomes: Any) -> None:
    same = [Pair(p.base, p.base.of(range(30))) for p in pairs(make_outcomes, 1.0)]
    found, _ = judge([same, pairs(make_outcomes, 1.0, method="n")], Rules())
    assert found.verdict == "identical"
    assert (found.identical, found.comparable) == (90, 90)
    assert (found.p_worse, found.p_better, found.z) == (1, 1, 0)
    assert {row.p for row in found.benchmarks} == {1}
    assert count_tested([same, pairs(make_outcomes, 1.0)]) == 1


def test_one_changed_trace_is_not_identical(make_outcomes: Any) -> None:
    first, *rest = pairs(make_outcomes, 1.0)
    changed = first.base.of(range(30))
    changed.traces[7] = b"another".ljust(16)
    some = [Pair(first.base, changed), *(Pair(p.base, p.base.of(range(30))) for p in rest)]
    (found,) = judge([some], Rules())
    assert found.verdict != "identical"
    assert (found.identical, found.comparable) == (89, 90)


def test_new_seeds_alone_are_not_identical(make_outcomes: Any) -> None:
    new = [
        Pair(p.base, replace(p.base, seeds=p.base.seeds + 1_000)) for p in pairs(make_outcomes, 1)
    ]
    (found,) = judge([new], Rules())
    assert found.comparable == 0
    assert found.verdict != "identical"


def test_a_failed_run_is_a_regression_even_if_all_else_is_better(make_outcomes: Any) -> None:
    first, *rest = pairs(make_outcomes, 0.5)
    head = make_outcomes(
        [50] * 20, benchmark=first.benchmark, version="2", budget=10_000, failed=[3, 4]
    )
    (found,) = judge([[Pair(first.base, head), *rest]], Rules())
    assert found.verdict == "worse"
    assert found.failed == {"toy/a": 2}


def test_methods_are_corrected_for(make_outcomes: Any) -> None:
    slow = pairs(make_outcomes, 1.25, 20)
    (alone,) = judge([slow], Rules())
    beside, *_ = judge(
        [slow, *(pairs(make_outcomes, 1.0, method=f"m{place}") for place in range(3))], Rules()
    )
    assert beside.p_worse == pytest.approx(4 * alone.p_worse, rel=0.3)
    assert beside.smallest is not None
    assert alone.smallest is not None
    assert beside.smallest > alone.smallest


def in_order(verdicts: list[MethodVerdict]) -> list[MethodVerdict]:
    return sorted(verdicts, key=lambda one: one.method)


def test_the_order_of_methods_benchmarks_and_seeds_changes_nothing(make_outcomes: Any) -> None:
    rng = np.random.default_rng(4)
    some = []
    for method in "nml":
        some.append(
            [
                Pair(
                    make_outcomes(rng.gamma(4, 40, 40), method=method, benchmark=name),
                    make_outcomes(rng.gamma(4, 44, 15), method=method, benchmark=name, version="2"),
                )
                for name in BENCHMARKS
            ]
        )
    found = judge(some, Rules())
    mixed = judge([list(rng.permutation(np.array(pairs))) for pairs in some[::-1]], Rules())
    assert in_order(mixed) == in_order(found)


def test_sources_and_environments_that_were_not_stored_are_told(make_outcomes: Any) -> None:
    first, *rest = pairs(make_outcomes, 1.0)
    other = replace(first.head, sources=["f" * 64] * first.head.count)
    (found,) = judge([[Pair(first.base, other), *rest]], Rules())
    assert found.source_changed
    assert not found.environment_changed
    assert (found.version_base, found.version_head) == ("1", "2")


@pytest.mark.parametrize(
    ("stored", "new", "seeds", "verdict"),
    [
        (20, 20, 20, "no difference shown"),
        (20, 100, 20, "worse"),
        (100, 20, 20, "better"),
        (20, 22, 20, "no difference shown"),  # 10 %, the least that counts
        (20, 23, 20, "worse"),
        (20, 20, 3, "too few seeds"),
        # Found by the last query of the budget: no slow-down can be told from none.
        (600, 600, 20, "no difference shown"),
    ],
)
def test_methods_whose_runs_all_need_the_same(
    make_pair: Any, stored: int, new: int, seeds: int, verdict: str
) -> None:
    (found,) = judge([[make_pair([stored] * 100, [new] * seeds)]], Rules())
    assert found.verdict == verdict
    assert found.ratio.value == pytest.approx(new / stored)
    if stored == new:
        assert found.slow_down.value == found.slow_down.low == found.slow_down.high == 1
