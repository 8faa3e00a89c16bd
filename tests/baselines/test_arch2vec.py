"""arch2vec: its encoder against plain loops, its two searches."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from nasarena.baselines.arch2vec.bo import Arch2VecBO
from nasarena.baselines.arch2vec.rl import Arch2VecRL
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.measured_part import MeasuredCells
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
