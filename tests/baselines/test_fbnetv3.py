"""FBNetV3's predictor: what pre-training brings, its two stages, and its rounds."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from nasarena.baselines.fbnetv3.search import FBNetV3Predictor
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.targets import z_scores

torch = pytest.importorskip("torch")

from nasarena.baselines.fbnetv3.network import FreeThenFitted  # noqa: E402  # imports torch

SPACE = NASBenchGraph(PROTEINS_OPERATIONS)
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
TRUTH = -np.abs(DECISIONS - 2).sum(axis=1)
LABELS = 80 + TRUTH + np.random.default_rng(0).normal(size=SPACE.size)


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
