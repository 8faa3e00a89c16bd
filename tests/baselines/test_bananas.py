"""BANANAS: what its networks read and learn, and what it queries."""

from collections import Counter
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.baselines.bananas import BANANAS
from nasarena.baselines.narrow_networks import NarrowNetworks
from nasarena.baselines.path_features import functional_features, literal_features, successions
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBench201()
SMALL = NASBenchGraph(PROTEINS_OPERATIONS)
EVERYTHING = np.arange(SPACE.size)


def rows(longest: int) -> tuple[int, int]:
    """How many numbers the literal encoding has, and how many different rows."""
    encoded = literal_features(SPACE, EVERYTHING, longest).astype(bool)
    packed = np.packbits(encoded, axis=1)
    return encoded.shape[1], len(np.unique(packed, axis=0))


def test_the_released_encoding_cannot_see_one_edge_of_nasbench201() -> None:
    """30 numbers with 1,625 different rows; with all 155, every cell has its own."""
    assert rows(2) == (30, 1_625)
    assert rows(3) == (155, 15_625)
    cells = np.array([[1, 2, operation, 3, 4, 0] for operation in range(5)])
    assert np.ptp(literal_features(SPACE, SPACE.ids(cells), 2), axis=0).max() == 0


def test_the_released_encoding_of_nasbench101_is_the_first_40_of_its_paths() -> None:
    space = NASBench101(5)
    everything = np.arange(space.size)
    paths = space.path_encoding(everything)[:, :40]
    assert np.array_equal(literal_features(space, everything, 3), paths[:, paths.any(axis=0)])


def test_successions_are_those_of_a_walk_through_the_cell() -> None:
    graphs = SMALL.graphs(np.arange(SMALL.size))
    found = successions(graphs, 4)
    kinds = len(graphs.labels) - 2
    first = [0, 1, 1 + kinds, 1 + kinds + kinds**2, 1 + kinds + kinds**2 + kinds**3]
    for cell in range(0, SMALL.size, 199):
        wanted, walks = set(), [(0, ())]
        while walks:
            node, along = walks.pop()
            if node == graphs.nodes.shape[1] - 1:
                code = sum(op * kinds**place for place, op in enumerate(reversed(along[:-1])))
                wanted.add(first[len(along) - 1] + code)
                continue
            for reader in np.flatnonzero(graphs.adjacency[cell, node]).tolist():
                walks.append((reader, (*along, int(graphs.nodes[cell, reader]) - 2)))
        assert set(np.flatnonzero(found[cell]).tolist()) == wanted


def test_without_graphs_the_networks_read_decisions() -> None:
    space = Choices({"a": ("x", "y"), "b": ("x", "y", "z")}, [[0, 0], [1, 1], [1, 2]])
    ids = np.array([2, 0])
    assert np.array_equal(functional_features(space, ids), space.one_hot(ids))
    assert np.array_equal(literal_features(space, ids, 2), space.one_hot(ids))
    part = MeasuredCells(SPACE, np.arange(0, SPACE.size, 100))
    assert not np.array_equal(literal_features(part, ids, 2), part.one_hot(ids))


def test_networks_learn_as_the_textbook_says() -> None:
    """Adam on gradients that are differences of the loss, in double precision."""
    rng = np.random.default_rng(0)
    features = rng.random((40, 4)).astype(np.float32)
    targets = 2.0 * features.sum(axis=1)
    networks = NarrowNetworks(np.random.default_rng(1), networks=2, layers=2, width=7, epochs=4)
    networks.fit(features, targets)

    rng = np.random.default_rng(1)
    shapes = [(4, 7), (7, 7), (7, 1)]
    drawn = [rng.uniform(-1, 1, (2, *shape)) * (6 / sum(shape)) ** 0.5 for shape in shapes]

    def outputs(weights: NDArray[np.float64], values: NDArray[np.floating]) -> NDArray[np.float64]:
        for before, after in shapes:
            layer, weights = np.split(weights, [(before + 1) * after])
            values = values @ layer[: before * after].reshape(before, after)
            values = values + layer[before * after :]
            values = np.maximum(values, 0) if after > 1 else values
        return values[:, 0]

    order = np.tile(np.arange(40), (2, 1))
    orders = [order := rng.permuted(order, axis=1) for _ in range(4)]
    for one in range(2):
        parts = [np.append(layer[one], np.zeros(layer.shape[2])) for layer in drawn]
        weights = np.concatenate(parts)
        first, second = np.zeros(weights.size), np.zeros(weights.size)
        batches = [part for order in orders for part in np.split(order[one], [32])]
        for step, batch in enumerate(batches, start=1):

            def loss(weights: NDArray[np.float64], batch: NDArray[np.int64] = batch) -> float:
                return float(np.abs(outputs(weights, features[batch]) - targets[batch]).mean())

            moved = 1e-6 * np.eye(weights.size)
            slope = np.array([loss(weights + by) - loss(weights - by) for by in moved]) / 2e-6
            slope = slope.round(7)  # what is nothing but rounding would be a full step
            first = 0.9 * first + 0.1 * slope
            second = 0.99 * second + 0.01 * slope**2
            scale = np.sqrt(second / (1 - 0.99**step)) + 1e-9
            weights = weights - 0.01 * first / (1 - 0.9**step) / scale
        found = networks.predict(features)[one]
        assert found == pytest.approx(outputs(weights, features), abs=5e-4)
        assert np.abs(found - targets).mean() < np.abs(targets).mean()


