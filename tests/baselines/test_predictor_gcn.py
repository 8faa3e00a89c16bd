"""The one-shot regression network: what it learns, and what is queried with it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kendalltau, norm, rankdata, spearmanr
from sklearn.linear_model import RidgeCV

from landscapes import joined_operations
from nasarena.baselines.predictor_gcn import PredictorGCN, PredictorGCNReleased
from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

torch = pytest.importorskip("torch")

from nasarena.baselines.gcn_regressor import (  # noqa: E402  # imports torch
    GCNRegressor,
    ReproducedGCN,
    ReproducedGCNRegressor,
)

SPACE = NASBench201()
SMALL = NASBenchGraph(PROTEINS_OPERATIONS)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def labelled(count: int, seed: int = 0) -> Ids:
    return np.random.default_rng(seed + 100).choice(SMALL.size, count, replace=False)


def fitted(ids: Ids, targets: NDArray[np.float64], seed: int = 0, **settings: Any) -> GCNRegressor:
    settings = {"epochs": 30, "learning_rate": 3e-3} | settings
    network = GCNRegressor(SMALL, np.random.default_rng(seed), **settings)
    network.fit(ids, targets[ids])
    return network


def test_it_learns_what_can_be_learned_in_scale_as_well() -> None:
    targets, ids = joined_operations(SMALL) * 0.7 + 0.4, labelled(120)
    network = fitted(ids, targets)
    unseen = np.setdiff1d(np.arange(SMALL.size), ids)
    assert spearmanr(network.predict(unseen), targets[unseen]).statistic > 0.75
    residual = network.predict(ids) - targets[ids]
    assert residual.std() < 0.35
    assert abs(residual.mean()) < 0.1


def test_it_learns_nothing_from_permuted_labels() -> None:
    targets = joined_operations(SMALL)
    shuffled = np.random.default_rng(1).permutation(targets)
    correlations = []
    for seed in range(6):
        ids = labelled(100, seed)
        network = fitted(ids, shuffled, seed, epochs=10)
        unseen = np.setdiff1d(np.arange(SMALL.size), ids)
        correlations.append(spearmanr(network.predict(unseen), targets[unseen]).statistic)
    assert abs(np.mean(correlations)) < 0.2


def test_the_same_stream_gives_the_same_predictions_whatever_else_torch_drew() -> None:
    targets, ids = joined_operations(SMALL), labelled(40)
    predictions = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        before = torch.random.get_rng_state()
        predictions.append(fitted(ids, targets, epochs=4).predict(np.arange(SMALL.size)))
        assert (torch.random.get_rng_state() == before).all()
    np.testing.assert_array_equal(*predictions)


def test_the_direction_of_the_data_flow_makes_a_difference() -> None:
    # A chain of two operations in one order and in the other.
    chain = 8
    some = [int(SMALL.ids([chain, *order])) for order in ((0, 1, 2, 3), (3, 2, 1, 0))]
    ids = labelled(30)
    predicted = fitted(ids, joined_operations(SMALL), epochs=4).predict(np.array(some))
    assert abs(predicted[0] - predicted[1]) > 1e-5


@pytest.mark.parametrize("count", [1, 2, 11])
def test_few_or_equal_labels_are_no_error(count: int) -> None:
    network = fitted(labelled(count), np.full(SMALL.size, 2.0), epochs=3)
    assert np.isfinite(network.predict(np.arange(SMALL.size))).all()


def test_predictions_have_the_shape_of_the_ids() -> None:
    ids = labelled(12)
    network = fitted(ids, joined_operations(SMALL), epochs=2)
    flat = network.predict(ids)
    np.testing.assert_allclose(network.predict(ids.reshape(3, 4)), flat.reshape(3, 4), atol=1e-6)


def test_with_200_labels_it_ranks_nasbench201_better_than_a_line() -> None:
    benchmark = load_benchmark("nasbench201/cifar100")
    space, accuracies = benchmark.space, benchmark.table.mean_validation
    ids = space.sample(200, np.random.default_rng(0))
    unseen = np.setdiff1d(np.arange(space.size), ids)
    line = RidgeCV(np.logspace(-3, 3, 13)).fit(space.one_hot(ids), accuracies[ids])
    network = GCNRegressor(space, np.random.default_rng(1), epochs=40, learning_rate=3e-3)
    network.fit(ids, (accuracies[ids] - accuracies[ids].mean()) / accuracies[ids].std())
    tau = kendalltau(network.predict(unseen), accuracies[unseen]).statistic
    assert tau > 0.6
    assert tau > kendalltau(line.predict(space.one_hot(unseen)), accuracies[unseen]).statistic


@pytest.mark.parametrize(
    ("budget", "initial", "first"), [(90, None, 30), (90, 12, 12), (90, 80, 30), (2, None, 1)]
)
def test_it_labels_at_most_a_third_fits_once_and_queries_the_best(
    budget: int, initial: int | None, first: int
) -> None:
    labels = joined_operations(SMALL) * 5 + 80
    problem = Problem(SMALL, labels, budget, 10**6)
    with pytest.raises(BudgetExhausted):
        PredictorGCN(initial=initial, epochs=20).search(problem, np.random.default_rng(0))
    rounds = problem.rounds.tolist()
    assert rounds.count(0) == first
    assert rounds.count(1) == budget - first
    ((after, recommended),) = problem.recommendations
    assert after == first
    assert recommended in (problem.trace[first], *problem.trace[:first])
    if first == 30:
        chosen = labels[problem.trace[first:]]
        assert chosen.mean() > labels.mean() + labels.std()


def test_it_queries_all_others_in_the_order_that_was_predicted() -> None:
    predicted = np.random.default_rng(3).normal(size=SMALL.size)
    fitted: list[tuple[Any, Any]] = []

    class Known:
        """A network that predicts these numbers."""

        def fit(self, ids: Any, targets: Any) -> None:
            fitted.append((ids, targets))

        def predict(self, ids: Any) -> Any:
            return predicted[ids]

    class WithKnown(PredictorGCN):
        def make_predictor(self, *about: Any) -> Any:
            return Known()

    labels = joined_operations(SMALL) * 5 + 80 + np.linspace(0, 1e-3, SMALL.size)
    problem = Problem(SMALL, labels, 90, 10**6)
    with pytest.raises(BudgetExhausted):
        WithKnown().search(problem, np.random.default_rng(0))
    ((ids, targets),) = fitted
    known = problem.trace[:30]
    assert ids.tolist() == known.tolist()
    assert targets == pytest.approx(norm.ppf((rankdata(labels[known]) - 0.5) / 30))
    order = np.argsort(-predicted)
    assert problem.trace[30:].tolist() == order[~np.isin(order, known)][:60].tolist()
    assert problem.recommendations == [(30, int(predicted.argmax()))]


def test_a_whole_space_is_searched_to_its_end_without_an_error() -> None:
    problem = Problem(SMALL, joined_operations(SMALL), SMALL.size, 10**6)
    PredictorGCN(initial=20, epochs=2).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(SMALL.size))


@pytest.mark.parametrize("changes", [{"initial": 0}, {"epochs": 0}, {"targets": "raw"}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        PredictorGCN(**changes)


# As reproduced


def test_the_reproduction_has_the_weights_and_the_settings_of_its_release() -> None:
    # Five operations with input and output; the release counts its own five node types.
    network = ReproducedGCN(5, hidden=144, layers=3, dense=128, dropout=0.1)
    assert (
        sum(weights.numel() for weights in network.parameters())
        == 2 * (5 * 144 + 2 * 144 * 144) + 144 * 128 + 128
    )
    method = PredictorGCNReleased()
    predictor = method.make_predictor(
        Problem(SMALL, joined_operations(SMALL), 9, 9), np.random.default_rng(0)
    )
    assert (predictor.epochs, predictor.learning_rate, predictor.batch) == (300, 1e-4, 10)
    assert predictor.weight_decay == 1e-3
    assert type(predictor.optimiser(network)) is torch.optim.Adam


def test_the_reproduction_is_linear_after_the_convolutions() -> None:
    network = ReproducedGCN(5, hidden=6, layers=1, dense=4, dropout=0.1).eval()
    one, other = torch.randn(2, 3, 6)
    with torch.no_grad():
        both = network.read_out(one - 2 * other)
        apart = network.read_out(one) - 2 * network.read_out(other)
    assert both.tolist() == pytest.approx(apart.tolist(), abs=1e-5)


def test_the_reproduction_learns() -> None:
    targets, ids = joined_operations(SMALL), labelled(60)
    network = ReproducedGCNRegressor(SMALL, np.random.default_rng(0), 20, learning_rate=2e-3)
    network.fit(ids, targets[ids])
    unseen = np.setdiff1d(np.arange(SMALL.size), ids)
    assert spearmanr(network.predict(unseen), targets[unseen]).statistic > 0.5
