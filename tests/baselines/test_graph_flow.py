"""GATES and FLAN as predictors: what a layer computes, how they are trained, what they learn."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from landscapes import joined_operations
from nasarena.baselines.graph_flow.steps import different_nodes
from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.graphs import Graphs, adjacency_matrix
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

torch = pytest.importorskip("torch")

from nasarena.baselines.graph_flow.flan import FLANPredictor  # noqa: E402  # imports torch
from nasarena.baselines.graph_flow.gates import GATES  # noqa: E402
from nasarena.baselines.graph_flow.network import (  # noqa: E402
    Ensemble,
    EveryNode,
    FlowAttention,
    FlowNetwork,
    GraphFlow,
)
from nasarena.baselines.graph_flow.ranking import PairRanking, hinge_loss  # noqa: E402

SMALL = NASBenchGraph(PROTEINS_OPERATIONS)
DIAMOND = Graphs(
    adjacency=adjacency_matrix(5, [(0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (3, 4)])[None],
    nodes=np.array([[0, 2, 3, 2, 1]]),
    labels=("input", "output", "a", "b"),
)
PREDICTORS = [GATES, FLANPredictor]
LAYERS = [GraphFlow, Ensemble]


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def sigmoid(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (1 + np.exp(-values))


def numbers(layer: Any) -> dict[str, NDArray[np.float32]]:
    return {name: values.detach().numpy() for name, values in layer.named_parameters()}


def gate(of: dict[str, NDArray[np.float32]], operation: Any) -> NDArray[np.floating]:
    return sigmoid(of["gate.weight"] @ operation.numpy() + of["gate.bias"])


def layer_inputs() -> tuple[Any, Any]:
    return torch.randn(1, 5, 6), torch.randn(4, 48)


def test_graph_flow_is_the_published_sum() -> None:
    layer, (values, operations) = GraphFlow(6, 3), layer_inputs()
    of, x = numbers(layer), values[0].numpy()
    found = layer(values, EveryNode(DIAMOND), operations)[0].detach().numpy()
    for node, kind in enumerate(DIAMOND.nodes[0]):
        fed = np.zeros(3)
        for source in range(5):
            if DIAMOND.adjacency[0, source, node]:
                fed += x[source] @ of["weight"]
        expected = gate(of, operations[kind]) * fed + x[node] @ of["weight"] + of["bias"]
        assert found[node] == pytest.approx(expected, abs=1e-5)


def test_attention_is_a_softmax_over_the_node_and_what_feeds_it() -> None:
    layer, (values, operations) = FlowAttention(6, 3), layer_inputs()
    of, x = numbers(layer), values[0].numpy()
    found = layer(values, EveryNode(DIAMOND), operations)[0].detach().numpy()
    for node, kind in enumerate(DIAMOND.nodes[0]):
        own = of["project.weight"] @ x[node]
        total, weights = np.zeros(3), 0.0
        for source in range(5):
            if source == node or DIAMOND.adjacency[0, source, node]:
                other = of["project.weight"] @ x[source]
                score = (of["score"] * own * other).sum()
                weight = np.exp(score if score > 0 else 0.01 * score)
                total, weights = total + weight * other, weights + weight
        gated = gate(of, operations[kind]) * total / weights
        normed = (gated - gated.mean()) / np.sqrt(gated.var() + 1e-5)
        assert found[node] == pytest.approx(normed * of["norm.weight"] + of["norm.bias"], abs=1e-4)


def test_a_layer_of_flan_is_the_mean_of_both() -> None:
    layer, (values, operations) = Ensemble(6, 3), layer_inputs()
    flow = EveryNode(DIAMOND)
    both = [part(values, flow, operations) for part in (layer.flow, layer.attention)]
    torch.testing.assert_close(layer(values, flow, operations), (both[0] + both[1]) / 2)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("space", [SMALL, NASBench201(), NASBench101(5)], ids=lambda s: s.name)
def test_equal_nodes_are_computed_once_with_the_same_result(
    space: CategoricalSpace, layer: type[GraphFlow]
) -> None:
    graphs = space.graphs(np.random.default_rng(0).choice(space.size, 200, replace=False))
    network = FlowNetwork(len(graphs.labels), layer, (16,) * 4, (8,)).eval()
    with torch.no_grad():
        torch.testing.assert_close(network.outputs(graphs), network(graphs), atol=1e-5, rtol=1e-4)
    steps, _ = different_nodes(graphs, 4)
    assert all(len(step.own) < graphs.nodes.size / 2 for step in steps)


@pytest.mark.parametrize("layer", LAYERS)
def test_numbers_of_nodes_have_no_meaning_but_edges_have(layer: type[GraphFlow]) -> None:
    network = FlowNetwork(4, layer, (16, 16), (8,)).eval()
    order = np.array([0, 3, 1, 2, 4])
    other = Graphs(DIAMOND.adjacency[:, order][:, :, order], DIAMOND.nodes[:, order], ())
    turned = Graphs(DIAMOND.adjacency.transpose(0, 2, 1), DIAMOND.nodes, ())
    with torch.no_grad():
        for compute in (network, network.outputs):
            assert compute(other).item() == pytest.approx(compute(DIAMOND).item(), abs=1e-5)
            assert abs(compute(turned).item() - compute(DIAMOND).item()) > 1e-4


@pytest.mark.parametrize("layer", LAYERS)
def test_a_node_without_edges_counts_nothing(layer: type[GraphFlow]) -> None:
    network = FlowNetwork(4, layer, (16, 16), (8,)).eval()
    padded = np.zeros((1, 6, 6), dtype=np.bool_)
    kept = np.array([0, 1, 2, 3, 5])
    padded[:, kept[:, None], kept] = DIAMOND.adjacency
    with torch.no_grad():
        found = [
            compute(graphs).item()
            for compute in (network, network.outputs)
            for graphs in (DIAMOND, Graphs(padded, np.array([[0, 2, 3, 2, 3, 1]]), ()))
        ]
    assert found == pytest.approx([found[0]] * 4, abs=1e-5)


def test_the_loss_is_what_the_better_ones_lack_of_their_lead() -> None:
    # Leads of the better over the other: .02, .5 and .48 (wrong by .48), of a margin of .1.
    outputs = torch.tensor([0.02, 0.0, 0.5], requires_grad=True)
    labels = torch.tensor([70.0, 60.0, 65.0])
    loss = hinge_loss(outputs, labels[:, None] > labels)
    assert loss.item() == pytest.approx((0.08 + 0.0 + 0.58) / 3)
    loss.backward()
    assert outputs.grad.tolist() == pytest.approx([-2 / 3, 1 / 3, 1 / 3])


def labelled(count: int) -> Ids:
    return np.random.default_rng(100).choice(SMALL.size, count, replace=False)


@pytest.mark.parametrize("make", PREDICTORS)
def test_it_learns_the_order_and_answers_on_the_scale_of_the_targets(make: Any) -> None:
    targets, ids = 4 * joined_operations(SMALL) + 90, labelled(60)
    predictor: PairRanking = make(SMALL, np.random.default_rng(0), epochs=25)
    predictor.fit(ids, targets[ids])
    unseen = np.setdiff1d(np.arange(SMALL.size), ids)
    assert spearmanr(predictor.predict(unseen), targets[unseen]).statistic > 0.6
    of_labelled = predictor.predict(ids.reshape(3, 20))
    assert of_labelled.shape == (3, 20)
    assert of_labelled.mean() == pytest.approx(targets[ids].mean(), abs=1e-2)
    assert of_labelled.std() == pytest.approx(targets[ids].std(), rel=1e-3)


@pytest.mark.parametrize("make", PREDICTORS)
def test_only_the_order_of_the_targets_counts_and_nothing_else_that_torch_drew(make: Any) -> None:
    targets, ids = joined_operations(SMALL), labelled(12)
    predictions = []
    for seed, scale in enumerate((1.0, 1.0, 50.0)):
        torch.manual_seed(seed)
        before = torch.random.get_rng_state()
        predictor = make(SMALL, np.random.default_rng(3), epochs=2)
        predictor.fit(ids, scale * targets[ids])
        assert (torch.random.get_rng_state() == before).all()
        predictions.append(predictor.predict(np.arange(99)))
    assert np.array_equal(predictions[0], predictions[1])
    assert predictions[2] == pytest.approx(50 * predictions[0], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("make", PREDICTORS)
@pytest.mark.parametrize("count", [1, 5])
def test_where_there_is_no_pair_there_is_no_error(make: Any, count: int) -> None:
    predictor = make(SMALL, np.random.default_rng(0), epochs=1)
    predictor.fit(labelled(count), np.full(count, 2.0))
    assert np.isfinite(predictor.predict(np.arange(50))).all()


@pytest.mark.parametrize(
    ("make", "labels", "batch", "rates", "decay"),
    [
        (GATES, 100, 512, [1e-3, 1e-3, 1e-3], 0),
        (FLANPredictor, 100, 25, [1e-3, 5.005e-4], 1e-5),
        (FLANPredictor, 32, 16, [1e-3, 5.005e-4], 1e-5),
    ],
)
def test_it_is_trained_as_released(
    make: Any,
    labels: int,
    batch: int,
    rates: list[float],
    decay: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predictor: PairRanking = make(SMALL, np.random.default_rng(0), epochs=len(rates))
    assert predictor.batch(labels) == batch
    made, seen = predictor.new_optimiser, []

    def noting(network: FlowNetwork) -> Any:
        optimiser = made(network)
        assert optimiser.param_groups[0]["weight_decay"] == decay
        step = optimiser.step

        def noted() -> None:
            seen.append(optimiser.param_groups[0]["lr"])
            step()

        monkeypatch.setattr(optimiser, "step", noted)
        return optimiser

    monkeypatch.setattr(predictor, "new_optimiser", noting)
    predictor.fit(labelled(8), np.arange(8.0))
    assert seen == pytest.approx(rates)


@pytest.mark.parametrize("make", PREDICTORS)
def test_no_epochs_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="epochs must be at least 1, not 0"):
        make(SMALL, np.random.default_rng(0), epochs=0)
