"""AceNAS: its slopes pair by pair, its network, what it labels, and what it learns beforehand."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, spearmanr

from nasarena.baselines.acenas.search import AceNAS
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

torch = pytest.importorskip("torch")

from nasarena.baselines.acenas.network import Network, RankingGCN, _tensors, lambda_slopes  # noqa: E402
from nasarena.baselines.acenas.ranking import ndcg, relevance  # noqa: E402

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 80 - np.abs(DECISIONS - 2).sum(axis=1) + np.random.default_rng(0).normal(size=SPACE.size)


def test_relevance_is_0_for_the_worst_fifth_and_20_for_the_best() -> None:
    accuracies = np.arange(11.0)
    assert relevance(accuracies) == pytest.approx(np.clip((accuracies - 2) / 8, 0, 1) * 20)
    assert relevance(np.full(4, 3.0)).tolist() == [0] * 4


def test_slopes_are_those_of_the_release_pair_by_pair() -> None:
    """By the definition: the places are those of the relevance, ascending from 1."""
    rng = np.random.default_rng(0)
    wanted = np.round(rng.random(7) * 20, 2)
    wanted[2] = wanted[5]
    predicted = rng.normal(size=7)
    place = np.empty(7)
    place[np.argsort(wanted, kind="stable")] = np.arange(1, 8)
    ideal = sum((2**r - 1) / np.log2(1 + i) for i, r in enumerate(sorted(wanted)[::-1], start=1))
    expected = np.zeros(7)
    for i in range(7):
        for j in range(7):
            change = abs(2 ** wanted[i] - 2 ** wanted[j]) / ideal
            change *= abs(1 / np.log2(1 + place[i]) - 1 / np.log2(1 + place[j]))
            sign = np.sign(wanted[i] - wanted[j])
            chance = 1 / (1 + np.exp(predicted[i] - predicted[j]))
            expected[i] += (0.5 * (1 - sign) - chance) * change
    slopes = lambda_slopes(torch.from_numpy(predicted), torch.from_numpy(wanted))
    assert slopes.numpy() == pytest.approx(expected)
    assert not lambda_slopes(torch.zeros(3), torch.zeros(3)).any()


def test_ndcg_is_1_for_the_right_order() -> None:
    wanted = np.array([3.0, 0.0, 20.0, 7.0])
    assert ndcg(wanted * 2 - 5, wanted) == pytest.approx(1)
    expected = (7 / 1 + (2**20 - 1) / np.log2(3)) / ((2**20 - 1) + 7 / np.log2(3))
    assert ndcg(np.array([2.0, 1.0]), np.array([3.0, 20.0])) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(8))
def test_sort_pooling_keeps_the_highest_nodes_in_their_order(seed: int) -> None:
    """Nodes in another order are the same graph, with any first weights."""
    torch.manual_seed(seed)
    network = Network(len(SPACE.graphs([0]).labels)).eval()
    matrices, types = _tensors(SPACE, np.arange(0, SPACE.size, 50))
    order = torch.randperm(types.shape[1])
    with torch.no_grad():
        one = network(matrices, types)
        other = network(matrices[:, order][:, :, order], types[:, order])
    assert one.numpy() == pytest.approx(other.numpy(), abs=1e-5)
    assert one.numpy().std() > 0


def test_it_learns_to_rank_and_what_is_free_helps() -> None:
    ids = np.random.default_rng(0).choice(SPACE.size, 60, replace=False)
    network = RankingGCN(SPACE, np.random.default_rng(1))
    network.pretrain(np.arange(0, SPACE.size, 10), DECISIONS[::10, :2].astype(np.float32), 5)
    network.rank(ids, relevance(LABELS[ids]), epochs=25)
    unseen = np.setdiff1d(np.arange(SPACE.size), ids)
    assert spearmanr(network.predict(unseen), LABELS[unseen]).statistic > 0.4


def test_a_fifth_of_the_budget_is_labelled_in_each_iteration_and_ten_are_left() -> None:
    problem = Problem(SPACE, LABELS, 110, 1000)
    with suppress(SearchEnded):
        AceNAS(pretraining=1, sample=50, epochs=4).search(problem, np.random.default_rng(1))
    assert np.bincount(problem.rounds).tolist() == [20, 20, 20, 20, 20, 10]
    assert np.unique(problem.trace).size == 110
    recommended = [id for _, id in problem.recommendations]
    assert problem.trace[20] in recommended or recommended[0] in problem.trace[:20]


def test_half_of_an_iteration_are_the_best_predicted_and_half_are_drawn_from_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predictions = np.random.default_rng(10).normal(size=(6, SPACE.size))
    ranked: list[tuple[Any, Any]] = []

    class Known:
        """A network that predicts other numbers after every training, and at last."""

        def __init__(self, space: Any, rng: Any) -> None:
            self.asked = 0

        def rank(self, ids: Any, wanted: Any, epochs: int) -> None:
            ranked.append((ids, wanted))

        def predict(self, ids: Any) -> Any:
            assert ids.tolist() == list(range(SPACE.size))
            self.asked += 1
            return predictions[self.asked - 1]

    monkeypatch.setattr("nasarena.baselines.acenas.network.RankingGCN", Known)
    problem = Problem(SPACE, LABELS, 235, 1000)
    with suppress(SearchEnded):
        AceNAS(pretraining=0).search(problem, np.random.default_rng(1))

    assert len(ranked) == len(problem.recommendations) == 5
    drawn_places: list[float] = []
    for place, (ids, wanted) in enumerate(ranked):
        known = problem.trace[: 45 * (place + 1)]
        assert np.array_equal(ids, known)
        low, high = np.quantile(LABELS[known], 0.2), LABELS[known].max()
        assert wanted == pytest.approx(20 * ((LABELS[known] - low) / (high - low)).clip(0))
        predicted = predictions[place]
        assert problem.recommendations[place] == (known.size, int(predicted.argmax()))
        order = [id for id in np.argsort(-predicted).tolist() if id not in known]
        # 22 and 23 of the 45; after the fifth iteration the ten that were kept, all of the best.
        best = 22 if place < 4 else 10
        queried = problem.trace[known.size :][:45].tolist()
        assert queried[:best] == order[:best]
        others = order[best:]
        drawn_places += [others.index(id) / len(others) for id in queried[best:]]
    assert len(drawn_places) == 4 * 23
    assert kstest(drawn_places, "uniform").pvalue > 0.01


def test_a_space_that_is_used_up_ends_the_search() -> None:
    part = MeasuredCells(SPACE, np.arange(0, SPACE.size, 80))
    problem = Problem(part, LABELS[part.members], part.size + 15, 100)
    AceNAS(pretraining=0, epochs=1).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(part.size))


@pytest.mark.parametrize("changes", [{"sample": 0}, {"epochs": 0}, {"pretraining": -1}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        AceNAS(**changes)
