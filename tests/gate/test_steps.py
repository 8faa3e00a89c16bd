"""Steps: found where they were planted, and seldom elsewhere."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from histories import ELSEWHERE, HERE, drawn, history, outcomes
from nasarena.suite.gate.series import series_of
from nasarena.suite.gate.steps import steps, time_steps
from nasarena.suite.statistics.change_points import Placed, change_points
from simulations import simulation

BENCHMARKS = ("toy/a", "toy/b", "toy/c")


def cells(rng: np.random.Generator, slower: float = 1.0, **rest: Any) -> list[Any]:
    return [outcomes(drawn(rng, slower=slower), benchmark=name, **rest) for name in BENCHMARKS]


def test_planted_steps_are_found_where_they_are() -> None:
    rng = np.random.default_rng(0)
    moments = [cells(rng, 2.0 if 4 <= commit < 9 else 1.0) for commit in range(12)]
    (series,) = series_of(history(moments))
    found = steps(series, 0.01)
    assert [one.at for one in found] == [4, 9]
    worse, better = found
    assert worse.z > 0 > better.z
    for one, true in ((worse, 1.75), (better, 1 / 1.75)):  # of means that end with the budget
        assert one.ratio is not None
        assert one.ratio.low is not None
        assert one.ratio.high is not None
        assert one.ratio.low < true < one.ratio.high
        assert one.p <= 0.01
    assert steps(series, 0.01) == found


def test_the_last_commit_can_be_a_step() -> None:
    rng = np.random.default_rng(1)
    moments = [cells(rng, 2.0 if commit == 9 else 1.0) for commit in range(10)]
    (series,) = series_of(history(moments))
    assert [one.at for one in steps(series, 0.01)] == [9]


def test_regret_counts_where_most_runs_do_not_find_the_optimum() -> None:
    rng = np.random.default_rng(2)
    moments = []
    for commit in range(6):
        one = outcomes([301] * 15 + [200] * 5)
        areas = rng.normal(0.0 if commit < 3 else 1.5, 1.0, 20)
        moments.append([replace(one, areas=areas)])
    (series,) = series_of(history(moments))
    (found,) = steps(series, 0.01)
    assert found.at == 3
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(math.e**1.5, rel=0.5)


def test_identical_traces_are_no_evidence_however_often_they_come() -> None:
    """Two sets of runs that differ by chance alone, each made by many commits."""
    rng = np.random.default_rng(3)
    first, second = ([drawn(rng, 8) for _ in BENCHMARKS] for _ in range(2))
    second = [[value * 1.3 for value in values] for values in second]

    def moment(samples: list[list[float]], code: object, noticed: float) -> list[Any]:
        """Runs of code in which a commit changed one run alone."""
        return [
            outcomes([noticed, *values[1:]], benchmark=name, code=code)
            for name, values in zip(BENCHMARKS, samples, strict=True)
        ]

    several = [moment(first, "a", 50 + n) for n in range(10)]
    several += [moment(second, "b", 50 + n) for n in range(10)]
    (series,) = series_of(history(several))
    (once,) = series_of(history([several[0], several[10]]))
    assert not steps(once, 0.01)
    assert not steps(series, 0.01)
    # The same numbers as runs of their own would be a step.
    independent = [
        [replace(one, traces=[bytes([n, *trace[1:]]) for trace in one.traces]) for one in cells]
        for n, cells in enumerate(several)
    ]
    (other,) = series_of(history(independent))
    assert [one.at for one in steps(other, 0.01)] == [10]


def test_unchanged_code_is_one_point() -> None:
    rng = np.random.default_rng(4)
    old, new = (cells(rng, slower, code="a") for slower in (1.0, 2.0))
    (series,) = series_of(history([old] * 5 + [new] * 3))
    assert [one.at for one in steps(series, 0.01)] == [5]
    (still,) = series_of(history([old] * 20))
    assert not steps(still, 1.0)


def test_slower_commits_are_a_step_in_time_and_slower_machines_are_none() -> None:
    rng = np.random.default_rng(5)

    def moment(commit: int, slower: float, where: str) -> list[Any]:
        seconds = 0.01 * slower * math.exp(rng.normal(0, 0.05))
        return cells(rng, code=commit, seconds=seconds, environment=where)

    changed = [moment(n, 1.5 if n >= 8 else 1.0, HERE) for n in range(16)]
    (series,) = series_of(history(changed))
    (found,) = time_steps(series, 0.01)
    assert found.at == 8
    assert found.ratio is not None
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert found.ratio.low < 1.5 < found.ratio.high
    moved = [moment(n, 3.0 if n >= 8 else 1.0, ELSEWHERE if n >= 8 else HERE) for n in range(16)]
    (series,) = series_of(history(moved))
    assert not time_steps(series, 0.01)
    mixed = [
        moment(n, (1.5 if n >= 8 else 1.0) * (1 + n % 2), (HERE, ELSEWHERE)[n % 2])
        for n in range(20)
    ]
    (series,) = series_of(history(mixed))
    assert [one.at for one in time_steps(series, 0.01)] == [8]


def test_two_points_are_the_rank_sum_test() -> None:
    rng = np.random.default_rng(6)
    before, after = rng.normal(0, 1, 15), rng.normal(0.7, 1, 12)
    stands = np.arange(27)[:, None] // 15 == np.arange(2)
    (found,) = change_points([Placed("a", np.concatenate([before, after]), stands)], 0.9999)
    expected = mannwhitneyu(after, before, method="exact").pvalue
    assert found.p == pytest.approx(expected, abs=0.02)
    assert found.at == 1


def test_few_or_equal_points_give_no_change() -> None:
    assert change_points([], 0.5) == []
    assert change_points([Placed("a", np.ones(4), np.eye(4, dtype=bool))], 0.99) == []
    assert change_points([Placed("a", np.arange(4.0), np.ones((4, 1), dtype=bool))], 0.99) == []


@pytest.mark.parametrize("shared", [False, True])
def test_a_wrong_step_is_as_rare_as_stated(shared: bool) -> None:
    """At 10 %, so that few histories show it; `shared`: most traces outlive a commit."""
    level, histories = 0.1, 120
    rng, wrong = np.random.default_rng(7), 0
    for number in range(histories):
        values = rng.exponential(50, (2, 6, 10))
        if shared:
            keep = rng.random((2, 6, 10)) < 0.8
            for commit in range(1, 6):
                values[:, commit] = np.where(
                    keep[:, commit], values[:, commit - 1], values[:, commit]
                )
        moments = [
            [
                outcomes(np.ceil(values[place, commit]), benchmark=name, code=number)
                for place, name in enumerate(BENCHMARKS[:2])
            ]
            for commit in range(6)
        ]
        (series,) = series_of(history(moments))
        wrong += bool(steps(series, level))
    assert wrong / histories <= level + 3 * math.sqrt(level * (1 - level) / histories)
    assert shared or wrong > 0


def test_the_script_counts_steps() -> None:
    script = simulation("steps")
    rng = np.random.default_rng(8)
    populations = {name: np.ceil(rng.exponential(50, 60)).clip(max=300) for name in "ab"}
    few = {"commits": 6, "seeds": 10, "at": 3}
    none = script.shares(populations, 60, rng, **few, level=0.05)
    assert none.any <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)
    true = script.shares(populations, 15, rng, **few, slower=2.5)
    assert true.any >= true.right > 0.7
