"""The pool of mutants that BANANAS, NPENAS and NAS-BOWL rank."""

import numpy as np
import pytest

from nasarena.baselines.mutation_pool import (
    independent_changes,
    mutation_pool,
    new_random,
    one_change,
)
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()


def following(
    space: CategoricalSpace, parent: int, count: int, rng: np.random.Generator
) -> list[int]:
    """The parent itself, and the ids after it."""
    return list(range(parent, parent + count))


def pool(ids: list[int], accuracies: list[float], **settings: int) -> list[int]:
    settings = {"parents": 5, "tries": 4, "wanted": 100, "least": 0} | settings
    found = mutation_pool(
        SPACE, np.array(ids), np.array(accuracies), np.random.default_rng(0), following, **settings
    )
    return found.tolist()


def test_the_best_are_mutated_in_their_order_and_only_new_children_kept() -> None:
    assert pool([100, 200, 102], [1.0, 3.0, 2.0]) == [201, 202, 203, 103, 104, 105, 101]


def test_no_further_parent_is_mutated_once_there_are_enough() -> None:
    assert pool([100, 200, 300], [1.0, 3.0, 2.0], wanted=6) == [201, 202, 203, 301, 302, 303]
    assert pool([100, 200, 300], [1.0, 3.0, 2.0], parents=1) == [201, 202, 203]


def test_random_ones_are_added_where_too_few_are_new() -> None:
    found = pool([100, 200], [1.0, 2.0], parents=1, least=50)
    assert found[:3] == [201, 202, 203]
    assert len(set(found)) == 50
    assert not {100, 200} & set(found)


def test_new_random_ones_are_all_that_is_left() -> None:
    known = np.setdiff1d(np.arange(SPACE.size), [7, 70, 700])
    rng = np.random.default_rng(0)
    assert sorted(new_random(SPACE, known, 10, rng).tolist()) == [7, 70, 700]
    assert set(new_random(SPACE, known, 2, rng).tolist()) < {7, 70, 700}
    assert new_random(SPACE, np.arange(SPACE.size), 2, rng).size == 0


class Four(OpenSpace):
    """Four architectures."""

    name = "four"
    choices = (("a", "b"),) * 2


def test_new_random_ones_of_an_open_space_are_all_that_is_left() -> None:
    rng = np.random.default_rng(0)
    assert new_random(Four(), np.arange(4), 2, rng).size == 0
    assert new_random(Four(), np.arange(3), 2, rng).tolist() == [3]


def test_each_decision_changes_with_the_same_probability() -> None:
    """1.5 expected changes are one chance in four each on NAS-Bench-201: 18 % stay the parent."""
    children = independent_changes(1.5)(SPACE, 8_000, 20_000, np.random.default_rng(1))
    changed = SPACE.decisions(np.array(children)) != SPACE.decisions(8_000)
    assert changed.mean(axis=0) == pytest.approx([0.25] * 6, abs=0.012)
    assert np.mean(np.array(children) == 8_000) == pytest.approx(0.178, abs=0.01)
    edge = SPACE.decisions(np.array(children))[:, 2]
    shares = np.bincount(edge[changed[:, 2]], minlength=5) / changed[:, 2].sum()
    assert np.sort(shares) == pytest.approx([0, *[0.25] * 4], abs=0.03)


def test_children_are_architectures_where_most_decisions_denote_none() -> None:
    rows = np.unique(np.random.default_rng(0).integers(3, size=(60, 8)), axis=0)
    sparse = Choices({f"d{place}": ("a", "b", "c") for place in range(8)}, rows)
    for space in (sparse, NASBench101(5)):
        children = independent_changes(1.5)(space, 20, 300, np.random.default_rng(0))
        assert len(children) == 300
        assert 0 <= min(children) <= max(children) < space.size


def test_one_change_is_one_decision() -> None:
    children = one_change(SPACE, 8_000, 50, np.random.default_rng(0))
    assert set(children) <= set(SPACE.neighbours(8_000).tolist())
