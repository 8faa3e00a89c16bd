"""BRP-NAS: its loss and order against plain definitions, its rounds against the published ones."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr
from sklearn.linear_model import RidgeCV

from nasarena.baselines.brp_nas.equal_nodes import gathers
from nasarena.baselines.brp_nas.pruned_graphs import pruned_edges
from nasarena.baselines.brp_nas.released import BRPNASReleased
from nasarena.baselines.brp_nas.search import BRPNAS, Selection, choose, selections
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.protocol import load_protocol
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.targets import TARGETS

torch = pytest.importorskip("torch")

from nasarena.baselines.brp_nas.relation_gcn import (  # noqa: E402  # imports torch
    RelationGCN,
    RelationNetwork,
    read_by,
    relation_loss,
)
from nasarena.baselines.brp_nas.relation_gcn_released import (  # noqa: E402
    ReleasedNetwork,
    ReleasedRelationGCN,
)

RELEASED = "nasarena.baselines.brp_nas.relation_gcn_released"
SPACE = NASBench201()
SMALL = NASBenchGraph(PROTEINS_OPERATIONS)
LABELS = np.random.default_rng(8).normal(80, 5, size=SPACE.size)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# The network and its loss


def random_graphs(count: int, nodes: int, types: int) -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(5)
    reads = np.triu(rng.random((count, nodes, nodes)) < 0.4, 1) | np.eye(nodes, dtype=bool)
    reads[:, 0] = True
    return reads, rng.integers(types, size=(count, nodes))


def reference_loss(
    network: Any, reads: NDArray[Any], types: NDArray[Any], targets: NDArray[Any]
) -> float:
    """The definition, pair by pair and node by node, in float64."""
    weights = {name: value.detach().numpy() for name, value in network.named_parameters()}
    embedded = []
    for matrix, kinds in zip(reads, types, strict=True):
        values = np.eye(weights["convolutions.0.weight"].shape[1])[kinds]
        for layer in (f"convolutions.{index}." for index in range(len(network.convolutions))):
            z = matrix @ values @ weights[layer + "weight"].T + weights[layer + "bias"]
            z = (z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + 1e-5)
            values = np.maximum(
                z * weights[layer + "norm.weight"] + weights[layer + "norm.bias"], 0
            )
        embedded.append(values[0])
    losses = []
    for i, j in np.argwhere(~np.eye(len(targets), dtype=bool)):
        z = weights["head.weight"] @ np.r_[embedded[i], embedded[j]] + weights["head.bias"]
        log_q = z - np.log(np.exp(z).sum())
        p = np.exp([targets[i], targets[j]]) / np.exp([targets[i], targets[j]]).sum()
        losses.append((p * (np.log(p) - log_q)).sum())
    return float(np.mean(losses))


def double_network(types: int, layers: int) -> Any:
    torch.manual_seed(0)
    network = RelationNetwork(types, hidden=7, layers=layers, dropout=0.2).double().eval()
    for norm in (convolution.norm for convolution in network.convolutions):
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    return network


@pytest.mark.parametrize("layers", [2, 4])
def test_the_loss_is_the_divergence_over_all_ordered_pairs(layers: int) -> None:
    reads, types = random_graphs(9, 6, 4)
    targets = np.random.default_rng(1).normal(size=9) * 3
    network = double_network(4, layers)
    embedded = network(torch.from_numpy(reads).double(), torch.from_numpy(types))
    loss = relation_loss(*network.log_odds(embedded), torch.from_numpy(targets))
    assert loss.item() == pytest.approx(reference_loss(network, reads, types, targets), rel=1e-10)


def test_the_loss_stays_finite_for_percent_that_lie_far_apart() -> None:
    far = torch.tensor([10.0, 91.0, 55.0])
    zero = torch.zeros(3, requires_grad=True)
    loss = relation_loss(zero, zero, far)
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2))  # certain targets, undecided comparator
    assert torch.isfinite(zero.grad).all()
    assert relation_loss(far / 2, -far / 2, far).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("layers", [2, 4])
def test_computing_equal_nodes_once_changes_nothing(layers: int) -> None:
    reads, types = random_graphs(300, 5, 3)
    network = double_network(3, layers)
    with torch.no_grad():
        plain = network(torch.from_numpy(reads).double(), torch.from_numpy(types))
        once = network.embed_all(reads, types)
    np.testing.assert_allclose(once.numpy(), plain.numpy(), rtol=1e-9, atol=1e-12)


def test_a_space_has_few_different_nodes() -> None:
    reads, types = read_by(SPACE, np.arange(SPACE.size))
    steps, position = gathers(reads, types, 4)
    values = [step.offsets.size for step in steps]
    assert values[0] < 1_000  # of 15,625 x 9 nodes
    assert values[-1] <= SPACE.size
    assert position.shape == (SPACE.size,)
    # The last layer tells all cells apart: no two have the same node form.
    assert values[-1] == np.unique(position).size == SPACE.size


def test_the_global_node_reads_all_and_is_read_by_none() -> None:
    reads, types = read_by(SMALL, np.arange(7))
    assert reads.shape == (7, 7, 7)
    assert reads[:, 0].all()
    assert not reads[:, 1:, 0].any()
    assert (types[:, 0] == len(SMALL.graphs([0]).labels)).all()
    graphs = SMALL.graphs(np.arange(7))
    assert (reads[:, 1:, 1:] == (graphs.adjacency | np.eye(6, dtype=bool))).all()


# The predictor


def small_gcn(seed: int, space: Any = SMALL, **settings: Any) -> RelationGCN:
    settings = {"hidden": 64, "epochs": 30, "learning_rate": 3e-3} | settings
    return RelationGCN(space, np.random.default_rng(seed), **settings)


def landscape() -> NDArray[np.float64]:
    """A worth for every operation and for every two that are joined; mean 0, deviation 1."""
    rng = np.random.default_rng(6)
    graphs = SMALL.graphs(np.arange(SMALL.size))
    count, kinds = len(graphs), len(graphs.labels)
    cell, source, target = np.nonzero(graphs.adjacency)
    joined = rng.normal(size=(kinds, kinds))[graphs.nodes[cell, source], graphs.nodes[cell, target]]
    values = rng.normal(size=kinds)[graphs.nodes].sum(axis=1)
    values += 0.3 * np.bincount(cell, weights=joined, minlength=count)
    scaled: NDArray[np.float64] = (values - values.mean()) / values.std()
    return scaled


def labelled(count: int, seed: int = 0) -> Ids:
    return np.random.default_rng(seed + 100).choice(SMALL.size, count, replace=False)


def test_one_number_orders_as_the_comparator_does_and_pairs_hardly_contradict_it() -> None:
    targets, ids = landscape(), labelled(100)
    network = small_gcn(0)
    network.fit(ids, targets[ids])
    some = np.arange(0, SMALL.size, 4)
    first, second = network.log_odds(some)
    both_ways = (first[:, None] + second[None, :]) - (first[None, :] + second[:, None])
    scores = network.predict(some)
    differences = scores[:, None].astype(float) - scores[None, :]
    np.testing.assert_allclose(both_ways / 2, differences, atol=1e-4)
    # Asked one way only, the comparator may contradict itself: it hardly does.
    one_way = first[:, None] + second[None, :] > 0
    apart = ~np.eye(some.size, dtype=bool)
    assert (one_way != (differences > 0))[apart].mean() < 0.03


def test_a_pair_is_compared_as_the_two_logits_of_the_head_compare_it() -> None:
    network = small_gcn(1, epochs=5)
    ids = labelled(30)
    network.fit(ids, landscape()[ids])
    reads, types = read_by(SMALL, ids[:2])
    assert network._network is not None
    with torch.no_grad():
        one, other = network._network(torch.from_numpy(reads).float(), torch.from_numpy(types))
        logits = network._network.head(torch.cat([one, other]))
    first, second = network.log_odds(ids[:2])
    assert first[0] + second[1] == pytest.approx((logits[0] - logits[1]).item(), abs=1e-4)


@pytest.mark.parametrize("block", [100, 20])
def test_it_learns_the_order_and_the_scale(block: int) -> None:
    targets, ids = landscape() * 0.8 + 5, labelled(120)
    network = small_gcn(2, block=block, epochs=5 * int(np.sqrt(block)) + 20)
    network.fit(ids, targets[ids])
    unseen = np.setdiff1d(np.arange(SMALL.size), ids)
    predicted = network.predict(unseen)
    assert spearmanr(predicted, targets[unseen]).statistic > 0.75
    assert network.predict(ids).mean() == pytest.approx(targets[ids].mean(), abs=1e-3)
    assert 0.3 < predicted.std() / targets.std() < 2


def test_it_learns_nothing_from_permuted_labels() -> None:
    targets = landscape()
    shuffled = np.random.default_rng(1).permutation(targets)
    correlations = []
    for seed in range(6):
        ids = labelled(100, seed)
        network = small_gcn(seed, epochs=10)
        network.fit(ids, shuffled[ids])
        unseen = np.setdiff1d(np.arange(SMALL.size), ids)
        correlations.append(spearmanr(network.predict(unseen), targets[unseen]).statistic)
    assert abs(np.mean(correlations)) < 0.2


def test_the_same_stream_gives_the_same_predictions_whatever_else_torch_drew() -> None:
    targets, ids = landscape(), labelled(50)
    predictions = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        before = torch.random.get_rng_state()
        network = small_gcn(3, epochs=5)
        network.fit(ids, targets[ids])
        network.fit(ids[:40], targets[ids[:40]])
        predictions.append(network.predict(np.arange(SMALL.size)))
        assert (torch.random.get_rng_state() == before).all()
    np.testing.assert_array_equal(*predictions)


def test_training_goes_on_and_fitting_starts_over() -> None:
    targets, ids = landscape(), labelled(80)
    started_over, went_on = small_gcn(4, epochs=15), small_gcn(4, epochs=15)
    for _ in range(4):
        started_over.fit(ids, targets[ids])
        went_on.train(ids, targets[ids], epochs=15)
    residuals = [
        float(np.std(network.predict(ids) - targets[ids])) for network in (started_over, went_on)
    ]
    assert residuals[1] < 0.8 * residuals[0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_or_equal_labels_are_no_error(count: int) -> None:
    network = small_gcn(5, epochs=3)
    network.fit(labelled(count), np.full(count, 7.0))
    assert np.isfinite(network.predict(np.arange(SMALL.size))).all()


def test_predictions_have_the_shape_of_the_ids() -> None:
    network = small_gcn(6, epochs=2)
    ids = labelled(12)
    network.fit(ids, landscape()[ids])
    flat = network.predict(ids)
    np.testing.assert_allclose(network.predict(ids.reshape(3, 4)), flat.reshape(3, 4), atol=1e-5)


def test_with_200_labels_it_ranks_nasbench201_at_least_as_well_as_a_line() -> None:
    benchmark = load_benchmark("nasbench201/cifar100")
    space, accuracies = benchmark.space, benchmark.table.mean_validation
    ids = space.sample(200, np.random.default_rng(0))
    unseen = np.setdiff1d(np.arange(space.size), ids)
    line = RidgeCV(np.logspace(-3, 3, 13)).fit(space.one_hot(ids), accuracies[ids])
    network = RelationGCN(space, np.random.default_rng(1), hidden=256, epochs=30)
    network.fit(ids, TARGETS["rank-gaussian"](accuracies[ids]))
    tau = kendalltau(network.predict(unseen), accuracies[unseen]).statistic
    assert tau > 0.5
    assert tau > kendalltau(line.predict(space.one_hot(unseen)), accuracies[unseen]).statistic


# The search


def test_one_hundred_models_are_selected_as_published() -> None:
    size = 15_625
    assert list(selections(100, 5, 0.5, size)) == [
        Selection(best=0, random=20, top=size),
        Selection(best=10, random=10, top=size // 2),
        Selection(best=10, random=10, top=size // 4),
        Selection(best=10, random=10, top=size // 8),
        Selection(best=10, random=10, top=size // 16),
    ]


@pytest.mark.parametrize(("models", "iterations"), [(100, 5), (33, 5), (7, 5), (5, 5), (1, 1)])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_selections_add_up_to_the_models(models: int, iterations: int, alpha: float) -> None:
    planned = list(selections(models, iterations, alpha, 1000))
    assert len(planned) == iterations
    assert sum(one.best + one.random for one in planned) == models
    assert planned[0].best == 0
    assert min(one.random for one in planned) >= 0


def test_a_selection_takes_the_best_unseen_and_draws_from_the_rest_of_the_top() -> None:
    order = np.random.default_rng(3).permutation(100)
    queried = np.zeros(100, dtype=bool)
    queried[order[[0, 2, 4, 20]]] = True
    rng = np.random.default_rng(0)
    counts = np.zeros(100)
    for _ in range(2000):
        chosen = choose(order, queried[order], Selection(best=3, random=5, top=30), rng)
        assert chosen[:3].tolist() == order[[1, 3, 5]].tolist()
        assert np.unique(chosen).size == 8
        counts[chosen[3:]] += 1
    possible = np.setdiff1d(order[6:30], order[[20]])
    assert counts.sum() == counts[possible].sum()
    expected = 2000 * 5 / possible.size
    assert np.abs(counts[possible] - expected).max() < 6 * np.sqrt(expected)


@pytest.mark.parametrize(
    ("left", "selection"),
    [(0, Selection(2, 4, 10)), (3, Selection(2, 4, 10)), (5, Selection(10, 50, 20))],
)
def test_what_the_top_no_longer_holds_is_taken_from_below_it(
    left: int, selection: Selection
) -> None:
    order = np.random.default_rng(4).permutation(30)
    queried = np.zeros(30, dtype=bool)
    queried[order[: 10 - left]] = True
    chosen = choose(order, queried[order], selection, np.random.default_rng(0))
    unseen = [id for id in order.tolist() if not queried[id]]
    wanted = selection.best + selection.random
    assert sorted(chosen.tolist()) == sorted(unseen[:wanted])


class FakeGCN:
    """Predicts random numbers, others after every training, and keeps what it was given."""

    def __init__(self, size: int) -> None:
        self.rng = np.random.default_rng(0)
        self.size = size
        self.trained: list[tuple[Ids, Accuracies, int]] = []
        self.predicted: list[NDArray[np.float64]] = []

    def train(self, ids: Ids, targets: Accuracies, epochs: int) -> None:
        self.trained.append((ids.copy(), targets.copy(), epochs))
        self.predicted.append(self.rng.random(self.size))

    def predict(self, ids: Ids) -> NDArray[np.float64]:
        return self.predicted[-1][ids]


class Watched(BRPNAS):
    """BRP-NAS with a fake comparator."""

    fake: FakeGCN

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Any:
        self.fake = FakeGCN(problem.space.size)
        return self.fake


def watched(budget: int, **parameters: Any) -> tuple[Problem, FakeGCN, list[Ids]]:
    problem = Problem(SPACE, LABELS, budget, 10**6)
    method = Watched(**parameters)
    with pytest.raises(BudgetExhausted):
        method.search(problem, np.random.default_rng(1))
    rounds = np.split(problem.trace, np.flatnonzero(np.diff(problem.rounds)) + 1)
    return problem, method.fake, rounds


def test_rounds_are_those_of_the_paper_and_go_on_in_batches() -> None:
    problem, fake, rounds = watched(budget=300)
    assert [ids.size for ids in rounds] == [20] * 5 + [40] * 5
    assert [after for after, _ in problem.recommendations] == [
        *range(20, 101, 20),
        140,
        180,
        220,
        260,
    ]
    seen = set(rounds[0].tolist())
    for index, (predicted, chosen) in enumerate(zip(fake.predicted, rounds[1:], strict=True), 1):
        order = [id for id in np.argsort(-predicted).tolist() if id not in seen]
        if index < 5:
            assert chosen[:10].tolist() == order[:10]
            top = np.argsort(-predicted)[: SPACE.size // 2**index]
            assert np.isin(chosen[10:], top).all()
        else:
            assert chosen.tolist() == order[:40]
        seen |= set(chosen.tolist())


def test_every_training_has_all_labels_so_far() -> None:
    _, fake, rounds = watched(budget=300, epochs=7)
    assert len(fake.trained) == 9
    for index, (ids, targets, epochs) in enumerate(fake.trained):
        assert ids.tolist() == np.concatenate(rounds[: index + 1]).tolist()
        assert targets == pytest.approx(TARGETS["rank-gaussian"](LABELS[ids]))
        assert epochs == 7


@pytest.mark.parametrize(("budget", "first"), [(30, 2), (3, 1), (1, 1), (1000, 20)])
def test_at_most_a_third_of_the_budget_is_selected(budget: int, first: int) -> None:
    _, _, rounds = watched(budget=budget)
    assert rounds[0].size == first
    assert sum(ids.size for ids in rounds[:5]) <= max(budget // 3, 5)
    assert sum(ids.size for ids in rounds) == budget


@pytest.mark.parametrize("parameters", [{}, {"batch": 1500}, {"models": 2000}, {"alpha": 1.0}])
def test_a_whole_space_is_searched_to_its_end_without_an_error(parameters: dict[str, Any]) -> None:
    problem = Problem(SMALL, LABELS[: SMALL.size], SMALL.size, 10**6)
    Watched(**parameters).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(SMALL.size))


def test_free_twins_are_not_asked_again() -> None:
    classes = SPACE.classes(np.arange(SPACE.size))
    problem = Problem(SPACE, LABELS, 200, 10**6, classes=classes)
    method = Watched()
    with pytest.raises(BudgetExhausted):
        method.search(problem, np.random.default_rng(2))
    for ids, _, _ in method.fake.trained:
        assert np.unique(ids).size == ids.size


def test_a_search_with_the_network_finds_good_architectures_sooner_than_chance() -> None:
    labels = landscape()
    problem = Problem(SMALL, labels, 90, 10**6)
    with pytest.raises(BudgetExhausted):
        BRPNAS(hidden=64, epochs=30).search(problem, np.random.default_rng(0))
    assert labels[problem.trace].max() >= np.sort(labels)[-3]


@pytest.mark.parametrize(
    "changes",
    [
        *({name: 0} for name in ("models", "iterations", "batch", "epochs")),
        *({"alpha": 1.5}, {"alpha": -0.1}, {"targets": "raw"}),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        BRPNAS(**changes)


# As released


class WatchedRelease(BRPNASReleased):
    """The released settings with a fake comparator."""

    fake: FakeGCN

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Any:
        self.fake = FakeGCN(problem.space.size)
        return self.fake

    def train(self, predictor: Any, iteration: int, ids: Ids, targets: Accuracies) -> None:
        super().train(predictor, iteration, ids, targets)
        assert predictor.pairs == 12 * (iteration + 1)


def test_the_release_trains_longer_in_larger_steps_and_ends_after_140_queries() -> None:
    protocol = load_protocol("brp-nas-released")
    problem = Problem(SPACE, LABELS, protocol.budget, 10**6)
    method = WatchedRelease()
    with pytest.raises(BudgetExhausted):
        method.search(problem, np.random.default_rng(1))
    assert np.bincount(problem.rounds).tolist() == [20] * 5 + [40]
    assert [epochs for _, _, epochs in method.fake.trained] == [50, 100, 150, 200, 250]
    assert method.fake.trained[0][1] == pytest.approx(LABELS[problem.trace[:20]] / 100)


def test_the_released_training_learns_the_same_order_pair_by_pair() -> None:
    targets, ids = landscape(), labelled(30)
    network = ReleasedRelationGCN(SMALL, np.random.default_rng(0), hidden=32, learning_rate=3e-3)
    network.train(ids, targets[ids], epochs=8)
    unseen = np.setdiff1d(np.arange(SMALL.size), ids)
    assert spearmanr(network.predict(unseen), targets[unseen]).statistic > 0.5


def test_the_released_weights_begin_as_small_in_the_first_layer_as_in_the_others() -> None:
    torch.manual_seed(0)
    released = ReleasedNetwork(8, 600, 4, 0.2, as_released=True)
    largest = [layer.weight.abs().max().item() for layer in released.convolutions]
    assert largest == pytest.approx([600**-0.5] * 4, rel=0.01)
    plain = RelationNetwork(8, 600, 4, 0.2)
    assert plain.convolutions[0].weight.abs().max().item() == pytest.approx(8**-0.5, rel=0.01)


def paths(adjacency: NDArray[Any], names: list[str], node: int = 0) -> set[tuple[str, ...]]:
    """What lies along each path from a node to the output."""
    if node == len(names) - 1:
        return {()}
    own = () if node == 0 else (names[node],)
    following = (paths(adjacency, names, after) for after in np.flatnonzero(adjacency[node]))
    return {own + rest for some in following for rest in some}


def test_pruning_keeps_the_functional_paths_and_nothing_else() -> None:
    graphs = SPACE.graphs(np.arange(0, SPACE.size, 13))
    edges, typed = pruned_edges(graphs)
    for adjacency, left, kept, nodes in zip(
        graphs.adjacency, edges, typed, graphs.nodes, strict=True
    ):
        names = [graphs.labels[kind] for kind in nodes]
        literal = paths(adjacency, names)
        functional = {
            tuple(name for name in path if name != "skip_connect")
            for path in literal
            if "none" not in path
        }
        assert paths(left, names) == functional
        on_a_path = left.any(axis=0) | left.any(axis=1)
        on_a_path[[0, -1]] = True
        assert (on_a_path == kept).all()


def test_pruned_nodes_have_no_features_and_are_read_by_the_global_node_alone() -> None:
    network = ReleasedRelationGCN(SPACE, np.random.default_rng(0), hidden=16)
    # conv, none, none, skip, none, none: one path through a single convolution.
    id = np.array([int(SPACE.ids([3, 0, 0, 1, 0, 0]))])
    reads, types = network.read_by(id)
    nothing = len(SPACE.graphs(id).labels) + 1
    apart = types[0] == nothing
    assert apart.sum() >= 4
    assert reads[0, 0].all()
    assert (reads[0, 1:, 1:][:, apart[1:]] == np.eye(8, dtype=bool)[:, apart[1:]]).all()
    table = ReleasedNetwork(nothing, 16, 2, 0.2)
    assert not table.by_type(table.convolutions[0])[nothing].any()
    whole = ReleasedRelationGCN(SPACE, np.random.default_rng(0), hidden=16, pruned=False)
    assert (whole.read_by(id)[0] == read_by(SPACE, id)[0]).all()


def test_early_stopping_takes_its_first_best_after_epoch_21(monkeypatch: Any) -> None:
    epochs: list[int] = []

    def no_steps(count: int, pairs: int) -> Any:
        epochs.append(count)
        return iter(())

    monkeypatch.setattr(f"{RELEASED}._blocks", no_steps)
    network = ReleasedRelationGCN(SMALL, np.random.default_rng(0), hidden=8, patience=5)
    network.train(labelled(6), landscape()[labelled(6)], epochs=60)
    # Epochs count from 0: the best is that of epoch 21, and none of the next five is better.
    assert len(epochs) == 21 + 1 + 5
