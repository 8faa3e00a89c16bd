"""AGNN: one class of decisions of the best architecture changes at a time."""

from contextlib import suppress

import numpy as np
import pytest

from nasarena.baselines.agnn import AGNN, decision_classes
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces import OpenSpace
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201


class Two(OpenSpace):
    """Three operations and two widths: 576 architectures."""

    name = "two"
    choices = (("a", "b", "c", "d"),) * 3 + (("16", "32", "64"),) * 2


SPACE = Two()
DECISIONS = SPACE.decisions(range(576))
LABELS = 50.0 + DECISIONS.sum(axis=1) + np.random.default_rng(0).normal(size=576)


def trace(budget: int) -> list[int]:
    problem = Problem(SPACE, LABELS, budget, 2_000)
    with suppress(SearchEnded):
        AGNN().search(problem, np.random.default_rng(0))
    return problem.trace.tolist()


def test_decisions_of_the_same_values_are_a_class() -> None:
    assert [places.tolist() for places in decision_classes(SPACE)] == [[0, 1, 2], [3, 4]]
    assert len(decision_classes(NASBench201())) == 1
    edges, operations = decision_classes(NASBench101(5))
    assert (edges.size, operations.size) == (10, 3)


def test_what_changes_is_one_class_of_the_best_until_it_has_nothing_new() -> None:
    queried = trace(80)
    best, changed = queried[0], []
    for count, id in enumerate(queried[1:], start=1):
        different = DECISIONS[id] != DECISIONS[best]
        operations, widths = different[:3].any(), different[3:].any()
        if operations and widths:
            alike = (DECISIONS[queried[:count]] == DECISIONS[best])[:, :3].all(axis=1)
            assert alike.sum() > 5, "both changed, where the widths alone had most in store"
        changed.append("both" if operations and widths else "one")
        best = max(best, id, key=LABELS.__getitem__)
    assert changed[:15] == ["one"] * 15


def test_it_finds_more_than_draws_do() -> None:
    # The best of 60 uniform draws is on average the tenth best of 576.
    assert (LABELS[trace(60)].max() < LABELS).sum() < 3


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="learning_rate must be above 0"):
        AGNN(learning_rate=0.0)
    with pytest.raises(ValueError, match="momentum must be from 0 to below 1"):
        AGNN(momentum=1.0)
