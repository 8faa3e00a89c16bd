"""The count of the released WeakNAS notebooks: whole rounds, and a predicted best counts."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite.statistics.notebook_count import notebook_samples
from nasarena.suite.statistics.run_set import RunSet

OPTIMUM = 9
Trace = Sequence[Sequence[int]]


@pytest.fixture(scope="module")
def in_rounds(make_benchmark: Any, make_runs: Any) -> Any:
    """Runs given as the queries of each round, and what was recommended after how many queries."""
    benchmark = make_benchmark(range(10))

    def in_rounds(runs: Sequence[Trace], told: Sequence[Sequence[tuple[int, int]]] = ()) -> RunSet:
        flat = [[id for each in run for id in each] for run in runs]
        numbers = [n for run in runs for n, each in enumerate(run) for _ in each]
        made = make_runs(benchmark, flat, recommendations=told)
        return replace(made, rounds=np.array(numbers, dtype=np.int64))

    def prepared(*arguments: Any) -> RunSet:
        made = in_rounds(*arguments)
        made.__dict__["benchmark"] = benchmark
        return made

    return prepared


def test_a_query_counts_at_the_end_of_its_round(in_rounds: Any) -> None:
    whole = [[0, 1, 2], [3, 4], [5, OPTIMUM]]
    # Ended in its round by the optimum, in the first and in a later one.
    cut = [[0, 1, 2], [OPTIMUM]]
    first = [[OPTIMUM]]
    never = [[0, 1, 2], [3, 4]]
    counted = notebook_samples(in_rounds([whole, cut, first, never]))
    assert counted.tolist() == [7, 5, 3, math.inf]


def test_a_predicted_best_that_was_not_queried_counts(in_rounds: Any) -> None:
    run = [[0, 1, 2], [3, 4], [5, OPTIMUM]]
    before, after, other = [(3, 1), (5, OPTIMUM)], [(7, OPTIMUM)], [(3, 8), (5, 8)]
    counted = notebook_samples(in_rounds([run, run, run, run[:2]], [before, after, other, before]))
    assert counted.tolist() == [5, 7, 7, 5]


@given(
    st.permutations(range(10)),
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.integers(0, 9), max_size=5),
)
def test_it_is_what_looking_after_each_round_gives(
    in_rounds: Any, order: list[int], initial: int, batch: int, recommended: list[int]
) -> None:
    """Against a loop over rounds, all of them whole."""
    ends = list(range(initial, 11, batch))
    rounds = [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    told = list(zip(ends, recommended, strict=False))
    expected = math.inf
    for end in ends:
        if OPTIMUM in order[:end] or (end, OPTIMUM) in told:
            expected = end
            break
    assert notebook_samples(in_rounds([rounds], [told])).tolist() == [expected]
