"""Monte Carlo tree search over decisions."""

from bisect import bisect_left, insort
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace

REWARDS = ("fraction", "z-score")


class MCTS:
    """Monte Carlo tree search (UCT): decisions are fixed one after another.

    A node of the tree is a beginning: the first decisions of an architecture. From the root, go to
    the child of the highest mean + 2 `exploration` sqrt(2 ln(n of the parent) / n) until a node
    has values of its next decision that were not tried. One of those, drawn uniformly, becomes a
    new node. An architecture with this beginning is drawn uniformly from those of the space that
    were not queried, and its reward counts at all nodes of the way. Beginnings of which all
    architectures were queried are not offered again.

    Source: Wang et al., "AlphaX", 2018, with the released code linnanwang/AlphaX-NASBench101
    (87eb0d4), without its network that predicts accuracies: rewards from 0 to 1 and an
    `exploration` of 2, with which the choice is nearly uniform. On this scale 0.1 is LaNAS's; on
    z-scores (`mcts[exploration=0.1,reward=z-score]`, over all that was queried) it is yet another
    search.
    Departures: the release builds NAS-Bench-101 graphs by adding nodes and edges, with an action
    that ends; here decisions are those of the space, in its order, so that the same search runs
    in every space. The release draws up to 1,000 times until a network is in the table, and else
    counts 0.1; here draws are always architectures. The release evaluates networks again; here
    none is, as a search with little exploration would only repeat itself. For a benchmark with
    another objective, rewards are its values divided by 100. It looks at no graph.

    Args:
        exploration: Cp of the formula, on the scale of `reward`.
        reward: accuracy as a `fraction`, or as a `z-score` among all queried so far.
    """

    version = "1"
    kind = "baseline"
    paper = "Wang et al., AAAI 2020, arXiv:1805.07440"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 2e-4

    def __init__(self, exploration: float = 2.0, reward: str = "fraction") -> None:
        if not 0 <= exploration < np.inf:
            raise ValueError(f"exploration must be at least 0 and finite, not {exploration}")
        if reward not in REWARDS:
            raise ValueError(f"reward must be {' or '.join(REWARDS)}, not {reward!r}")
        self.exploration = exploration
        self.reward = reward

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        beginnings = Beginnings(problem.space)
        root = Node(0, beginnings.size)
        queried: list[int] = []  # places, in ascending order
        rewards: list[float] = []
        while root.left(queried):
            way = self._descend(root, beginnings, queried, self._scale(rewards), rng)
            place = _unqueried(way[-1], queried, rng)
            reward = problem.query(beginnings.architecture(place)) / 100
            insort(queried, place)
            rewards.append(reward)
            for node in way:
                node.count += 1
                node.total += reward

    def _scale(self, rewards: list[float]) -> tuple[float, float]:
        """What is subtracted from rewards, and what they are divided by."""
        if self.reward == "fraction" or not rewards:
            return 0.0, 1.0
        return float(np.mean(rewards)), float(np.std(rewards)) or 1.0

    def _descend(
        self,
        node: "Node",
        beginnings: "Beginnings",
        queried: list[int],
        scale: tuple[float, float],
        rng: np.random.Generator,
    ) -> "list[Node]":
        """The nodes from the root to a new one, or to one whose decisions are all fixed."""
        way = [node]
        while len(way) <= beginnings.depth:
            if node.untried is None:
                parts = beginnings.parts(node.start, node.stop, len(way) - 1)
                node.untried = [Node(start, stop) for start, stop in parts]
            node.untried = [child for child in node.untried if child.left(queried)]
            if node.untried:
                new = node.untried.pop(int(rng.integers(len(node.untried))))
                node.children.append(new)
                return [*way, new]
            open_ones = [child for child in node.children if child.left(queried)]
            node = self._best(open_ones, node.count, scale)
            way.append(node)
        return way

    def _best(self, nodes: "list[Node]", count: int, scale: tuple[float, float]) -> "Node":
        counts = np.array([node.count for node in nodes])
        totals = np.array([node.total for node in nodes])
        means = (totals / counts - scale[0]) / scale[1]
        width = np.sqrt(2 * np.log(count) / counts)
        return nodes[int((means + 2 * self.exploration * width).argmax())]


def _unqueried(node: "Node", queried: list[int], rng: np.random.Generator) -> int:
    """One of the places of a node that were not queried, drawn uniformly."""
    place = node.start + int(rng.integers(node.left(queried)))
    for taken in queried[bisect_left(queried, node.start) :]:
        if taken > place:
            break
        place += 1
    return place


class Node:
    """A beginning: the architectures that have it are the places from `start` to `stop`."""

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop
        self.count = 0
        self.total = 0.0
        self.children: list[Node] = []
        self.untried: list[Node] | None = None

    def left(self, queried: list[int]) -> int:
        """How many of its places are not among `queried`, which are in ascending order."""
        taken = bisect_left(queried, self.stop) - bisect_left(queried, self.start)
        return self.stop - self.start - taken


class Beginnings:
    """The architectures of a space in the order of their decisions, as in a dictionary.

    Those that begin alike then stand together. The ids of a space too large to list are in this
    order already.

    Args:
        space: the space. Raises UserError if it has no decisions.
    """

    def __init__(self, space: CategoricalSpace) -> None:
        self.size = int(space.size)
        self.depth = len(space.choices)
        self._counts = [len(values) for values in space.choices]
        self._rows: NDArray[np.int64] | None = None
        if space.enumerable:
            rows = space.decisions(np.arange(space.size))
            self._order = np.lexsort(rows.T[::-1])
            self._rows = rows[self._order]

    def architecture(self, place: int) -> int:
        """The id of the architecture at a place."""
        return place if self._rows is None else int(self._order[place])

    def parts(self, start: int, stop: int, decision: int) -> list[tuple[int, int]]:
        """How a decision's values divide these places, which are alike in all decisions before.

        A start and a stop for each value that occurs.
        """
        count = self._counts[decision]
        if self._rows is None:
            step = (stop - start) // count
            return [(first, first + step) for first in range(start, stop, step)]
        own = self._rows[start:stop, decision]
        edges = (start + np.searchsorted(own, np.arange(count + 1))).tolist()
        return [(a, b) for a, b in pairwise(edges) if a < b]
