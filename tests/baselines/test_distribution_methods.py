"""PARSEC, FP-NAS and DDP-NAS: how their distributions follow what they drew."""

from contextlib import suppress

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy

from nasarena.baselines.categorical_distribution import CategoricalDistribution
from nasarena.baselines.ddp_nas import DDPNAS, drop_least_probable
from nasarena.baselines.fp_nas import FPNAS
from nasarena.baselines.parsec import PARSEC
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
LABELS = 50.0 + SPACE.decisions(np.arange(SPACE.size)).sum(axis=1)
Rounds = list[tuple[np.ndarray, np.ndarray]]


def followed(method: PARSEC | DDPNAS, monkeypatch: pytest.MonkeyPatch, queries: int) -> Rounds:
    """The logits before each round, and the decisions that it drew."""
    rounds: Rounds = []
    original = CategoricalDistribution.architectures

    def architectures(self, count, rng):  # type: ignore[no-untyped-def]
        before = self.logits.copy()
        decisions, ids = original(self, count, rng)
        rounds.append((before, decisions))
        return decisions, ids

    monkeypatch.setattr(CategoricalDistribution, "architectures", architectures)
    with suppress(SearchEnded):
        method.search(Problem(SPACE, LABELS, queries, 1_000), np.random.default_rng(0))
    return rounds


def test_the_distribution_is_that_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    rounds = followed(PARSEC(samples=8, temperature=0.5, learning_rate=0.2), monkeypatch, 60)
    logits = torch.nn.Parameter(torch.zeros(6, 5, dtype=torch.float64))
    adam = torch.optim.Adam([logits], lr=0.2)
    queried: dict[int, float] = {}
    for before, decisions in rounds:
        np.testing.assert_allclose(logits.detach().numpy(), before, atol=1e-6)
        ids = SPACE.ids(decisions)
        queried |= {id: LABELS[id] for id in ids.tolist()}
        scores = torch.tensor(LABELS[ids]) / (0.5 * np.std([*queried.values()]))
        chances = torch.distributions.Categorical(logits=logits)
        likely = chances.log_prob(torch.tensor(decisions)).sum(dim=1)
        adam.zero_grad()
        (-(torch.softmax(scores, 0) * likely).sum()).backward()
        adam.step()


def test_where_all_labels_are_equal_samples_weigh_the_same() -> None:
    assert PARSEC().weights(np.full(4, 70.0), 0.0).tolist() == [0.25] * 4


def test_as_many_are_drawn_as_the_entropy_asks_for() -> None:
    even = CategoricalDistribution(SPACE)
    # Six decisions of five values: 6 ln 5 = 9.66 nats.
    assert FPNAS(factor=0.25).count(even) == 2
    assert FPNAS(factor=1.0).count(even) == 10
    assert FPNAS(factor=2.0).count(even) == 19
    even.logits[:, 0] = 100.0
    assert FPNAS(factor=2.0).count(even) == 2


def test_each_round_of_a_search_draws_twice_the_entropy_of_its_distribution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = followed(FPNAS(), monkeypatch, 120)
    for before, decisions in rounds:
        nats = entropy(softmax(before, axis=1), axis=1).sum()
        assert len(decisions) == max(2, round(2 * nats))
    assert len({len(decisions) for _, decisions in rounds}) > 5, "they become fewer"


def test_the_least_probable_value_is_dropped_and_the_last_one_stays() -> None:
    distribution = CategoricalDistribution(SPACE)
    distribution.logits[0] = [3, 1, 2, -1, 0]
    for left in ([0, 1, 2, 4], [0, 1, 2], [0, 2], [0], [0]):
        drop_least_probable(distribution)
        assert np.flatnonzero(np.isfinite(distribution.logits[0])).tolist() == left


def test_pruned_values_are_not_drawn_until_the_search_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = followed(DDPNAS(), monkeypatch, 120)
    present = [np.isfinite(before) for before, _ in rounds]
    left = [kept.sum(axis=1) for kept in present]
    assert all((counts == counts[0]).all() for counts in left)
    sizes = [int(counts[0]) for counts in left]
    first = sizes[: sizes.index(1) + 1]
    assert sorted(set(first), reverse=True) == [5, 4, 3, 2, 1]
    assert first == sorted(first, reverse=True)
    for kept, (_, decisions) in zip(present, rounds, strict=True):
        assert kept[np.arange(6), decisions].all()
    # A fourth of the budget each; a round has ten samples, of which some may repeat.
    assert first.count(5) >= 3


def test_stages_share_what_is_left_of_the_budget_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter(followed(DDPNAS(), monkeypatch, 120))
    queried: set[int] = set()
    # Decisions lose a value after each of four stages.
    for values in (5, 4, 3, 2):
        share = (120 - len(queried)) // (values - 1)
        goal, drawn = len(queried) + share, 0
        while len(queried) < goal and drawn < 10 * share:
            before, decisions = next(rounds)
            assert (np.isfinite(before).sum(axis=1) == values).all()
            queried.update(SPACE.ids(decisions).tolist())
            drawn += len(decisions)
    before, _ = next(rounds)
    assert (np.isfinite(before).sum(axis=1) == 1).all()


def test_values_gain_by_what_their_samples_reach_above_the_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (before, decisions), (after, _) = followed(DDPNAS(learning_rate=2.0), monkeypatch, 100)[:2]
    labels = LABELS[SPACE.ids(decisions)]
    scores = (labels - labels.mean()) / labels.std()
    for place in range(6):
        for value in range(5):
            gain = 2.0 * scores[decisions[:, place] == value].sum() / 10
            assert (after - before)[place, value] == pytest.approx(gain)


@pytest.mark.parametrize(
    "method",
    [PARSEC(), FPNAS(), DDPNAS()],
    ids=lambda m: type(m).__name__,
)
def test_they_come_to_prefer_what_is_better(method: PARSEC | DDPNAS) -> None:
    problem = Problem(SPACE, LABELS, 200, 1_000)
    with suppress(SearchEnded):
        method.search(problem, np.random.default_rng(2))
    # Uniform draws have a mean of 62 and a standard deviation of 3.5, and 200 reach 71 or 72.
    assert LABELS[problem.trace].max() >= 73


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PARSEC(samples=1), "samples must be at least 2, not 1"),
        (lambda: PARSEC(temperature=0.0), "temperature must be above 0"),
        (lambda: FPNAS(factor=-1.0), "factor must be above 0"),
        (lambda: DDPNAS(learning_rate=0.0), "learning_rate must be above 0"),
    ],
)
def test_wrong_parameters_are_refused(make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=said):
        make()
