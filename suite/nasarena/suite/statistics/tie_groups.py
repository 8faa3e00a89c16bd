"""Groups of methods that are not separated by a test, and the letters that show them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def groups_not_separated(separated: NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """The largest sets of methods of which no two are separated, in the order of their members.

    `separated` is symmetric, shape (methods, methods). Every method is in at least one set: alone
    where it is separated from all.

    Source: Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons",
    2004 (insert and absorb).
    """
    groups = [frozenset(range(len(separated)))] if len(separated) else []
    for a, b in zip(*np.nonzero(np.triu(separated, k=1)), strict=True):
        both = {group for group in groups if a in group and b in group}
        parts = [group - {left} for group in both for left in (a, b)]
        kept = [group for group in groups if group not in both]
        groups = kept + [part for part in parts if not any(part <= group for group in kept)]
    return sorted(tuple(sorted(int(member) for member in group)) for group in groups)


def group_letters(methods: int, groups: Sequence[tuple[int, ...]]) -> list[str]:
    """For each method the letters of its groups: two that share a letter are not separated.

    After `z` comes `a'`.
    """
    letters = [chr(ord("a") + index % 26) + "'" * (index // 26) for index in range(len(groups))]
    return [
        "".join(letter for letter, group in zip(letters, groups, strict=True) if method in group)
        for method in range(methods)
    ]
