"""REINFORCE: its policy against one that torch differentiates."""

from contextlib import suppress

import numpy as np
import pytest

from nasarena.baselines.categorical_distribution import CategoricalDistribution
from nasarena.baselines.reinforce import Reinforce
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 50.0 + DECISIONS.sum(axis=1)
ASCENT = Reinforce(learning_rate=0.1, optimiser="ascent", reward="fraction", spread=0.0)


def followed(
    method: Reinforce, monkeypatch: pytest.MonkeyPatch, queries: int = 40
) -> tuple[list[list[int]], list[np.ndarray]]:
    """The decisions that a search drew, and the logits that it drew each by."""
    drawn, logits = [], []
    original = CategoricalDistribution.architectures

    def architectures(self, count, rng):  # type: ignore[no-untyped-def]
        logits.append(self.logits.copy())
        decisions, ids = original(self, count, rng)
        drawn.append(decisions[0].tolist())
        return decisions, ids

    monkeypatch.setattr(CategoricalDistribution, "architectures", architectures)
    with suppress(SearchEnded):
        method.search(Problem(SPACE, LABELS, queries, 1000), np.random.default_rng(0))
    return drawn, logits


@pytest.mark.parametrize("method", [Reinforce(learning_rate=0.05), ASCENT])
def test_the_policy_is_that_of_torch(method: Reinforce, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    drawn, logits = followed(method, monkeypatch)
    assert len(drawn) > 40, "some are drawn again, and teach again"
    policy = torch.nn.Parameter(torch.tensor(logits[0]))
    make = torch.optim.Adam if method.optimiser == "adam" else torch.optim.SGD
    optimiser = make([policy], lr=method.learning_rate)
    numerator = denominator = 0.0
    for decisions, own in zip(drawn, logits, strict=True):
        np.testing.assert_allclose(policy.detach().numpy(), own, atol=1e-6)
        reward = float(LABELS[SPACE.ids(np.array(decisions))])
        reward /= 100 if method.reward == "fraction" else 1
        numerator = 0.9 * numerator + 0.1 * reward
        denominator = 0.9 * denominator + 0.1
        chances = torch.distributions.Categorical(logits=policy)
        log_probability = chances.log_prob(torch.tensor(decisions)).sum()
        optimiser.zero_grad()
        (-log_probability * (reward - numerator / denominator)).backward()
        optimiser.step()


def test_the_first_draw_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _, logits = followed(Reinforce(), monkeypatch, queries=5)
    np.testing.assert_allclose(logits[1], logits[0], atol=1e-6)
    assert np.abs(logits[2] - logits[0]).max() > 1e-3


def test_the_policy_comes_to_prefer_what_is_better() -> None:
    problem = Problem(SPACE, LABELS, 200, 1000)
    with suppress(SearchEnded):
        Reinforce(learning_rate=0.1).search(problem, np.random.default_rng(1))
    # Uniform draws have a mean of 62 and a standard deviation of 3.5.
    assert LABELS[problem.trace[-20:]].mean() > 66


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"optimiser": "sgd"}, "optimiser must be adam or ascent, not 'sgd'"),
        ({"reward": "rank"}, "reward must be percent or fraction, not 'rank'"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"momentum": 1.0}, "momentum from 0 to below 1"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Reinforce(**parameters)  # type: ignore[arg-type]
