"""What is measured: the same labelled architectures for all, and numbers that can be checked."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau, norm, rankdata
from sklearn.linear_model import Ridge

from nasarena.suite import study
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.plugins import plugins
from nasarena.suite.predictor_study.measurements import Task
from nasarena.suite.predictor_study.runner import attempt, predictor_digest
from nasarena.suite.predictor_study.study import choose_study, labelled, measure
from nasarena.suite.predictors import GROUP

SMALL = "nasbenchgraph/proteins"


def test_fewer_labels_are_a_prefix_of_more_and_seeds_differ() -> None:
    benchmark = load_benchmark(SMALL)
    everything = labelled(benchmark, benchmark.space.size, seed=1)
    assert sorted(everything.tolist()) == list(range(benchmark.space.size))
    for labels in (2, 50, 400):
        assert labelled(benchmark, labels, seed=1).tolist() == everything[:labels].tolist()
    assert set(labelled(benchmark, 50, seed=2).tolist()) != set(everything[:50].tolist())


def test_architectures_are_drawn_uniformly() -> None:
    benchmark = load_benchmark(SMALL)
    drawn = np.concatenate([labelled(benchmark, 400, seed) for seed in range(60)])
    counts = np.bincount(drawn * 10 // benchmark.space.size, minlength=10)
    assert counts / counts.sum() == pytest.approx(np.full(10, 0.1), abs=0.01)


def test_ridge_measured_by_hand() -> None:
    """The same measurement from scikit-learn and scipy alone."""
    benchmark = load_benchmark(SMALL)
    # The means of this table's equal runs differ in their last bits.
    accuracies = benchmark.table.mean_validation.round(9)
    ids = labelled(benchmark, 120, seed=4)
    targets = norm.ppf((rankdata(accuracies[ids]) - 0.5) / 120)
    features = benchmark.space.one_hot(np.arange(benchmark.space.size))
    predicted = Ridge(alpha=1.0).fit(features[ids], targets).predict(features)
    top = np.flatnonzero(rankdata(-accuracies, method="min") <= 21)
    first = np.argsort(-predicted)[:21]

    measured = measure(Task(SMALL, "ridge", 120, seed=4))
    assert measured.top == 21
    assert measured.table_sha256 == benchmark.table.sha256
    assert measured.tau == pytest.approx(kendalltau(predicted, accuracies).statistic, abs=1e-5)
    assert measured.tau_top == pytest.approx(
        kendalltau(predicted[top], accuracies[top]).statistic, abs=1e-5
    )
    assert measured.precision == pytest.approx(np.isin(first, top).mean(), abs=1e-5)


@pytest.mark.parametrize("name", plugins(GROUP))
def test_every_registered_predictor_is_measured_as_a_pure_function_of_the_task(name: str) -> None:
    task = Task(SMALL, name, 5, seed=0)
    outcome = attempt(task)
    if outcome.unusable:
        pytest.skip(outcome.unusable)
    assert outcome.result is not None, outcome.error
    measurement, execution = outcome.result
    assert measurement.task == execution.task == task
    assert predictor_digest(name).startswith("definitions:")
    assert measure(task) == measurement, "what was measured before must not show"


def test_more_labels_order_better() -> None:
    few, many = (
        np.mean([measure(Task(SMALL, "gp", labels, seed)).tau for seed in range(3)])
        for labels in (20, 400)
    )
    assert many > few + 0.05


def test_a_study_is_every_predictor_everywhere_seed_by_seed() -> None:
    study = choose_study("r?dge,gp,ridge", SMALL, "100, 50,50", "7:9")
    assert study.tasks() == [
        Task(SMALL, predictor, labels, seed)
        for seed in (7, 8)
        for labels in (50, 100)
        for predictor in ("ridge", "gp")
    ]
    assert {"ridge", "gp"} <= study.named
    assert "lstm" not in choose_study("*", SMALL, "50", "1").named


@pytest.mark.parametrize(
    ("predictors", "benchmarks", "labels", "seeds", "said"),
    [
        ("rigde", SMALL, "50", "5", "unknown predictor 'rigde'; did you mean 'ridge'?"),
        ("zz*", SMALL, "50", "5", "no predictor matches 'zz*'"),
        (" ,", SMALL, "50", "5", "the list of predictors is empty"),
        ("ridge", "nasbench201/cifar", "50", "5", "did you mean 'nasbench201/cifar10'?"),
        ("ridge", ",", "50", "5", "the list of benchmarks is empty"),
        ("ridge", SMALL, ",", "5", "no numbers given; give at least one with --sizes"),
        ("ridge", SMALL, "50,many", "5", "as in 50,100,200, not 'many'"),
        ("ridge", SMALL, "1", "5", "whole numbers of at least 2"),
        ("ridge", SMALL, "-5", "5", "not '-5'"),
        ("ridge", SMALL, "50.5", "5", "not '50.5'"),
        ("ridge", SMALL, "²", "5", "not '²'"),
        ("ridge", SMALL, "9" * 5000, "5", "whole numbers of at least 2"),
        ("ridge", f"nasbench201/cifar10,{SMALL}", "50,2022", "5", "2,022 labels are more than nas"),
        ("ridge", SMALL, "50", "0", "no seeds given: --seeds '0'"),
        ("ridge", SMALL, "50", "some", "seeds 'some' must be a number"),
    ],
)
def test_what_cannot_be_studied_is_one_sentence(
    predictors: str, benchmarks: str, labels: str, seeds: str, said: str
) -> None:
    with pytest.raises(UserError) as refused:
        choose_study(predictors, benchmarks, labels, seeds)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)


def test_an_estimator_is_measured_under_its_own_name(tmp_path: Path) -> None:
    measured = study([Ridge(alpha=3.0), "ridge"], SMALL, [20, 50], range(2), tmp_path, workers=1)
    by_name = measured.set_index(["predictor", "labels"])["tau"]
    assert set(by_name.index) == {(n, c) for n in ("Ridge(alpha=3.0)", "ridge") for c in (20, 50)}
    assert by_name["Ridge(alpha=3.0)", 50] != by_name["ridge", 50]
    again = study(Ridge(alpha=1.0), SMALL, 50, 2, str(tmp_path), workers=1)
    assert again["predictor"].tolist() == ["Ridge()"]
    assert again["tau"].tolist() == [by_name["ridge", 50]]


def test_what_is_no_predictor_is_one_sentence() -> None:
    with pytest.raises(UserError, match="3 is no predictor"):
        choose_study(3, SMALL, "50", "1")
