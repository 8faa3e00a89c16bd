"""Looks at growing numbers of new runs: when each method stops, and at which level."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.looks import judge_in_looks, looks_up_to
from nasarena.suite.gate.verdict import Rules

RULES = Rules()
BENCHMARKS = ("toy/a", "toy/b")


@pytest.mark.parametrize(
    ("most", "looks"),
    [
        (3, (3,)),
        (5, (5,)),
        (30, (5, 10, 20, 30)),
        (60, (5, 10, 20, 30, 50, 60)),
        (200, (5, 10, 20, 30, 50, 100, 200)),
        (900, (5, 10, 20, 30, 50, 100, 200, 400, 800, 900)),
    ],
)
def test_looks_end_at_the_most_seeds(most: int, looks: tuple[int, ...]) -> None:
    assert looks_up_to(most, 0.01).seeds == looks


def test_one_look_has_all_of_alpha() -> None:
    assert looks_up_to(5, 0.01).level(0, stored=100, tested=1) == pytest.approx(0.01)
    assert looks_up_to(5, 0.01).level(0, stored=100, tested=3) == pytest.approx(0.01)


def test_each_look_has_a_part_of_alpha() -> None:
    looks = looks_up_to(50, 0.01)
    levels = [looks.level(look, stored=100, tested=2) for look in range(5)]
    assert max(levels) < 0.01 < sum(levels)


def slower(make_outcomes: Any, times: dict[str, float]) -> Any:
    """Pairs of methods that are so many times slower than stored, with the seeds asked for."""
    asked: list[tuple[int, list[str]]] = []

    def pairs_at(seeds: int, methods: Sequence[str]) -> list[list[Pair]]:
        asked.append((seeds, list(methods)))
        found = []
        for method in methods:
            pairs = []
            for number, benchmark in enumerate(BENCHMARKS):
                name = {"method": method, "benchmark": benchmark}
                old = np.ceil(np.random.default_rng(number).gamma(4, 40, 100))
                base = make_outcomes(old, **name)
                if times[method] == 1:
                    pairs.append(Pair(base, base.of(range(seeds))))
                else:
                    # Evenly over the stored ones, so that nothing is left to chance.
                    even = np.sort(old)[np.linspace(2, 97, seeds).astype(int)]
                    new = even * times[method]
                    pairs.append(Pair(base, make_outcomes(new, version="2", **name)))
            found.append(pairs)
        return found

    return pairs_at, asked


def test_methods_stop_apart(make_outcomes: Any) -> None:
    times = {"same": 1.0, "harm": 4.0, "fast": 0.7, "doubtful": 1.2}
    pairs_at, asked = slower(make_outcomes, times)
    stopped = judge_in_looks(list(times), pairs_at, RULES, looks_up_to(20, 0.01))
    found = {one.verdict.method: (one.reason, one.seeds) for one in stopped}
    assert found == {
        "same": ("identical", 5),
        "harm": ("worse", 5),
        "fast": ("no sign of harm", 10),
        "doubtful": ("all seeds used", 20),
    }
    assert list(found) == list(times)
    assert asked == [(5, list(times)), (10, ["fast", "doubtful"]), (20, ["doubtful"])]


def test_methods_that_stopped_still_count_in_the_correction(make_outcomes: Any) -> None:
    looks = looks_up_to(20, 0.01)
    pairs_at, _ = slower(make_outcomes, {"harm": 4.0, "fast": 0.7, "doubtful": 1.2})
    *_, last = judge_in_looks(["harm", "fast", "doubtful"], pairs_at, RULES, looks)
    alone, _ = slower(make_outcomes, {"doubtful": 1.2})
    (only,) = judge_in_looks(["doubtful"], alone, RULES, looks)
    assert last.verdict.p_worse == pytest.approx(3 * only.verdict.p_worse, rel=0.3)
    assert last.verdict.level == pytest.approx(looks.level(2, 100, 3))
