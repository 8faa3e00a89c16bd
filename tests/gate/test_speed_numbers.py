"""What is made of the times: order, repeats, the harness's share, and the interval."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from nasarena.suite.gate import speed
from nasarena.suite.gate.baseline_code import BaselineCode
from nasarena.suite.gate.speed_worker import Recorded
from nasarena.suite.methods import choose_methods
from nasarena.suite.problem import InvalidQuery, Problem
from nasarena.suite.protocol import load_protocol
from nasarena.suite.runs.execute import Cell, execute

PROTOCOL = load_protocol("weaknas-paper[budget=50]")

Times = Callable[[str, int, int], tuple[float, float]]
"""Of the code (base or head), seed and how often it was asked: seconds, and the harness's."""


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[speed.SpeedRow, list[str]]]:
    """Measures one method of processes that answer with given times, 100 queries a run."""

    def measure(times: Times, seeds: int) -> tuple[speed.SpeedRow, list[str]]:
        asked: list[str] = []

        class Process:
            def __init__(self, code: str) -> None:
                self.what = code

            def ask(self, task: dict[str, Any]) -> dict[str, Any]:
                if "load" in task:
                    return {"Mine": {"digest": self.what, "file": None}}
                asked.append(f"{self.what} {task['seed']}")
                seconds, harness = times(self.what, task["seed"], asked.count(asked[-1]))
                return {"seconds": seconds, "harness": harness, "queries": 100}

        @contextmanager
        def process(what: str, *_: object) -> Iterator[Process]:
            yield Process("base" if "baseline" in what else "head")

        @contextmanager
        def code(given: str) -> Iterator[BaselineCode]:
            yield BaselineCode(given, Path("python"))

        monkeypatch.setattr(speed, "code_process", process)
        monkeypatch.setattr(speed, "baseline_code", code)
        (row,) = speed.measure_speed(["Mine"], [("one", PROTOCOL)], range(seeds), "v1")
        return row, asked

    return measure


def test_both_codes_run_one_after_the_other_in_alternate_order(measured: Any) -> None:
    _, asked = measured(lambda code, seed, time: (1.0, 0.1), 3)
    first = ["base 0", "head 0"]
    assert asked == [*first, "base 0", "head 0", "head 1", "base 1", "base 2", "head 2"]


def test_the_ratio_is_of_the_method_alone(measured: Any) -> None:
    """The harness takes 0.5 s of each run, which was 1 s of the method's before."""
    own = {0: 2.0, 1: 4.0, 2: 2.0}
    row, _ = measured(lambda code, seed, time: (0.5 + (own[seed] if code == "head" else 1), 0.5), 3)
    assert row.seconds_base == pytest.approx(0.01)
    assert row.seconds_head == pytest.approx(8 / 300)
    logs = np.log([2.0, 4.0, 2.0])
    low, high = stats.t.interval(0.95, 2, logs.mean(), stats.sem(logs))
    assert row.ratio.value == pytest.approx(np.exp(logs.mean()))
    assert (row.ratio.low, row.ratio.high) == pytest.approx((np.exp(low), np.exp(high)))
    assert (row.pairs, row.note) == (3, "")


def test_of_repeats_of_short_runs_the_fastest_counts(measured: Any) -> None:
    row, asked = measured(lambda code, seed, time: (0.06 / time + 0.03, 0.01 + 0.03 / time), 1)
    assert len(asked) == 2 * (1 + 3)
    assert row.seconds_head == pytest.approx((0.06 / 4 + 0.03 - 0.01 - 0.03 / 4) / 100)


def test_less_than_can_be_told_from_the_harness_is_no_difference(measured: Any) -> None:
    row, _ = measured(lambda code, seed, time: (0.9 if code == "head" else 1.01, 1.0), 2)
    assert row.ratio.value == 1
    assert row.ratio.low is None
    assert row.seconds_base == pytest.approx(0.05 / 100)


class Careless:
    """Writes into the array that it asked with, and asks for what is not there."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        ids = np.zeros(3, dtype=np.int64)
        while True:
            ids[:] = rng.integers(problem.space.size, size=3)
            problem.query(ids)
            ids[:] = -1
            try:
                problem.query(ids)
            except InvalidQuery:
                problem.query(int(rng.integers(problem.space.size)))


@pytest.mark.parametrize("method", ["random-search", "weaknas-lite", Careless])
def test_a_recorded_search_and_its_replay_ask_the_same(method: Any) -> None:
    (choice,) = choose_methods([method])

    def trace(choice: Any) -> tuple[list[int], list[int]]:
        record, *_ = execute(Cell(choice, "nasbenchgraph/proteins", PROTOCOL), 3, "")
        assert record.error is None
        return record.ids, record.rounds

    recorded = Recorded(choice)
    expected = trace(choice)
    assert len(expected[0]) > 10
    assert trace(recorded) == expected
    assert trace(Recorded(choice, recorded.asked)) == expected
