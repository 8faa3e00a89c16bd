"""NPENAS: its graph network, what it learns, and what it queries."""

from collections import Counter
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from nasarena.baselines.npenas.graph_network import HIDDEN, LAYERS, GraphNetwork, Inputs
from nasarena.baselines.npenas.predictors import DistributionPredictor, PointPredictor
from nasarena.baselines.npenas.search import NPENASBO, NPENASNP
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBench201()
SMALL = NASBenchGraph(PROTEINS_OPERATIONS)
EVERYTHING = np.arange(SPACE.size)
LABELS = 70.0 + SPACE.decisions(EVERYTHING).sum(axis=1)
METHODS = [NPENASNP, NPENASBO]


@pytest.mark.parametrize("smooth", [False, True])
def test_values_and_gradient_are_those_that_torch_has(
    smooth: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr("nasarena.baselines.npenas.graph_network.KEPT", 1.0)
    ids = np.array([5, 100, 700, 1500, 2000])
    graphs = SMALL.graphs(ids)
    kinds = len(graphs.labels)
    network = GraphNetwork(np.random.default_rng(0), kinds, 2, smooth)
    network.parameters += 0.1  # scales and shifts are not at their first values
    parameters = torch.tensor(network.parameters.copy(), requires_grad=True)
    active = torch.nn.functional.celu if smooth else torch.relu
    running = [(torch.zeros(HIDDEN), torch.ones(HIDDEN)) for _ in range(LAYERS)]

    def outputs(training: bool) -> Any:
        left = parameters

        def taken(*shape: int) -> Any:
            nonlocal left
            size = int(np.prod(shape))
            part, left = left[:size], left[size:]
            return part.reshape(shape)

        values = torch.nn.functional.one_hot(torch.tensor(graphs.nodes), kinds).float()
        feeds = torch.tensor(graphs.adjacency).float()
        for layer in range(LAYERS):
            values = values + torch.einsum("gsv,gsf->gvf", feeds, values)
            for _ in range(2):
                weights = taken(values.shape[-1], HIDDEN)
                values = active(values @ weights + taken(HIDDEN))
            values = torch.nn.functional.batch_norm(
                values.reshape(-1, HIDDEN), *running[layer], taken(HIDDEN), taken(HIDDEN), training
            ).reshape(values.shape)
        values = active(values.mean(dim=1) @ taken(HIDDEN, 16) + taken(16))
        return values @ taken(16, 2) + taken(2)

    slope = np.random.default_rng(1).normal(size=(5, 2)).astype(np.float32)
    found, expected = network.training_outputs(Inputs.of(graphs)), outputs(training=True)
    assert found == pytest.approx(expected.detach().numpy(), abs=1e-4)
    network.backpropagate(slope)
    expected.backward(torch.tensor(slope))
    assert network.gradient == pytest.approx(parameters.grad.numpy(), abs=2e-3, rel=1e-3)
    later = outputs(training=False).detach().numpy()
    assert network.outputs(Inputs.of(graphs)) == pytest.approx(later, abs=1e-4)


def test_biases_are_those_that_are_not_multiplied() -> None:
    network = GraphNetwork(np.random.default_rng(0), 7, 1)
    per_layer, ends = 3 * HIDDEN, 16 + 1
    assert network.is_bias.sum() == LAYERS * per_layer + ends
    assert network.is_bias[-1]
    assert not network.is_bias[: 7 * HIDDEN].any()


def test_slopes_are_those_of_the_losses() -> None:
    rng = np.random.default_rng(3)
    outputs, wanted = rng.normal(size=(6, 2)).astype(np.float32), rng.normal(size=6) + 1
    point = PointPredictor(SPACE, rng, 1, None, 100)
    both = DistributionPredictor(SPACE, rng, 1, None)

    def squared(outputs: Any) -> float:
        return float(np.mean((100 / (1 + np.exp(-outputs[:, 0])) - wanted) ** 2))

    def surprise(outputs: Any) -> float:
        below = np.where(outputs[:, 1] > 0, outputs[:, 1], np.expm1(outputs[:, 1]))
        return float(-norm.logpdf(wanted, outputs[:, 0], np.exp(below / 2)).mean())

    for predictor, loss, width in ((point, squared, 1), (both, surprise, 2)):
        at = outputs[:, :width].astype(np.float64)
        moves = 1e-5 * np.eye(at.size).reshape(-1, *at.shape)
        slope = [(loss(at + move) - loss(at - move)) / 2e-5 for move in moves]
        found = predictor.slope(outputs[:, :width], wanted.astype(np.float32))
        assert found.ravel() == pytest.approx(np.array(slope), rel=1e-3, abs=1e-3)


def test_both_learn_the_errors() -> None:
    rng = np.random.default_rng(0)
    ids = rng.choice(SPACE.size, size=180, replace=False)
    errors = 100 - LABELS
    point = PointPredictor(SPACE, rng, 40, None, 100)
    both = DistributionPredictor(SPACE, rng, 60, None)
    point.fit(ids[:80], errors[ids[:80]])
    both.fit(ids[:80], errors[ids[:80]] + 3 * rng.normal(size=80))
    means, deviations = both.distributions(ids[80:])
    assert spearmanr(point.errors(ids[80:]), errors[ids[80:]])[0] > 0.9
    assert spearmanr(means, errors[ids[80:]])[0] > 0.7
    assert deviations.mean() == pytest.approx(3, rel=0.5)


def test_a_limit_of_steps_shortens_the_fit_to_whole_epochs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = []
    whole = GraphNetwork.backpropagate

    def counted(network: GraphNetwork, slope: Any) -> None:
        steps.append(len(slope))
        whole(network, slope)

    monkeypatch.setattr(GraphNetwork, "backpropagate", counted)
    for limit, expected in ((None, 9), (7, 6), (1, 3)):
        predictor = PointPredictor(SPACE, np.random.default_rng(0), 3, limit, 100)
        predictor.fit(np.arange(25), 100 - LABELS[:25])
        assert steps == [10, 10, 5] * (expected // 3)
        steps.clear()


@pytest.mark.parametrize("method", METHODS)
def test_it_finds_better_ones_by_mutating_the_best(method: type[NPENASNP]) -> None:
    problem = Problem(SPACE, LABELS, 50, 1_000)
    with pytest.raises(BudgetExhausted):
        method(steps=60).search(problem, np.random.default_rng(0))
    trace = problem.trace
    assert Counter(problem.rounds.tolist()) == dict.fromkeys(range(5), 10)
    assert LABELS[trace[-10:]].mean() > LABELS[trace[:10]].max()
    for at in range(10, 50):  # each is a neighbour of one that was queried in an earlier round
        before = trace[problem.rounds < problem.rounds[at]]
        assert trace[at] in SPACE.neighbours(before)


class Known:
    """Stands for both predictors, with numbers for all architectures."""

    errors_of = np.random.default_rng(6).uniform(5, 30, SPACE.size)
    deviations = np.random.default_rng(7).uniform(1, 9, SPACE.size)
    """So large that draws are in another order than means."""

    def __init__(self, space: Any, rng: np.random.Generator, *settings: Any) -> None:
        self.rng = rng
        self.asked: list[tuple[list[int], np.random.Generator]] = []
        fits.append(self)

    def fit(self, ids: Any, errors: Any) -> None:
        self.fitted = ids, errors

    def errors(self, ids: Any) -> Any:
        # Kept with the generator as it is before any draw, which can so be drawn again.
        self.asked.append((ids.tolist(), deepcopy(self.rng)))
        return self.errors_of[ids]

    def distributions(self, ids: Any) -> Any:
        return self.errors(ids), self.deviations[ids]


fits: list[Known] = []
"""Of the one run of a test."""


@pytest.mark.parametrize("method", METHODS)
def test_each_round_queries_the_lowest_predictions_or_draws(
    method: type[NPENASNP], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits.clear()
    for name in ("PointPredictor", "DistributionPredictor"):
        monkeypatch.setattr(f"nasarena.baselines.npenas.predictors.{name}", Known)
    problem = Problem(SPACE, LABELS, 40, 1_000)
    with pytest.raises(BudgetExhausted):
        method().search(problem, np.random.default_rng(0))
    assert len(fits) == 4, "one more round is predicted than can be paid"
    for place, own in enumerate(fits):
        known = problem.trace[: 10 + 10 * place]
        assert np.array_equal(own.fitted[0], known)
        assert own.fitted[1] == pytest.approx(100 - LABELS[known])
        ((pool, rng),) = own.asked
        assert not np.isin(pool, known).any()
        ranked = {id: float(Known.errors_of[id]) for id in pool}
        if method is NPENASBO:  # one draw for each candidate, in their order
            ranked = {id: ranked[id] + Known.deviations[id] * rng.standard_normal() for id in pool}
        lowest = sorted(ranked, key=ranked.__getitem__)[:10]
        assert problem.trace[known.size : known.size + 10].tolist() == lowest[: 40 - known.size]


def test_the_pool_is_at_most_100_new_mutants() -> None:
    ids = np.random.default_rng(0).choice(SPACE.size, size=40, replace=False)
    pool = NPENASNP().candidates(SPACE, ids, LABELS[ids], np.random.default_rng(1))
    assert np.unique(pool).size == pool.size == 100
    best = ids[np.argsort(-LABELS[ids], kind="stable")]
    # 100 draws of 24 neighbours miss few of them.
    assert np.isin(SPACE.neighbours(best[0]), pool).mean() > 0.8
    assert not np.isin(ids, pool).any()


@pytest.mark.parametrize("method", METHODS)
def test_a_space_that_is_used_up_ends_the_search(method: type[NPENASNP]) -> None:
    space = MeasuredCells(SPACE, np.arange(0, SPACE.size, 900))
    problem = Problem(space, LABELS[space.members], space.size + 1, 1_000)
    method(epochs=1).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, "steps must be at least 1, not 0"),
        ({"highest": -1.0}, "highest must be above 0 and finite, not -1.0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        NPENASNP(**settings)
