"""Groups of methods that are not separated, against trying every set."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite.statistics.tie_groups import group_letters, groups_not_separated


@given(st.integers(0, 7), st.data())
def test_the_groups_are_the_largest_sets_without_a_separated_pair(
    methods: int, data: st.DataObject
) -> None:
    separated = np.zeros((methods, methods), dtype=bool)
    for a, b in combinations(range(methods), 2):
        separated[a, b] = separated[b, a] = data.draw(st.booleans())
    sets = [
        set(some)
        for size in range(1, methods + 1)
        for some in combinations(range(methods), size)
        if not any(separated[a, b] for a, b in combinations(some, 2))
    ]
    largest = sorted(tuple(sorted(some)) for some in sets if not any(some < more for more in sets))
    groups = groups_not_separated(separated)
    assert groups == largest
    letters = group_letters(methods, groups)
    for a, b in combinations(range(methods), 2):
        assert bool(set(letters[a]) & set(letters[b])) != separated[a, b]


def test_letters_after_z() -> None:
    everyone = groups_not_separated(~np.eye(28, dtype=bool))
    assert group_letters(28, everyone)[25:] == ["z", "a'", "b'"]
