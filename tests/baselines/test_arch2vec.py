"""arch2vec: its encoder against plain loops, its two searches against replays of their rules."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from nasarena.baselines.arch2vec import bo as bo_module
from nasarena.baselines.arch2vec.bo import Arch2VecBO
from nasarena.baselines.arch2vec.rl import Arch2VecRL
from nasarena.baselines.dngo import BayesianNetwork
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

torch = pytest.importorskip("torch")

from nasarena.baselines.arch2vec.autoencoder import (  # noqa: E402  # imports torch
    Autoencoder,
    encoder,
)

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 80 - np.abs(DECISIONS - 2).sum(axis=1) + np.random.default_rng(0).normal(size=SPACE.size)
BRIEF = {"pretraining": 3, "sample": 300}


class Open(OpenSpace):
    """A space that cannot be listed; a pool is about three quarters of it."""

    name = "open"
    choices = (("a", "b", "c", "d"),) * 5


OPEN = Open()


def test_the_encoder_is_its_definition() -> None:
    torch.manual_seed(0)
    network = Autoencoder(3)
    torch.nn.init.normal_(network.own)
    network = network.eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    rng = np.random.default_rng(0)
    joined = np.triu(rng.random((5, 4, 4)) < 0.5, 1)
    joined = (joined | joined.transpose(0, 2, 1)).astype(float)
    types = rng.integers(3, size=(5, 4))
    with torch.no_grad():
        means, _ = network.encode(torch.from_numpy(joined).float(), torch.from_numpy(types))
    weights = {name: value.numpy() for name, value in network.state_dict().items()}

    def linear(values: Any, name: str) -> Any:
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(values: Any, name: str) -> Any:
        scaled = (values - weights[f"{name}.running_mean"]) / np.sqrt(
            weights[f"{name}.running_var"] + 1e-5
        )
        return np.maximum(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"], 0)

    values = np.eye(3)[types]
    for layer in range(4):
        sums = (1 + weights["own"][layer]) * values + joined @ values
        hidden = norm(linear(sums, f"layers.{layer}.0"), f"layers.{layer}.1")
        values = norm(linear(hidden, f"layers.{layer}.3"), f"layers.{layer}.4")
    assert means.numpy() == pytest.approx(linear(values, "mean"), abs=1e-4)


def test_the_loss_falls_with_what_is_reconstructed() -> None:
    trained = encoder(SPACE, 3, 300)
    fresh = Autoencoder(len(SPACE.graphs([0]).labels)).eval()
    graphs = SPACE.graphs(np.arange(0, SPACE.size, 9))
    joined = graphs.adjacency | graphs.adjacency.transpose(0, 2, 1)
    batch = torch.from_numpy(joined).float(), torch.from_numpy(graphs.nodes)
    with torch.no_grad():
        assert trained._network.loss(*batch) < fresh.loss(*batch) - 0.1


def test_the_loss_of_edges_is_of_those_above_the_diagonal() -> None:
    torch.manual_seed(0)
    network = Autoencoder(3).eval()
    types = torch.tensor([[0, 1, 2, 1]])
    joined = torch.tensor([[[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]]]).float()
    with torch.no_grad():
        means, logs = network.encode(joined, types)
        torch.manual_seed(1)
        loss = float(network.loss(joined, types))
        torch.manual_seed(1)
        drawn = (means + logs.exp() * torch.randn_like(means))[0].double()
        named = torch.sigmoid(network.operations(drawn.float())).double()
    edges = 0.0
    for one in range(4):
        for other in range(one + 1, 4):
            chance = 1 / (1 + np.exp(-float(drawn[one] @ drawn[other])))
            edges -= np.log(chance if joined[0, one, other] else 1 - chance) / 16
    wanted = torch.eye(3)[types[0]].double()
    operations = -float((wanted * named.log() + (1 - wanted) * (1 - named).log()).mean())
    divergence = float((means**2 + (2 * logs).exp() - 2 * logs - 1).sum() / 2 / 4 / 4)
    assert loss == pytest.approx(edges + operations + divergence, rel=1e-4)


def test_embeddings_of_neighbours_are_nearer_than_others_and_the_same_in_every_run() -> None:
    trained = encoder(SPACE, 3, 300)
    embedded = trained.embed(np.arange(SPACE.size))
    around = SPACE.neighbours(700)
    near = np.linalg.norm(embedded[around[around >= 0]] - embedded[700], axis=1)
    assert near.mean() < np.linalg.norm(embedded - embedded[700], axis=1).mean()
    again = type(trained)(SPACE, 3, 300)
    assert (again.embed(np.arange(9)) == embedded[:9]).all()


@pytest.mark.parametrize("method", [Arch2VecBO(epochs=20, **BRIEF), Arch2VecRL(**BRIEF)])
def test_a_search_uses_its_budget_without_repeats(method: Any) -> None:
    problem = Problem(SPACE, LABELS, 60, 1000)
    with suppress(SearchEnded):
        method.search(problem, np.random.default_rng(1))
    assert np.unique(problem.trace).size == 60
    if isinstance(method, Arch2VecBO):
        assert np.bincount(problem.rounds).tolist() == [16, *[5] * 8, 4]


def test_what_is_chosen_is_better_than_what_was_drawn() -> None:
    labels = 80.0 - np.abs(DECISIONS - 2).sum(axis=1)
    gained = []
    for seed in range(20):
        problem = Problem(SPACE, labels, 60, 1000)
        with suppress(SearchEnded):
            Arch2VecBO(epochs=20, **BRIEF).search(problem, np.random.default_rng(seed))
        found = labels[problem.trace]
        gained.append(found[16:].mean() - found[:16].mean())
    # Seeds differ by 0.8, and a seed is another search on another kind of processor.
    assert np.mean(gained) > 0.2


@pytest.mark.parametrize("method", [Arch2VecBO(epochs=2, **BRIEF), Arch2VecRL(**BRIEF)])
def test_a_space_that_is_used_up_ends_the_search(method: Any) -> None:
    part = MeasuredCells(SPACE, np.arange(0, SPACE.size, 80))
    problem = Problem(part, LABELS[part.members], part.size + 1, 100)
    method.search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(part.size))


@pytest.mark.parametrize("space", [SPACE, OPEN])
def test_a_round_of_bo_queries_those_of_highest_expected_improvement(
    space: CategoricalSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = 75 + 5 * np.random.default_rng(0).random(space.size)
    fitted: list[tuple[NDArray[np.float32], NDArray[np.float64]]] = []
    predicted: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    pools: list[NDArray[np.int64]] = []
    make_pool = type(space).pool

    class Spied(BayesianNetwork):
        def fit(self, features: Any, labels: Any, rng: Any) -> None:
            own = self.network
            assert (own.hidden, own.epochs, own.batch, own.learning_rate) == ((128,), 100, 10, 0.01)
            fitted.append((features, labels))
            super().fit(features, labels, rng)

        def predict(self, features: Any) -> Any:
            predicted.append(super().predict(features))
            return predicted[-1]

    def pool(self: Any, rng: Any, best: Any) -> Any:
        assert (np.diff(labels[best]) <= 0).all()
        pools.append(make_pool(self, rng, best))
        return pools[-1]

    monkeypatch.setattr(bo_module, "BayesianNetwork", Spied)
    monkeypatch.setattr(type(space), "pool", pool)
    problem = Problem(space, labels, 36, 1000)
    with suppress(SearchEnded):
        Arch2VecBO(**BRIEF).search(problem, np.random.default_rng(1))

    assert len(fitted) == len(predicted) == len(pools) == 4
    for place, (ranked, (mean, variance)) in enumerate(zip(pools, predicted, strict=True)):
        count = 16 + 5 * place
        known, chosen = problem.trace[:count], problem.trace[count : count + 5]
        embedded, fractions = fitted[place]
        assert embedded == pytest.approx(encoder(space, 3, 300).embed(known), abs=1e-5)
        assert fractions == pytest.approx(labels[known] / 100)
        deviation, best = np.sqrt(variance), labels[known].max() / 100
        z = (mean - best) / deviation
        improvement = (mean - best) * norm.cdf(z) + deviation * norm.pdf(z)
        new = ~np.isin(ranked, known)
        expected = np.sort(improvement[new])[::-1][:5]
        assert expected[-1] > 1e-12, "large enough to compare"
        # Architectures with the same embedding are equally good: values, not ids, are compared.
        at = [ranked.tolist().index(id) for id in chosen]
        assert improvement[at] == pytest.approx(expected, rel=1e-6, abs=0)
        assert problem.recommendations[place] == (count, int(ranked[mean.argmax()]))


def follow_walk(
    space: CategoricalSpace, labels: NDArray[np.float64], baseline: float, queried: list[int]
) -> None:
    """Check each step of a walk against REINFORCE, with the method's random numbers.

    The replay goes on from what was queried: of architectures with the same embedding, rounding
    decides which is the nearest.
    """
    rng = np.random.default_rng(5)
    torch.manual_seed(int(rng.integers(2**63)))
    assert queried[:1] == space.sample(1, rng).tolist()
    cell, linear = torch.nn.LSTMCell(16, 128), torch.nn.Linear(128, 16)
    weights = [*cell.parameters(), *linear.parameters()]
    adam = torch.optim.Adam(weights, lr=0.01)
    embed = encoder(space, 3, 300).embed
    for start in range(1, len(queried), 16):
        best = sorted(queried[:start], key=lambda id: -labels[id])
        pool = space.pool(rng, np.array(best))
        places = torch.from_numpy(embed(pool))
        here = torch.from_numpy(embed(np.array(queried[start - 1 : start])))[0]
        hidden = memory = torch.zeros(128)
        loss = torch.zeros(())
        for count in range(start, min(start + 16, len(queried))):
            by_input, by_hidden, shift, other_shift = weights[:4]
            gates = by_input @ here + shift + by_hidden @ hidden + other_shift
            enter, forget, content, leave = gates.view(4, 128)
            memory = forget.sigmoid() * memory + enter.sigmoid() * content.tanh()
            hidden = leave.sigmoid() * memory.tanh()
            mean = weights[4] @ hidden + weights[5]
            place = mean.detach() + torch.randn(16)
            distances = (places - place).norm(dim=1)
            distances[np.isin(pool, queried[:count])] = np.inf
            at = pool.tolist().index(queried[count])
            assert float(distances[at]) == pytest.approx(float(distances.min()), abs=1e-4)
            here = places[at]
            # The logarithm of the density, without the constant that has no slope.
            advantage = labels[queried[count]] / 100 - baseline
            loss = loss + advantage * (place - mean).square().sum() / 2
        adam.zero_grad()
        loss.backward()
        adam.step()


@pytest.mark.parametrize(
    ("space", "given", "baseline"),
    [(SPACE, None, 0.4), (SPACE, 0.78, 0.78), (NASBench101(5), None, 0.95), (OPEN, None, 0.4)],
)
def test_the_walk_is_reinforce_in_the_embeddings(
    space: CategoricalSpace, given: float | None, baseline: float
) -> None:
    labels = 70 + 20 * np.random.default_rng(0).random(space.size)
    problem = Problem(space, labels, 97, 1000)
    with suppress(SearchEnded):
        Arch2VecRL(baseline=given, **BRIEF).search(problem, np.random.default_rng(5))
    assert problem.remaining == 0
    follow_walk(space, labels, baseline, problem.trace.tolist())


def test_a_policy_goes_where_it_is_rewarded() -> None:
    """One reward for a positive first coordinate: its mean becomes positive."""
    from nasarena.baselines.arch2vec.policy import Policy

    torch.manual_seed(0)
    policy = Policy()
    adam = torch.optim.Adam(policy.parameters(), lr=1e-2)
    for _ in range(25):
        chances, places = [], []
        state = None
        for _ in range(16):
            place, chance, state = policy.act(np.zeros(16, dtype=np.float32), state)
            chances.append(chance)
            places.append(place[0])
        rewards = torch.tensor(np.array(places) > 0).float() - 0.5
        adam.zero_grad()
        (-(torch.stack(chances) * rewards).sum()).backward()
        adam.step()
    assert np.mean(places) > 0.5


@pytest.mark.parametrize("name", ["initial", "batch", "epochs", "pretraining", "sample"])
def test_settings_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Arch2VecBO(**{name: 0})
