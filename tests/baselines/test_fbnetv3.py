"""FBNetV3's predictor: each part against a replay of the published rule, and what it brings."""

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, rankdata, spearmanr

from nasarena.baselines.fbnetv3.search import FBNetV3Predictor
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.targets import z_scores

torch = pytest.importorskip("torch")

from nasarena.baselines.fbnetv3 import network as network_module  # noqa: E402  # imports torch
from nasarena.baselines.fbnetv3.network import FreeThenFitted, _step  # noqa: E402

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
TRUTH = -np.abs(DECISIONS - 2).sum(axis=1)
LABELS = 80 + TRUTH + np.random.default_rng(0).normal(size=SPACE.size)
METRICS = {
    "latency_seconds": -np.random.default_rng(1).random(SPACE.size),
    "multiply_adds": -DECISIONS.sum(axis=1).astype(float),
    "parameters": -DECISIONS[:, :3].sum(axis=1).astype(float),
}


def huber(errors: Any) -> Any:
    """Squares within 1 and straight lines beyond, of equal slope where they meet."""
    return torch.where(errors.abs() < 1, errors**2 / 2, errors.abs() - 0.5).mean()


def layers(*sizes: int) -> list[Any]:
    """Weights and biases of linear layers, first as torch draws them."""
    drawn = [torch.nn.Linear(*pair) for pair in pairwise(sizes)]
    return [part.detach().requires_grad_() for one in drawn for part in (one.weight, one.bias)]


def outputs(encoder: list[Any], head: list[Any], samples: Any) -> Any:
    hidden = torch.relu(samples @ encoder[0].T + encoder[1])
    return torch.relu(hidden @ encoder[2].T + encoder[3]) @ head[0].T + head[1]


def z_scored(values: NDArray[np.float64]) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = (values - values.mean()) / values.std()
    return scores


def test_a_step_goes_down_the_slope_of_hubers_loss() -> None:
    wanted = np.array([[0.3, -2.0], [4.0, 0.0], [1.2, -0.4]])
    start = np.array([[0.1, 0.5], [0.5, 0.9], [-3.0, -0.3]])

    def loss(predicted: NDArray[np.float64]) -> float:
        lengths = np.abs(predicted - wanted)
        return float(np.where(lengths < 1, lengths**2 / 2, lengths - 0.5).mean())

    slope = np.empty_like(start)
    for place in np.ndindex(start.shape):
        change = np.zeros_like(start)
        change[place] = 1e-5
        slope[place] = (loss(start + change) - loss(start - change)) / 2e-5
    assert slope == pytest.approx(np.clip(start - wanted, -1, 1) / 6)
    predicted = torch.tensor(start, requires_grad=True)
    _step(torch.optim.SGD([predicted], lr=1.0), predicted, torch.tensor(wanted))
    assert predicted.detach().numpy() == pytest.approx(start - slope)


def test_pre_training_fits_one_head_for_each_statistic() -> None:
    ids = np.arange(0, SPACE.size, 5)
    assert ids.size > 2 * 128, "a pass has a batch that is not full"
    statistics = np.random.default_rng(2).normal(scale=2, size=(ids.size, 3)).astype(np.float32)
    network = FreeThenFitted(SPACE, np.random.default_rng(1))
    network.pretrain(ids, statistics, 4)

    samples, wanted = torch.from_numpy(SPACE.one_hot(ids)), torch.from_numpy(statistics)
    torch.manual_seed(int(np.random.default_rng(1).integers(2**63)))
    encoder, head = layers(samples.shape[1], 64, 64), layers(64, 3)
    adam = torch.optim.Adam([*encoder, *head], lr=1e-3)
    for _ in range(4):
        order = torch.randperm(ids.size)
        for start in range(0, ids.size, 128):
            batch = order[start : start + 128]
            adam.zero_grad()
            huber(outputs(encoder, head, samples[batch]) - wanted[batch]).backward()
            adam.step()
    for own, replayed in zip(network._encoder.values(), encoder, strict=True):
        assert own.numpy() == pytest.approx(replayed.detach().numpy(), abs=1e-5)


@pytest.mark.parametrize("epochs", [0, 3])
def test_fine_tuning_trains_a_new_head_and_then_all_weights(
    epochs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, ids = np.arange(0, SPACE.size, 5), np.arange(7, SPACE.size, 80)
    targets = 2 * z_scored(LABELS[ids])
    moved: list[tuple[bool, bool]] = []

    def step(adam: Any, predicted: Any, wanted: Any) -> None:
        parts = (own for group in adam.param_groups for own in group["params"])
        before = [(own, own.detach().clone()) for own in parts]
        _step(adam, predicted, wanted)
        shapes = {tuple(own.shape) for own, old in before if not torch.equal(own, old)}
        moved.append(((64, 64) in shapes, (1, 64) in shapes))

    rng = np.random.default_rng(1)
    network = FreeThenFitted(SPACE, rng)
    if epochs:
        statistics = np.stack([z_scored(METRICS[name][known]) for name in METRICS], axis=1)
        network.pretrain(known, statistics.astype(np.float32), epochs)
    monkeypatch.setattr(network_module, "_step", step)
    network.fit(ids, targets)
    assert moved == [(False, True)] * 100 + [(True, True)] * 200, "the encoder, and the head"

    again = np.random.default_rng(1)
    if epochs:
        again.integers(2**63)
    torch.manual_seed(int(again.integers(2**63)))
    samples = torch.from_numpy(SPACE.one_hot(ids))
    wanted = torch.from_numpy(targets.astype(np.float32))[:, None]
    encoder, head = layers(samples.shape[1], 64, 64), layers(64, 1)
    if epochs:
        encoder = [one.clone().requires_grad_() for one in network._encoder.values()]
    for steps, trained in ((100, head), (200, [*encoder, *head])):
        adam = torch.optim.Adam(trained, lr=3e-3, weight_decay=1e-4)
        for _ in range(steps):
            adam.zero_grad()
            huber(outputs(encoder, head, samples) - wanted).backward()
            adam.step()
    with torch.no_grad():
        everything = torch.from_numpy(SPACE.one_hot(np.arange(SPACE.size)))
        replayed = outputs(encoder, head, everything)[:, 0].numpy()
    assert network.predict(np.arange(SPACE.size)) == pytest.approx(replayed, abs=1e-3)


TARGETS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "z-score": z_scored,
    "rank-gaussian": lambda values: norm.ppf((rankdata(values) - 0.5) / values.size),
    "percent": lambda values: values,
    "fraction": lambda values: values / 100,
}


