"""BONAS: its bound against numerical integration, its network against plain loops, its sampler."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from nasarena.baselines.bonas import search as search_module
from nasarena.baselines.bonas.search import BONAS, tournament_mutants, upper_bound
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

torch = pytest.importorskip("torch")

from nasarena.baselines.bonas.embedding_gcn import (  # noqa: E402  # imports torch
    EmbeddingGCN,
    Network,
    _read_by,
    weighted_loss,
)

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 80 - np.abs(DECISIONS - 2).sum(axis=1) + np.random.default_rng(0).normal(size=SPACE.size)


def test_the_bound_has_the_first_two_moments_of_the_sigmoid() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    for mean in (-2.0, 0.0, 1.5, 3.0):
        for deviation in (0.1, 0.5, 1.5):
            values = expit(mean + deviation * nodes)
            first, second = weights @ values, weights @ values**2
            bound = upper_bound(np.array([mean]), np.array([deviation**2]))[0]
            # The square of the sigmoid is approximated with an error of up to .02.
            assert first**2 + (2 * (bound - first)) ** 2 == pytest.approx(second, abs=0.025)
    means = np.linspace(-3, 3, 50)
    assert (np.diff(upper_bound(means, np.full(50, 0.3))) > 0).all()


def test_the_network_is_its_definition_and_equal_nodes_are_computed_once() -> None:
    torch.manual_seed(0)
    reads, types = _read_by(SPACE, np.arange(0, SPACE.size, 11))
    kinds = len(SPACE.graphs([0]).labels) + 1
    network = Network(kinds).double()
    for norm in network.norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.normal_(norm.bias)
    network(torch.from_numpy(reads).double(), torch.from_numpy(types))  # for BatchNorm's statistics
    network.eval()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    values = np.eye(kinds)[types]
    for layer in range(4):
        sums = reads @ values @ weights[f"linear.{layer}.weight"].T
        mean, variance = (weights[f"norms.{layer}.running_{name}"] for name in ("mean", "var"))
        scaled = (sums - mean) / np.sqrt(variance + 1e-5) * weights[f"norms.{layer}.weight"]
        values = np.maximum(scaled + weights[f"norms.{layer}.bias"], 0)
    with torch.no_grad():
        assert network.embed_all(reads, types).numpy() == pytest.approx(values[:, 0])
        output = network(torch.from_numpy(reads).double(), torch.from_numpy(types)).numpy()
    logits = values[:, 0] @ weights["output.weight"][0] + weights["output.bias"]
    assert output == pytest.approx(expit(logits))


def test_a_node_reads_what_feeds_it_and_the_global_node_all() -> None:
    reads, _ = _read_by(SPACE, np.arange(5))
    graphs = SPACE.graphs(np.arange(5))
    assert (reads[:, 1:, 1:] == (graphs.adjacency.transpose(0, 2, 1) | np.eye(6, dtype=bool))).all()
    assert reads[:, 0].all()
    assert not reads[:, 1:, 0].any()


def test_good_architectures_weigh_more() -> None:
    wanted, predicted = torch.tensor([0.9, 0.2]), torch.tensor([0.5, 0.5])
    expected = (np.exp(-0.1) * 0.16 + np.exp(-0.8) * 0.09) / 2
    assert weighted_loss(predicted, wanted).item() == pytest.approx(expected)


def test_the_embedding_tells_good_from_bad() -> None:
    ids = np.random.default_rng(0).choice(SPACE.size, 60, replace=False)
    network = EmbeddingGCN(SPACE, np.random.default_rng(1), epochs=20)
    network.fit(ids, LABELS[ids] / 100)
    embedded = network.embed(np.arange(SPACE.size))
    weights, *_ = np.linalg.lstsq(embedded[ids], LABELS[ids] - LABELS[ids].mean(), rcond=0.01)
    assert np.corrcoef(embedded @ weights, LABELS)[0, 1] > 0.4


def test_candidates_are_new_and_one_change_away_from_winners() -> None:
    ids = np.arange(0, SPACE.size, 60)
    pool = tournament_mutants(SPACE, ids, LABELS[ids], np.random.default_rng(0))
    assert pool.size >= 100
    assert not np.isin(pool, ids).any()
    # Of 30 members the nine worst never win a tournament of ten.
    assert np.isin(pool, SPACE.neighbours(ids[np.argsort(-LABELS[ids])[:-9]])).all()


@pytest.mark.parametrize("pool", ["mutants", "space"])
def test_each_round_queries_the_highest_upper_bounds(
    pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Deviations are large enough that means, or bounds before the sigmoid, have another order.
    rng = np.random.default_rng(9)
    means, deviations = rng.normal(1, 1, SPACE.size), rng.uniform(0.1, 4, SPACE.size)
    fitted: list[tuple[Any, Any]] = []
    regressed: list[tuple[Any, Any]] = []
    pools: list[Any] = []

    class Known:
        """The network, whose embedding of an architecture is its number."""

        def __init__(self, space: Any, rng: Any, epochs: int) -> None:
            assert epochs == 100

        def fit(self, ids: Any, accuracies: Any) -> None:
            fitted.append((ids, accuracies))

        def embed(self, ids: Any) -> Any:
            return ids[:, None]

    class KnownLinear:
        def fit(self, embedded: Any, logits: Any) -> None:
            regressed.append((embedded[:, 0], logits))

        def predict(self, embedded: Any) -> Any:
            pools.append(embedded[:, 0])
            return means[pools[-1]], deviations[pools[-1]] ** 2

    monkeypatch.setattr("nasarena.baselines.bonas.embedding_gcn.EmbeddingGCN", Known)
    monkeypatch.setattr(search_module, "BayesianLinear", KnownLinear)
    problem = Problem(SPACE, LABELS, 60, 1000)
    with suppress(SearchEnded):
        BONAS(pool=pool).search(problem, np.random.default_rng(1))

    def bound(id: int) -> float:
        """The formulas of the paper for the mean and the square of a sigmoid."""
        mean, variance = means[id], deviations[id] ** 2
        a, b = 4 - 2 * 2**0.5, -np.log(2**0.5 + 1)
        first = expit(mean / (1 + np.pi * variance / 8) ** 0.5)
        square = expit(a * (mean + b) / (1 + np.pi * a**2 * variance / 8) ** 0.5)
        return float(first + 0.5 * (square - first**2) ** 0.5)

    assert len(fitted) == len(regressed) == len(pools) == 3
    for place, ranked in enumerate(pools):
        count = 30 + 10 * place
        known = problem.trace[:count]
        for (ids, values), wanted in (
            (fitted[place], LABELS[known] / 100),
            (regressed[place], logit(LABELS[known] / 100)),
        ):
            assert ids.tolist() == known.tolist()
            assert values == pytest.approx(wanted)
        if pool == "space":
            assert ranked.tolist() == list(range(SPACE.size))
        new = [id for id in ranked.tolist() if id not in known]
        assert problem.trace[count : count + 10].tolist() == sorted(new, key=bound)[:-11:-1]
        assert problem.recommendations[place] == (count, max(ranked, key=lambda id: means[id]))


@pytest.mark.parametrize("pool", ["mutants", "space"])
def test_it_queries_in_rounds_and_finds_better_ones(pool: str) -> None:
    problem = Problem(SPACE, LABELS, 60, 1000)
    with suppress(SearchEnded):
        BONAS(pool=pool, epochs=20).search(problem, np.random.default_rng(1))
    assert np.bincount(problem.rounds).tolist() == [30, 10, 10, 10]
    found = LABELS[problem.trace]
    assert found[30:].mean() > found[:30].mean() + 1


@pytest.mark.parametrize("changes", [{"initial": 0}, {"batch": 0}, {"epochs": 0}, {"pool": "all"}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        BONAS(**changes)
