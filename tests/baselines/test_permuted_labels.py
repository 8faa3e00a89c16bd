"""Rivals that learn nothing find nothing: with permuted labels each is random search again."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

from brief_seminas import BriefSemiNAS
from nasarena.baselines.brp_nas.search import BRPNAS
from nasarena.baselines.gbdt_nas import GBDTNAS
from nasarena.baselines.predictor_gcn import PredictorGCN
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.methods import Method
from nasarena.suite.problem import BudgetExhausted, Problem

pytest.importorskip("torch")
pytest.importorskip("lightgbm")

BENCHMARK = load_benchmark("nasbenchgraph/proteins")
LABELS = BENCHMARK.table.mean_validation
QUALITY = (rankdata(LABELS) - 0.5) / LABELS.size
"""Of each architecture, 0 (worst) to 1: what a uniform draw has 1/2 of on average."""
BUDGET = 60
SEEDS = 8


# Trained for moments: what is looked at is what becomes of a search without anything to learn.
RIVALS: dict[str, Callable[[], Method]] = {
    "brp-nas": lambda: BRPNAS(hidden=48, epochs=6, batch=20),
    "seminas": BriefSemiNAS,
    "gbdt-nas": lambda: GBDTNAS(sample=1 / 3, rounds=2),
    "predictor-gcn": lambda: PredictorGCN(epochs=12),
}


def chosen_quality(make: Callable[[], Method], permuted: bool) -> NDArray[np.float64]:
    """The mean true quality of what a rival chose after its first 20 queries. Shape (seeds,)."""
    means = []
    for seed in range(SEEDS):
        order = np.random.default_rng(seed + 100).permutation(LABELS.size)
        problem = Problem(
            BENCHMARK.space, LABELS[order] if permuted else LABELS, BUDGET, 20 * BUDGET
        )
        with suppress(BudgetExhausted):
            make().search(problem, np.random.default_rng(seed))
        means.append(QUALITY[problem.trace[20:]].mean())
    return np.array(means)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", RIVALS)
def test_with_permuted_labels_a_rival_chooses_as_random_search_does(name: str) -> None:
    permuted = chosen_quality(RIVALS[name], permuted=True)
    error = permuted.std(ddof=1) / SEEDS**0.5
    assert abs(permuted.mean() - 0.5) < 3.5 * error
    # The same search with the labels in their places: what the test above could not hold for.
    true = chosen_quality(RIVALS[name], permuted=False)
    assert true.mean() - 0.5 > 3.5 * max(error, true.std(ddof=1) / SEEDS**0.5)