@pytest.mark.parametrize("targets", TARGETS)
def test_every_round_queries_the_best_predicted_of_what_is_new(
    targets: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[tuple[NDArray[np.int64], NDArray[np.float32], int]] = []
    fitted: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    predictions: list[NDArray[np.float32]] = []

    class Spied(FreeThenFitted):
        def pretrain(self, ids: Any, statistics: Any, epochs: int) -> None:
            learned.append((ids, statistics, epochs))
            super().pretrain(ids, statistics, epochs)

        def fit(self, ids: Any, targets: Any) -> None:
            fitted.append((ids, targets))
            super().fit(ids, targets)

        def predict(self, ids: Any) -> Any:
            assert ids.tolist() == list(range(SPACE.size))
            predictions.append(super().predict(ids))
            return predictions[-1]

    monkeypatch.setattr(network_module, "FreeThenFitted", Spied)
    problem = Problem(SPACE, LABELS, 32, 1000, metrics=METRICS.__getitem__)
    method = FBNetV3Predictor(initial=12, batch=5, pretraining=2, sample=300, targets=targets)
    with suppress(SearchEnded):
        method.search(problem, np.random.default_rng(1))

    ((known, statistics, epochs),) = learned
    assert (np.unique(known).size, epochs) == (300, 2)
    for column, name in enumerate(("parameters", "multiply_adds", "latency_seconds")):
        assert statistics[:, column] == pytest.approx(z_scored(METRICS[name][known]), abs=1e-5)
    assert statistics.shape == (300, 3)

    assert len(fitted) == len(predictions) == 4
    for place, ((ids, wanted), predicted) in enumerate(zip(fitted, predictions, strict=True)):
        count = 12 + 5 * place
        assert ids.tolist() == problem.trace[:count].tolist()
        assert wanted == pytest.approx(TARGETS[targets](LABELS[ids]))
        ranked = [id for id in np.argsort(-predicted, kind="stable").tolist() if id not in ids]
        assert problem.trace[count : count + 5].tolist() == ranked[:5]
        assert problem.recommendations[place] == (count, int(predicted.argmax()))


def test_without_pre_training_no_statistic_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any) -> None:
        raise AssertionError("pre-trained")

    monkeypatch.setattr(FreeThenFitted, "pretrain", nothing)
    problem = Problem(SPACE, LABELS, 25, 1000, metrics=METRICS.__getitem__)
    with suppress(SearchEnded):
        FBNetV3Predictor(pretraining=0).search(problem, np.random.default_rng(1))
    assert problem.remaining == 0
    assert not problem.diagnostics


def test_statistics_that_tell_of_accuracy_help_with_few_labels() -> None:
    correlations = []
    ids = np.random.default_rng(0).choice(SPACE.size, 15, replace=False)
    known = np.arange(0, SPACE.size, 4)
    for epochs in (40, 0):
        network = FreeThenFitted(SPACE, np.random.default_rng(1))
        statistics = z_scores(TRUTH[known].astype(float)).astype(np.float32)[:, None]
        network.pretrain(known, statistics, epochs)
        network.fit(ids, z_scores(LABELS[ids]))
        correlations.append(spearmanr(network.predict(np.arange(SPACE.size)), LABELS).statistic)
    assert correlations[0] > correlations[1] + 0.1


def test_every_fit_begins_from_the_pre_trained_encoder() -> None:
    network = FreeThenFitted(SPACE, np.random.default_rng(1))
    network.pretrain(np.arange(50), np.ones((50, 2), dtype=np.float32), 1)
    before = {name: value.clone() for name, value in network._encoder.items()}
    network.fit(np.arange(20), z_scores(LABELS[:20]))
    assert all(torch.equal(before[name], value) for name, value in network._encoder.items())
    assert network._network is not None
    assert not torch.equal(before["0.weight"], network._network[0][0].weight)


def test_it_finds_better_ones_in_rounds() -> None:
    problem = Problem(SPACE, LABELS, 60, 1000)
    with suppress(SearchEnded):
        FBNetV3Predictor(pretraining=2, sample=200).search(problem, np.random.default_rng(1))
    assert np.bincount(problem.rounds).tolist() == [20, 10, 10, 10, 10]
    found = LABELS[problem.trace]
    assert found[30:].mean() > found[:20].mean() + 2


@pytest.mark.parametrize(
    "changes",
    [{"initial": 0}, {"batch": 0}, {"sample": 0}, {"pretraining": -1}, {"targets": "raw"}],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        FBNetV3Predictor(**changes)
