"""Tree search over decisions: each step, followed from what it queried."""

from collections import Counter, defaultdict
from contextlib import suppress

import numpy as np
import pytest

from nasarena.baselines.mcts import MCTS, Beginnings
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph


def labels_of(space: CategoricalSpace) -> np.ndarray:
    decisions = space.decisions(np.arange(space.size))
    return 50.0 + decisions @ np.arange(decisions.shape[1], 0, -1)


def searched(space: CategoricalSpace, method: MCTS, budget: int) -> list[list[int]]:
    """The decisions of all that was queried, in order."""
    problem = Problem(space, labels_of(space), budget, 1_000)
    with suppress(SearchEnded):
        method.search(problem, np.random.default_rng(0))
    assert problem.remaining == 0
    return space.decisions(problem.trace).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("reward", ["fraction", "z-score"])
@pytest.mark.parametrize("space", [NASBenchGraph(PROTEINS_OPERATIONS), NASBench101(5)])
def test_each_step_follows_the_formula(space: CategoricalSpace, reward: str) -> None:
    everything = space.decisions(np.arange(space.size))
    left: Counter[tuple[int, ...]] = Counter()
    for row in everything.tolist():
        left.update(tuple(row[:depth]) for depth in range(len(row) + 1))
    counts: Counter[tuple[int, ...]] = Counter()
    totals: dict[tuple[int, ...], float] = defaultdict(float)
    labels = labels_of(space)
    rewards: list[float] = []
    for row in searched(space, MCTS(exploration=0.3, reward=reward), 150):
        for depth, value in enumerate(row):
            here = tuple(row[:depth])
            offered = [one for one in range(9) if left[*here, one]]
            new = [one for one in offered if not counts[*here, one]]
            if new:
                assert value in new, "what was not tried comes first"
                tree = depth + 1
                break
            # Subtracting their mean from all would change no comparison.
            deviation = np.std(rewards) if reward == "z-score" else 1.0
            bounds = {
                one: totals[*here, one] / counts[*here, one] / deviation
                + 2 * 0.3 * (2 * np.log(counts[here]) / counts[*here, one]) ** 0.5
                for one in offered
            }
            assert bounds[value] == pytest.approx(max(bounds.values()))
        else:
            tree = len(row)
        for depth in range(len(row) + 1):
            left[tuple(row[:depth])] -= 1
        for depth in range(tree + 1):
            counts[tuple(row[:depth])] += 1
            totals[tuple(row[:depth])] += labels[space.ids(row)] / 100
        rewards.append(labels[space.ids(row)] / 100)


def test_a_space_that_is_used_up_ends_the_search() -> None:
    space = NASBench101(4)
    problem = Problem(space, labels_of(space), space.size + 1, 1_000)
    MCTS(exploration=0.0).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


def test_with_less_exploration_it_finds_what_is_better() -> None:
    space = NASBench201()
    labels = labels_of(space)
    rows = searched(space, MCTS(exploration=0.3, reward="z-score"), 200)
    assert labels[space.ids(rows[-50:])].mean() > labels.mean() + labels.std()


def test_architectures_that_begin_alike_stand_together() -> None:
    space = NASBench101(5)
    beginnings = Beginnings(space)
    rows = space.decisions([beginnings.architecture(place) for place in range(space.size)])
    assert rows.tolist() == sorted(rows.tolist())
    parts = beginnings.parts(0, space.size, 0)
    assert [rows[start:stop, 0].tolist() for start, stop in parts] == [
        [value] * int((rows[:, 0] == value).sum()) for value in (0, 1)
    ]


def test_a_space_too_large_to_list_is_divided_by_its_ids() -> None:
    class Open(OpenSpace):
        name = "open"
        choices = (("a", "b", "c"), ("d", "e"), ("f", "g", "h", "i"))

    beginnings = Beginnings(Open())
    assert beginnings.parts(0, 24, 0) == [(0, 8), (8, 16), (16, 24)]
    assert beginnings.parts(8, 16, 1) == [(8, 12), (12, 16)]
    assert beginnings.parts(12, 16, 2) == [(12, 13), (13, 14), (14, 15), (15, 16)]
    assert Open().decisions(13).tolist() == [1, 1, 1]


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="exploration must be at least 0"):
        MCTS(exploration=-0.1)
    with pytest.raises(ValueError, match="reward must be fraction or z-score, not 'rank'"):
        MCTS(reward="rank")
