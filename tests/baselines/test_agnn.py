"""AGNN: each step against a replay of its rule, with the same random numbers."""

from collections import Counter
from contextlib import suppress

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import entropy

from nasarena.baselines.agnn import AGNN, decision_classes
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201


class Two(OpenSpace):
    """Three operations and two widths: 576 architectures."""

    name = "two"
    choices = (("a", "b", "c", "d"),) * 3 + (("16", "32", "64"),) * 2


class Three(OpenSpace):
    """Three operations, two widths and one more decision: 1,152 architectures."""

    name = "three"
    choices = (
        ("a", "b", "c", "d"),
        ("16", "32", "64"),
        ("a", "b", "c", "d"),
        ("no", "yes"),
        ("a", "b", "c", "d"),
        ("16", "32", "64"),
    )


SPACE = Two()
DECISIONS = SPACE.decisions(range(576))
LABELS = 50.0 + DECISIONS.sum(axis=1) + np.random.default_rng(0).normal(size=576)


def trace(budget: int) -> list[int]:
    problem = Problem(SPACE, LABELS, budget, 2_000)
    with suppress(SearchEnded):
        AGNN().search(problem, np.random.default_rng(0))
    return problem.trace.tolist()


class Controller:
    """The logits of one class of decisions, which Adam moves along the policy gradient.

    Args:
        places: the class's places in an architecture.
        values: how many values each of its decisions has.
        learning_rate: of Adam.
    """

    def __init__(self, places: list[int], values: int, learning_rate: float) -> None:
        self.places = places
        self.learning_rate = learning_rate
        self.logits = np.zeros((len(places), values))
        self.first = self.second = 0 * self.logits
        self.steps = 0

    @property
    def entropy(self) -> float:
        return float(entropy(softmax(self.logits, axis=1), axis=1).sum())

    def drawn(self, uniform: NDArray[np.float64]) -> NDArray[np.int64]:
        """Decisions, shape (draws, places), by numbers from 0 to 1 of the same shape."""
        bounds = np.cumsum(softmax(self.logits, axis=1), axis=1)
        columns = zip(bounds, uniform.T, strict=True)
        return np.stack([np.searchsorted(*column, side="right") for column in columns], axis=1)

    def learn(self, decisions: NDArray[np.int64], advantage: float) -> None:
        hot = np.eye(self.logits.shape[1])[decisions]
        slope = advantage * (hot - softmax(self.logits, axis=1))
        self.steps += 1
        self.first = 0.9 * self.first + 0.1 * slope
        self.second = 0.999 * self.second + 0.001 * slope**2
        first, second = self.first / (1 - 0.9**self.steps), self.second / (1 - 0.999**self.steps)
        self.logits = self.logits + self.learning_rate * first / (np.sqrt(second) + 1e-8)


def replay(
    space: CategoricalSpace,
    labels: NDArray[np.float64],
    controllers: list[Controller],
    momentum: float,
    budget: int,
) -> tuple[list[int], Counter[str]]:
    """What a search in a space without gaps queries, and how often what happened.

    The search has the random numbers of seed 0. Each step draws an order of the classes first and
    then, for as many of them as change, numbers for 100 architectures.
    """
    rng, happened, rewards = np.random.default_rng(0), Counter[str](), []
    decisions = np.empty(len(space.choices), dtype=np.int64)
    uniform = rng.random((1, decisions.size))
    for one in controllers:
        decisions[one.places] = one.drawn(uniform[:, one.places])[0]
    best = int(space.ids(decisions))
    queried = {best: labels[best]}
    for _ in range(1_000):
        unsure = np.array([one.entropy for one in controllers]) + 1e-9
        order = rng.choice(len(unsure), len(unsure), replace=False, p=unsure / unsure.sum())
        drawn = np.tile(space.decisions(best), (100, 1))
        for changed in range(1, len(order) + 1):
            uniform = rng.random((100, decisions.size))
            last = controllers[order[changed - 1]]
            drawn[:, last.places] = last.drawn(uniform[:, last.places])
            new = [place for place, id in enumerate(space.ids(drawn)) if id not in queried]
            if new:
                break
        decisions = drawn[new[0] if new else 0]
        id = int(space.ids(decisions))
        if new and len(queried) == budget:
            break
        queried[id] = labels[id]
        happened.update({f"class {order[0]}": 1, f"{changed} changed": 1, "repeat": not new})
        rewards.append((labels[id] - labels[best]) / np.std(list(queried.values())))
        # The weighted mean of all rewards so far, this one included.
        weights = momentum ** np.arange(len(rewards))[::-1]
        advantage = rewards[-1] - np.average(rewards, weights=weights)
        for one in order[:changed]:
            controllers[one].learn(decisions[controllers[one].places], advantage)
        if labels[id] > labels[best]:
            best = id
            happened["better"] += 1
    return list(queried), happened


@pytest.mark.parametrize(
    ("learning_rate", "momentum", "budget", "seen"),
    [(0.1, 0.9, 150, "3 changed"), (0.4, 0.5, 50, "repeat")],
)
def test_each_step_is_drawn_rewarded_and_learned_by_the_rule(
    learning_rate: float, momentum: float, budget: int, seen: str
) -> None:
    space = Three()
    labels = 50.0 + space.decisions(range(1152)).sum(axis=1)
    labels += np.random.default_rng(0).normal(size=1152)
    problem = Problem(space, labels, budget, 2_000)
    with suppress(SearchEnded):
        AGNN(learning_rate, momentum).search(problem, np.random.default_rng(0))
    controllers = [
        Controller(places, values, learning_rate)
        for places, values in (([0, 2, 4], 4), ([1, 5], 3), ([3], 2))
    ]
    queried, happened = replay(space, labels, controllers, momentum, budget)
    assert problem.trace.tolist() == queried
    assert problem.remaining == 0
    assert min(happened[one] for one in ("class 0", "class 1", "class 2", "better", seen)) > 0


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
