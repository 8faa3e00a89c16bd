"""FLAN's rounds: how many, which of them are the best predicted, where the others come from."""

from collections import Counter
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kstest

from nasarena.baselines.flan import FLAN, ROUNDS
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

pytest.importorskip("torch")

SPACE = NASBench201()
LABELS = np.random.default_rng(0).permutation(SPACE.size).astype(np.float64)
"""The accuracies' ranks from the worst: 0 to 15,624."""


class Clairvoyant:
    """Predicts the labels themselves, from the first training on."""

    fits = 0

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator, epochs: int) -> None:
        assert epochs == 7

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        assert np.array_equal(LABELS[ids], targets)
        type(self).fits += 1

    def predict(self, ids: Ids) -> NDArray[np.float64]:
        return LABELS[ids]


@pytest.fixture
def clairvoyant(monkeypatch: pytest.MonkeyPatch) -> type[Clairvoyant]:
    monkeypatch.setattr("nasarena.baselines.graph_flow.flan.FLANPredictor", Clairvoyant)
    monkeypatch.setattr(Clairvoyant, "fits", 0)
    return Clairvoyant


def test_the_rounds_are_the_released_ones_and_go_on(clairvoyant: type[Clairvoyant]) -> None:
    assert sum(ROUNDS) == 128
    problem = Problem(SPACE, LABELS, 200, 10**6)
    with pytest.raises(BudgetExhausted):
        FLAN(epochs=7).search(problem, np.random.default_rng(0))
    expected = [4, 4, 4, 4, 8, 4, 4, 16, 16, 32, 32, 32, 32, 8]
    assert Counter(problem.rounds.tolist()) == dict(enumerate(expected))
    assert clairvoyant.fits == len(expected) - 1
    below_best = SPACE.size - 1 - LABELS[problem.trace].astype(int)
    queried: set[int] = set()
    for number, count in enumerate(expected[:-1]):
        ranks = below_best[problem.rounds == number].tolist()
        if number:
            unseen = (rank for rank in range(SPACE.size) if rank not in queried)
            assert ranks[: count // 2] == list(islice(unseen, count // 2))
            assert max(ranks) < max(512, SPACE.size / 2**number)
        queried.update(ranks)
    # The first round is from everywhere, the others' random half from all of the top.
    assert max(below_best[:4]) > SPACE.size / 2
    late = below_best[problem.rounds >= 7]
    assert max(late) > 400


@pytest.mark.usefixtures("clairvoyant")
def test_the_other_half_of_a_round_is_drawn_uniformly_from_a_top_that_halves() -> None:
    places: list[float] = []
    for seed in range(20):
        problem = Problem(SPACE, LABELS, 28, 10**6)
        with pytest.raises(BudgetExhausted):
            FLAN(epochs=7).search(problem, np.random.default_rng(seed))
        below_best = (SPACE.size - 1 - LABELS[problem.trace].astype(int)).tolist()
        rounds = problem.rounds.tolist()
        for number, size in ((1, 7812), (2, 3906), (3, 1953), (4, 976), (5, 512)):
            start, count = rounds.index(number), rounds.count(number)
            before = {*below_best[: start + count // 2]}  # the best half is queried first
            top = [rank for rank in range(size) if rank not in before]
            drawn = below_best[start + count // 2 : start + count]
            places += [top.index(rank) / len(top) for rank in drawn]
    assert len(places) == 20 * (2 + 2 + 2 + 4 + 2)
    assert kstest(places, "uniform").pvalue > 0.01


def test_it_searches_a_small_space_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    space = NASBenchGraph(PROTEINS_OPERATIONS)
    labels = np.arange(space.size, dtype=np.float64)
    monkeypatch.setattr("nasarena.baselines.graph_flow.flan.FLANPredictor", Clairvoyant)
    monkeypatch.setattr(Clairvoyant, "fit", lambda predictor, ids, targets: None)
    problem = Problem(space, labels, space.size + 1, 10**6)
    FLAN(epochs=7).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


def test_with_its_own_predictor_it_finds_better_ones() -> None:
    space = NASBenchGraph(PROTEINS_OPERATIONS)
    labels = 70.0 + space.decisions(np.arange(space.size))[:, 1:].sum(axis=1)
    problem = Problem(space, labels, 36, 10**6)
    with pytest.raises(BudgetExhausted):
        FLAN(epochs=12).search(problem, np.random.default_rng(0))
    # By chance the mean of twelve is as high in one of 3,000 cases.
    assert labels[problem.trace[-12:]].mean() > labels.mean() + labels.std()


@pytest.mark.parametrize("changes", [{"epochs": 0}, {"top": 0}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(changes))} must be at least 1, not 0"):
        FLAN(**changes)