LABELS = 70.0 + SPACE.decisions(EVERYTHING).sum(axis=1)
QUICK = {"ensemble": 3, "epochs": 40}


@pytest.mark.parametrize("encoding", ["functional", "literal"])
def test_it_finds_better_ones_by_mutating_the_best(encoding: str) -> None:
    problem = Problem(SPACE, LABELS, 60, 1_000)
    with pytest.raises(BudgetExhausted):
        BANANAS(encoding=encoding, **QUICK).search(problem, np.random.default_rng(0))
    trace = problem.trace
    assert Counter(problem.rounds.tolist()) == dict.fromkeys(range(6), 10)
    assert LABELS[trace[-10:]].mean() > LABELS[trace[:10]].max()
    decisions = SPACE.decisions(trace)
    for start in range(10, 60, 10):
        best = np.argsort(-LABELS[trace[:start]], kind="stable")[:5]
        apart = (decisions[start : start + 10, None] != decisions[best]).sum(axis=2)
        assert apart.min(axis=1).mean() < 2.5  # two random cells differ in 4.8 decisions


def test_each_round_queries_the_lowest_of_one_draw_for_every_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Independent Thompson sampling: each child has a draw of its own, whatever the others have."""
    numbers = np.random.default_rng(5)
    pools: list[NDArray[np.int64]] = []
    fitted: list[tuple[Any, Any]] = []
    predicted: list[tuple[Any, NDArray[np.float64], np.random.Generator]] = []

    class Known:
        """An ensemble that disagrees so much that draws are in another order than means."""

        def __init__(self, rng: np.random.Generator, networks: int, epochs: int) -> None:
            assert (networks, epochs) == (3, 40)
            self.rng = rng

        def fit(self, features: Any, errors: Any) -> None:
            fitted.append((features, errors))

        def predict(self, features: Any) -> NDArray[np.float64]:
            errors = numbers.uniform(5, 30, (3, len(features)))
            # Kept with the generator as it is before the draws, which can so be drawn again.
            predicted.append((features, errors, deepcopy(self.rng)))
            return errors

    class Recorded(BANANAS):
        def candidates(self, *queried: Any) -> Any:
            pools.append(super().candidates(*queried))
            return pools[-1]

    monkeypatch.setattr("nasarena.baselines.narrow_networks.NarrowNetworks", Known)
    problem = Problem(SPACE, LABELS, 40, 1_000)
    with pytest.raises(BudgetExhausted):
        Recorded(**QUICK).search(problem, np.random.default_rng(0))

    # One more round is predicted than can be paid.
    assert len(fitted) == len(predicted) == len(pools) == 4
    for place, (pool, (features, errors, rng)) in enumerate(zip(pools, predicted, strict=True)):
        known = problem.trace[: 10 + 10 * place]
        assert np.array_equal(fitted[place][0], functional_features(SPACE, known))
        assert fitted[place][1] == pytest.approx(100 - LABELS[known])
        assert np.array_equal(features, functional_features(SPACE, pool))
        drawn = {
            child: own.mean() + own.std() * rng.standard_normal()
            for child, own in zip(pool.tolist(), errors.T, strict=True)
        }
        lowest = sorted(drawn, key=drawn.__getitem__)[:10]
        assert problem.trace[known.size : known.size + 10].tolist() == lowest[: 40 - known.size]


def test_the_whole_space_can_be_ranked_instead() -> None:
    problem = Problem(SPACE, LABELS, 40, 1_000)
    with pytest.raises(BudgetExhausted):
        BANANAS(pool="all", **QUICK).search(problem, np.random.default_rng(0))
    decisions = SPACE.decisions(problem.trace)
    apart = (decisions[10:20, None] != decisions[:10]).sum(axis=2).min(axis=1)
    assert apart.max() > 2


def test_a_space_that_is_used_up_ends_the_search() -> None:
    space = MeasuredCells(SPACE, np.arange(0, SPACE.size, 500))
    problem = Problem(space, LABELS[space.members], space.size + 1, 1_000)
    BANANAS(ensemble=1, epochs=1).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"encoding": "paths"}, "encoding must be functional or literal, not 'paths'"),
        ({"pool": "none"}, "pool must be mutation or all, not 'none'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BANANAS(**settings)
