"""WeakNAS around every registered predictor: the paper's claim that its loop takes any."""

from contextlib import suppress

import numpy as np
import pytest

from nasarena.methods.weaknas import WeakNAS
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.plugins import plugins
from nasarena.suite.predictors import GROUP
from nasarena.suite.problem import BudgetExhausted, Problem

BENCHMARK = load_benchmark("nasbenchgraph/proteins")
LABELS = BENCHMARK.table.mean_validation


def test_the_predictors_are_those_of_the_paper_and_of_its_rivals() -> None:
    weak = {"mlp", "gbrt", "forest", "lightgbm", "ridge", "gp", "relation-gcn", "lstm"} | {
        "flan",
        "gates",
    }
    assert weak <= set(plugins(GROUP))


@pytest.mark.no_cover  # measured in the tests of each predictor
@pytest.mark.parametrize("name", plugins(GROUP))
def test_the_loop_takes_every_predictor(name: str) -> None:
    for package in ("torch", "xgboost", "lightgbm"):
        pytest.importorskip(package)
    problem = Problem(BENCHMARK.space, LABELS, budget=130, patience=2600)
    method = WeakNAS(initial=100, batch=30, top_n=100, predictor=name)
    with suppress(BudgetExhausted):
        method.search(problem, np.random.default_rng(0))
    assert len(set(problem.trace.tolist())) == 130
    # One fit on a hundred labels is enough to choose better than the draw that it was fitted to.
    queried = LABELS[problem.trace]
    assert queried[100:].mean() > queried[:100].mean()
