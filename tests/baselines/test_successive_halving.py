"""Successive halving, Hyperband, ASHA and early stopping by a prediction: what they train."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from nasarena.baselines.asha import ASHA
from nasarena.baselines.early_stop_ridge import EarlyStopRidge
from nasarena.baselines.hyperband import Hyperband, brackets
from nasarena.baselines.successive_halving import Draws, SuccessiveHalving, ladder, sizes
from nasarena.suite import Problem
from nasarena.suite.ledgers.ledger import SearchEnded
from nasarena.suite.spaces.architecture_list import ArchitectureList
from nasarena.suite.tables.fidelities import Fidelities, ObservedTrainings

EIGHTY_ONE = Fidelities.proportional(range(1, 82), continues=True)
SIZE = 2_000
SPACE = ArchitectureList("list", [str(number) for number in range(SIZE)])
FINAL = np.random.default_rng(0).permutation(SIZE) / SIZE * 100


def searched(method: Any, fidelities: Fidelities, budget: int = 400, noise: float = 0.0) -> Problem:
    """A search where a shorter training answers the final accuracy, with noise."""
    rng = np.random.default_rng(1)
    shorter = [FINAL + noise * rng.normal(size=SIZE) for _ in fidelities.epochs[:-1]]
    trainings = ObservedTrainings(fidelities, shorter)
    problem = Problem(SPACE, FINAL, budget, 10**6, trainings=trainings)
    with pytest.raises(SearchEnded):
        method.search(problem, np.random.default_rng(2))
    return problem


def test_the_brackets_are_those_of_the_papers_example() -> None:
    """Li et al., JMLR 2018, the example of section 3 with R = 81 and eta = 3."""
    table = [
        list(zip(sizes(count, rungs), [rung.epochs for rung in rungs], strict=True))
        for count, rungs in brackets(ladder(EIGHTY_ONE, 3))
    ]
    assert table == [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]


@pytest.mark.parametrize(
    ("epochs", "eta", "expected"),
    [
        ((4, 12, 36, 108), 3, (4, 12, 36, 108)),
        ((12, 200), 3, (12, 200)),
        (tuple(range(1, 13)), 3, (1, 4, 12)),
        (tuple(range(1, 13)), 2, (1, 3, 6, 12)),
        (tuple(range(1, 91)), 3, (1, 3, 10, 30, 90)),
        ((100, 101), 3, (101,)),
    ],
)
def test_lengths_are_at_least_eta_times_apart(
    epochs: tuple[int, ...], eta: float, expected: tuple[int, ...]
) -> None:
    rungs = ladder(Fidelities.proportional(epochs, continues=False), eta)
    assert tuple(rung.epochs for rung in rungs) == expected


def test_hyperband_charges_what_its_brackets_say() -> None:
    problem = searched(Hyperband(), EIGHTY_ONE, budget=21)
    assert problem.fidelity_trace is not None
    first = Counter(problem.fidelity_trace[: 81 + 27 + 9 + 3 + 1])
    assert first == {1: 81, 3: 27, 9: 9, 27: 3, 81: 1}
    best = int(FINAL[problem.trace[:81]].argmax())
    assert problem.trace[120] == problem.trace[best], "the best of 81 is trained in full"
    # A whole Hyperband of one schedule pays each epoch once.
    assert sum(problem.cost_trace or []) <= 21


@pytest.mark.parametrize("method", [Hyperband(), SuccessiveHalving(), ASHA(), EarlyStopRidge()])
def test_what_short_trainings_tell_is_used(method: Any) -> None:
    fidelities = Fidelities.proportional([4, 12, 36, 108], continues=False)
    problem = searched(method, fidelities, budget=60, noise=1.0)
    full = problem.trace[np.array(problem.fidelity_trace) == 108]
    assert FINAL[full].max() > 98
    assert FINAL[full].mean() > 60, "random search: 50"


def test_successive_halving_recommends_the_last_one_standing() -> None:
    problem = searched(SuccessiveHalving(), EIGHTY_ONE, budget=20)
    last = {
        (after, id)
        for after, (id, epochs) in enumerate(
            zip(problem.trace.tolist(), problem.fidelity_trace or [], strict=True), start=1
        )
        if epochs == 81
    }
    assert set(problem.recommendations) == last


def test_asha_promotes_the_best_of_each_length() -> None:
    fidelities = Fidelities.proportional([1, 4, 16], continues=True)
    problem = searched(ASHA(eta=4), fidelities, budget=30)
    seen: dict[int, list[int]] = {1: [], 4: [], 16: []}
    for id, epochs in zip(problem.trace.tolist(), problem.fidelity_trace or [], strict=True):
        if epochs > 1:
            below = seen[epochs // 4]
            count = len(below) // 4
            assert id in sorted(below, key=lambda one: -FINAL[one])[:count]
        seen[epochs].append(id)
    assert len(seen[1]) > len(seen[4]) > len(seen[16]) > 0


def test_asha_goes_on_when_the_space_is_drawn() -> None:
    small = ArchitectureList("few", [str(number) for number in range(20)])
    fidelities = Fidelities.proportional([1, 4, 16], continues=True)
    trainings = ObservedTrainings(fidelities, [FINAL[:20], FINAL[:20]])
    problem = Problem(small, FINAL[:20], 20, 10**4, trainings=trainings)
    with pytest.raises(SearchEnded):
        ASHA().search(problem, np.random.default_rng(0))
    assert problem.exhausted, "all were trained in full"


def test_the_prediction_is_that_of_ridge_regression() -> None:
    sklearn = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    features = rng.normal(60, 9, size=(30, 4))
    targets = features @ [0.1, 0.2, 0.3, 0.4] + rng.normal(size=30)
    asked = rng.normal(60, 9, size=(7, 4))
    scale = features.std(axis=0)
    model = sklearn.Ridge(alpha=2.0).fit((features - features.mean(axis=0)) / scale, targets)
    expected = model.predict((asked - features.mean(axis=0)) / scale)
    found = EarlyStopRidge(penalty=2.0)._predicted(features, targets, asked)
    assert found == pytest.approx(expected)


def test_early_stopping_pays_no_length_twice() -> None:
    problem = searched(EarlyStopRidge(), EIGHTY_ONE, budget=30)
    assert set(problem.fidelity_trace or []) == {20, 81}, "the epochs before are free"
    own = Fidelities.proportional([4, 12, 36, 108], continues=False)
    problem = searched(EarlyStopRidge(), own, budget=30)
    assert set(problem.fidelity_trace or []) == {12, 108}


def test_no_architecture_is_drawn_twice_until_all_were() -> None:
    draws = Draws(SPACE, np.random.default_rng(0))
    drawn = np.concatenate([draws.draw(300) for _ in range(7)])
    assert sorted(drawn.tolist()) == list(range(SIZE))
    assert draws.is_empty
    assert draws.draw(2).size == 2


@pytest.mark.parametrize(
    ("method", "values"),
    [
        (SuccessiveHalving, {"eta": 1}),
        (Hyperband, {"eta": 0.5}),
        (ASHA, {"eta": 1}),
        (EarlyStopRidge, {"top": 13}),
        (EarlyStopRidge, {"penalty": 0}),
    ],
)
def test_settings_that_mean_nothing_are_refused(method: Any, values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        method(**values)
