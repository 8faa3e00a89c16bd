"""SemiNAS: what its controller learns, and how its search spends the budget."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kendalltau

from nasarena.baselines.seminas.predictor import LSTMPredictor
from nasarena.baselines.seminas.search import SemiNAS, SemiNASReleased
from nasarena.baselines.seminas.settings import RELEASED, Effort, Settings, for_budget
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.protocol import load_protocol
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.targets import rank_gaussian

torch = pytest.importorskip("torch")

from nasarena.baselines.seminas.controller import (  # noqa: E402  # needs torch
    Controller,
    moved,
    one_thread,
    predicted,
    train,
)

CELLS = NASBench201()
PROTEINS = NASBenchGraph(PROTEINS_OPERATIONS)
both_spaces = pytest.mark.parametrize(
    "space", [CELLS, PROTEINS], ids=["nasbench201", "nasbenchgraph"]
)


def landscape(space: CategoricalSpace) -> NDArray[np.float64]:
    """Percent; every value of every decision has a worth."""
    worths = np.random.default_rng(6).normal(size=space.one_hot(0).size)
    return 80 + 3 * space.one_hot(np.arange(space.size)) @ worths


@pytest.fixture(scope="module", params=[CELLS, PROTEINS], ids=["nasbench201", "nasbenchgraph"])
def trained(request: pytest.FixtureRequest) -> tuple[CategoricalSpace, Controller, NDArray]:
    """A controller after 100 epochs on 300 sequences."""
    space: CategoricalSpace = request.param
    rng = np.random.default_rng(0)
    ids = space.sample(300, rng)
    with one_thread():
        controller = Controller(len(space.vocabulary), rng)
        labels = rank_gaussian(landscape(space)[ids])
        train(controller, space.tokens(ids), labels, Effort(epochs=100), rng)
    return space, controller, ids


def test_most_sequences_decode_to_themselves(trained) -> None:  # type: ignore[no-untyped-def]
    space, controller, ids = trained
    tokens = torch.from_numpy(space.tokens(ids))
    with torch.no_grad():
        decoded = controller.decode(controller.encode(tokens)).numpy()
    assert decoded.shape == tokens.shape
    assert (space.from_tokens(decoded) == ids).mean() > 0.7


def test_reading_ones_own_tokens_decodes_as_teacher_forcing_does(trained) -> None:  # type: ignore[no-untyped-def]
    space, controller, ids = trained
    with torch.no_grad():
        encodings = controller.encode(torch.from_numpy(space.tokens(ids[:50])))
        decoded = controller.decode(encodings)
        assert torch.equal(controller.reconstruct(encodings, decoded).argmax(dim=-1), decoded)


def test_a_step_along_the_slope_raises_the_predicted_accuracy(trained) -> None:  # type: ignore[no-untyped-def]
    space, controller, ids = trained
    with torch.no_grad():
        encodings = controller.encode(torch.from_numpy(space.tokens(ids)))
    slopes = controller.slope(encodings)
    before = controller.predict(encodings)
    assert (controller.predict(moved(encodings, slopes, 0.1)) > before).float().mean() > 0.99
    raised = [(controller.predict(moved(encodings, slopes, s)) - before).mean() for s in (1, 3, 9)]
    assert 0 < raised[0] < raised[1] < raised[2]


def test_longer_steps_decode_to_other_and_better_architectures(trained) -> None:  # type: ignore[no-untyped-def]
    space, controller, ids = trained
    accuracies = landscape(space)
    with torch.no_grad():
        encodings = controller.encode(torch.from_numpy(space.tokens(ids)))
    slopes = controller.slope(encodings)
    gains, changed = [], []
    for step in (1, 10, 30):
        found = space.from_tokens(controller.decode(moved(encodings, slopes, step)).numpy())
        changed.append(((found != ids) & (found >= 0)).mean())
        gains.append((accuracies[found] - accuracies[ids])[found >= 0].mean())
    assert changed[0] < changed[1] < changed[2]
    assert max(gains) > accuracies.std() / 4


def test_the_slope_is_the_gradient() -> None:
    rng = np.random.default_rng(1)
    controller = Controller(5, rng).double().eval()
    encodings = controller.encode(torch.tensor([[0, 1, 2], [3, 4, 0]])).detach()
    slopes = controller.slope(encodings)
    direction = torch.randn(encodings.shape, dtype=torch.float64)
    ahead, behind = (controller.predict(encodings + sign * 1e-5 * direction) for sign in (1, -1))
    expected = (slopes * direction).sum(dim=(1, 2))
    assert ((ahead - behind) / 2e-5).tolist() == pytest.approx(expected.tolist(), rel=1e-4)


def test_steps_epochs_and_patience_end_a_training() -> None:
    rng = np.random.default_rng(0)
    controller = Controller(5, rng)
    tokens, labels = CELLS.tokens(np.arange(250)), np.zeros(250)
    assert train(controller, tokens, labels, Effort(epochs=2), rng) == 6
    assert train(controller, tokens, labels, Effort(epochs=9, steps=4), rng) == 4
    with torch.no_grad():  # nothing left to learn: a loss that only dropout moves
        for parameter in controller.parameters():
            parameter.zero_()
    assert train(controller, tokens, labels, Effort(epochs=50, patience=1), rng, False) < 30


def test_building_and_training_leave_the_global_generators_alone() -> None:
    torch.manual_seed(7)
    state = torch.get_rng_state()
    rng = np.random.default_rng(0)
    train(Controller(5, rng), CELLS.tokens(np.arange(9)), np.full(9, 0.5), Effort(2), rng)
    assert torch.equal(torch.get_rng_state(), state)


BRIEF = Settings(
    initial=30,
    batch=12,
    pseudo_labelled=60,
    up_sampling=2,
    seeds=8,
    longest_step=30,
    first=Effort(epochs=15),
    labelled=Effort(epochs=3),
    joint=Effort(epochs=3),
)


class Brief(SemiNAS):
    """The same search, trained for moments only."""

    used = BRIEF

    def settings(self, budget: int) -> Settings:
        return self.used


def searched(
    space: CategoricalSpace, budget: int, seed: int = 0, settings: Settings = BRIEF
) -> Problem:
    problem = Problem(space, landscape(space), budget, 20 * budget)
    method = Brief()
    method.used = settings
    with suppress(BudgetExhausted):
        method.search(problem, np.random.default_rng(seed))
    return problem


@both_spaces
def test_the_whole_budget_is_used_in_the_stated_rounds(space: CategoricalSpace) -> None:
    problem = searched(space, 75)
    assert problem.remaining == 0
    assert len(set(problem.trace.tolist())) == 75
    assert np.bincount(problem.rounds).tolist() == [30, 12, 12, 12, 9]
    noted = problem.diagnostics
    assert noted["labelled"] == [30, 42, 54, 66]
    assert noted["pseudo_labelled"] == [60] * 4
    assert np.add(noted["new"], noted["filled"]).tolist() == [12] * 4
    # 15 epochs of one batch of 30; then 3 of the labelled and 3 of twice these and 60 more.
    assert noted["training_steps"] == [15 + 3 * 2, 3 + 3 * 2, 3 + 3 * 2, 3 + 3 * 2]


def test_rounds_that_decode_nothing_new_are_filled() -> None:
    problem = searched(PROTEINS, 60, settings=replace(BRIEF, longest_step=0))
    assert problem.remaining == 0
    assert problem.diagnostics["filled"] == [12] * 3


def test_rounds_larger_than_the_pool_are_filled_at_random() -> None:
    settings = replace(BRIEF, longest_step=0, pseudo_labelled=5)
    problem = searched(PROTEINS, 60, settings=settings)
    assert problem.remaining == 0
    assert len(set(problem.trace.tolist())) == 60


def test_a_space_can_be_searched_to_its_end() -> None:
    class Few(NASBench201):
        size = 50

        def ids(self, decisions):  # type: ignore[no-untyped-def]
            found = super().ids(decisions)
            return np.where(found < 50, found, -1)

    space = Few()
    problem = Problem(space, np.arange(50.0), 100, 2000)
    Brief().search(problem, np.random.default_rng(0))  # it returns: nothing is left
    assert sorted(problem.trace.tolist()) == list(range(50))


def test_same_generator_same_trace_whatever_ran_before() -> None:
    first = searched(PROTEINS, 60, seed=3)
    torch.manual_seed(123)
    searched(PROTEINS, 45, seed=4)
    again = searched(PROTEINS, 60, seed=3)
    assert first.trace.tolist() == again.trace.tolist()
    assert first.diagnostics == again.diagnostics
    assert searched(PROTEINS, 60, seed=5).trace.tolist() != again.trace.tolist()


def test_what_it_finds_is_better_than_what_it_started_from() -> None:
    settings = replace(BRIEF, initial=60, first=Effort(epochs=80))
    problem = searched(CELLS, 96, settings=settings)
    accuracies = landscape(CELLS)[problem.trace]
    assert accuracies[60:].mean() > accuracies[:60].mean() + accuracies[:60].std() / 2


@pytest.mark.parametrize(
    ("budget", "initial", "rounds"), [(300, 50, 25), (1000, 50, 38), (30, 5, 5)]
)
def test_settings_are_read_from_the_budget(budget: int, initial: int, rounds: int) -> None:
    settings = for_budget(budget)
    assert settings.initial == initial <= budget / 3
    assert -(-(budget - initial) // settings.batch) == rounds
    given = SemiNAS(initial=7, batch=3).settings(budget)
    assert (given.initial, given.batch) == (7, 3)
    assert given.pseudo_labelled == settings.pseudo_labelled


def test_the_released_settings_make_2000_queries() -> None:
    settings = SemiNASReleased().settings(300)
    assert settings is RELEASED
    assert settings.initial + 3 * settings.batch == load_protocol("seminas-released").budget


def test_as_released_low_draws_are_charged_and_left_out_of_training() -> None:
    class BriefReleased(SemiNASReleased):
        def settings(self, budget: int) -> Settings:
            return BRIEF

    labels = landscape(CELLS)
    problem = Problem(CELLS, labels, 54, 1000)
    with suppress(BudgetExhausted):
        BriefReleased().search(problem, np.random.default_rng(0))
    drawn = labels[problem.trace[:30]]
    # 90 % on NAS-Bench-101, by the constants of the release.
    low = drawn < drawn.mean() - (90.8192 - 90) / 2.3961 * drawn.std()
    assert 3 < low.sum() < 27
    assert problem.diagnostics["labelled"] == [30 - low.sum(), 42 - low.sum()]


def test_unknown_targets_and_negative_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="targets must be"):
        SemiNAS(targets="ranks")
    with pytest.raises(ValueError, match="batch must not be negative"):
        SemiNAS(batch=-1)


def fitted(
    space: CategoricalSpace, seed: int, count: int, targets: NDArray, steps: int = 60
) -> LSTMPredictor:
    rng = np.random.default_rng(seed)
    ids = space.sample(count, rng)
    predictor = LSTMPredictor(space, rng, steps=steps)
    predictor.fit(ids, targets[ids])
    return predictor


def test_the_predictor_learns_on_the_scale_of_its_targets() -> None:
    targets = landscape(CELLS)
    predicted = fitted(CELLS, 0, 200, targets, steps=150).predict(np.arange(CELLS.size))
    assert kendalltau(predicted, targets).statistic > 0.5
    assert abs(predicted.mean() - targets.mean()) < targets.std() / 2
    assert 0.4 < predicted.std() / targets.std() < 1.6


def test_the_predictor_learns_nothing_from_permuted_labels() -> None:
    targets = landscape(PROTEINS)
    everything = np.arange(PROTEINS.size)
    found = []
    for seed in range(3):
        shuffled = np.random.default_rng(seed + 50).permutation(targets)
        predicted = fitted(PROTEINS, seed, 100, shuffled).predict(everything)
        found.append(kendalltau(predicted, targets).statistic)
    assert abs(np.mean(found)) < 0.15


def test_the_predictor_is_a_function_of_its_generator_and_keeps_shapes() -> None:
    targets = landscape(PROTEINS)
    ids = np.arange(6).reshape(2, 3)
    one, other = (fitted(PROTEINS, 3, 60, targets, 20).predict(ids) for _ in range(2))
    assert one.shape == (2, 3)
    assert np.array_equal(one, other)
    assert not np.array_equal(one, fitted(PROTEINS, 4, 60, targets, 20).predict(ids))


def test_the_predictor_bears_equal_targets() -> None:
    predictor = LSTMPredictor(PROTEINS, np.random.default_rng(0), steps=60)
    predictor.fit(np.arange(20), np.full(20, 70.0))
    assert np.abs(predictor.predict(np.arange(20)) - 70.0).max() < 0.6


def test_predictions_of_some_are_those_among_all() -> None:
    space = CELLS
    with one_thread():
        controller = Controller(len(space.vocabulary), np.random.default_rng(0)).eval()
        everything = predicted(controller, space.tokens(np.arange(3000)))
        some = predicted(controller, space.tokens(np.array([5, 2999])))
    assert some == pytest.approx(everything[[5, 2999]], abs=1e-5)
