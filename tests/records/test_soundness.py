"""Checks of whole columns say what looking at one run after the other says."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite.records.soundness import Reasons, _check_lists, check_repeats, lists_of

EDGES = [2**16, 2**31 - 2, 2**31 - 1, 2**32 - 2, 2**32 - 1, 2**32, 2**63 - 2, 2**63 - 1]
"""Where products and sums leave 32 or 64 bits."""

NUMBERS = st.one_of(st.integers(0, 4), st.sampled_from(EDGES))
RUNS = st.lists(st.lists(NUMBERS, max_size=6), min_size=1, max_size=6)
ROUNDS = st.lists(st.integers(0, 3), max_size=6)


def column(lists: list[list[int]]) -> pa.Array:
    return pa.array(lists, pa.list_(pa.int64()))


@given(RUNS)
def test_repeats_are_found_in_each_run(runs: list[list[int]]) -> None:
    reasons = Reasons(np.arange(len(runs)))
    check_repeats(lists_of(pa.table({"ids": column(runs)}), "ids"), reasons, "twice")
    expected = [place for place, ids in enumerate(runs) if len(set(ids)) < len(ids)]
    assert [one.seed for one in reasons.complaints()] == expected


@given(st.lists(ROUNDS, min_size=1, max_size=6))
def test_rounds_start_at_zero_and_rise_by_one(runs: list[list[int]]) -> None:
    empty = column([[] for _ in runs])
    table = pa.table(
        {
            "ids": column([list(range(len(rounds))) for rounds in runs]),
            "rounds": column(runs),
            "recommended_ids": empty,
            "recommended_after": empty,
            "budget": [6] * len(runs),
        }
    )
    reasons = Reasons(np.arange(len(runs)))
    _check_lists(table, lists_of(table, "ids"), reasons)
    expected = [
        place
        for place, rounds in enumerate(runs)
        if any(step not in (0, 1) for step in np.diff(rounds, prepend=0)) or rounds[:1] > [0]
    ]
    assert [one.seed for one in reasons.complaints()] == expected
