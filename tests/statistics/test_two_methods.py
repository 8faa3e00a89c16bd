"""Two methods after equal numbers of labels, against arithmetic."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.judged_predictors import JudgedPredictors
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import mean_of
from nasarena.suite.statistics.two_methods import PairedMeasure, paired_measures

VALIDATION = [60.0, 70.0, 80.0, 90.0, 50.0, 40.0]
TRACES = {"a": [[0, 1, 3], [4, 3], [5, 4, 0, 2]], "b": [[0, 2, 1, 3], [5, 0, 1], [4, 5, 2]]}
TAUS = {"a": [0.1, 0.25, 0.4], "b": [0.3, 0.2, 0.1]}


def judged(taus: list[float], labels: int) -> JudgedPredictors:
    """A predictor a run, shown after so many labels."""
    count = len(taus)
    values = np.array(taus)
    qualities = {"tau": values, "tau_top": values / 2, "precision": np.full(count, 0.5)}
    return JudgedPredictors(np.arange(count), np.full(count, labels), qualities)


def changed(runs: RunSet, **changes: Any) -> RunSet:
    """Other runs on the same benchmark, which is none that is known by name."""
    other = replace(runs, **changes)
    other.__dict__["benchmark"] = runs.benchmark
    # What one training run would answer is here the mean, so that arithmetic stays short.
    other.__dict__["_drawn_labels"] = runs.benchmark.table.mean_validation[runs.ids]
    return other


@pytest.fixture(scope="module")
def cells(make_benchmark: Any, make_runs: Any) -> dict[str, RunSet]:
    """Two methods, the second with its seeds one further, budget 5; predictors after 2 labels."""
    benchmark = make_benchmark(VALIDATION)
    return {
        name: changed(
            make_runs(
                benchmark,
                TRACES[name],
                budget=5,
                method=name,
                labels="one_run",
                seeds=[first, first + 1, first + 2],
            ),
            judged=judged(TAUS[name], 2),
        )
        for name, first in (("a", 0), ("b", 1))
    }


@pytest.fixture
def found(cells: dict[str, RunSet]) -> dict[tuple[int, str], PairedMeasure]:
    rows = paired_measures(comparisons(list(cells.values())), "a", "b", [1, 2, 3])
    return {(row.labels, row.measure): row for row in rows}


def test_only_seeds_in_common_count(found: dict[tuple[int, str], PairedMeasure]) -> None:
    assert {(row.paired, row.seeds_a, row.seeds_b) for row in found.values()} == {(True, 2, 2)}
    assert {(row.a, row.b, row.benchmark) for row in found.values()} == {("a", "b", "listed/one")}


def test_samples_are_those_up_to_the_budget(found: dict[tuple[int, str], PairedMeasure]) -> None:
    row = found[5, "samples"]
    # Seeds 1 and 2: a needs 2 and never finds it; b needs 4 and never finds it.
    assert (row.of_a.value, row.of_b.value, row.difference.value) == (3.5, 4.5, -1)
    assert (row.of_a.low, row.difference.low) == (None, None), "two seeds give no interval"


def test_regret_is_of_the_best_validated(found: dict[tuple[int, str], PairedMeasure]) -> None:
    # After 1, 2, 3 labels, seeds 1 and 2.
    of_a = {1: [40, 50], 2: [0, 40], 3: [0, 30]}
    of_b = {1: [30, 50], 2: [10, 30], 3: [10, 20]}
    for labels, a in of_a.items():
        row = found[labels, "regret"]
        assert row.of_a.value == np.mean(a)
        assert row.of_b.value == np.mean(of_b[labels])
        assert row.difference.value == np.mean(a) - np.mean(of_b[labels])


def test_predictors_are_those_shown_by_then(found: dict[tuple[int, str], PairedMeasure]) -> None:
    assert (1, "tau") not in found
    for labels in (2, 3):
        row = found[labels, "tau"]
        differences = np.array([0.25 - 0.3, 0.4 - 0.2])
        assert row.difference == mean_of(differences).rounded()
        assert found[labels, "tau_top"].difference.value == pytest.approx(0.0375)
        assert found[labels, "precision"].difference.value == 0


def test_where_labels_are_means_all_runs_count(cells: dict[str, RunSet]) -> None:
    by_mean = [
        changed(runs, identity=replace(runs.identity, labels="mean")) for runs in cells.values()
    ]
    rows = {
        (row.labels, row.measure): row
        for row in paired_measures(comparisons(by_mean), "a", "b", [3])
    }
    assert {(row.paired, row.seeds_a, row.seeds_b) for row in rows.values()} == {(False, 3, 3)}
    samples = rows[5, "samples"]
    # a needs 3, 2 and never finds it; b needs 4 and never finds it twice.
    assert samples.of_a.value == pytest.approx((3 + 2 + 5) / 3, rel=1e-5)
    assert samples.difference.value == pytest.approx((10 - 14) / 3, rel=1e-5)
    assert samples.p == compare(by_mean[0], by_mean[1], 5).p
    tau = rows[3, "tau"]
    assert tau.difference.value == pytest.approx(0.25 - 0.2)
    assert (
        tau.difference
        == difference_of_means(mean_of(np.array(TAUS["a"])), mean_of(np.array(TAUS["b"]))).rounded()
    )
    assert tau.p is None


def test_a_measure_that_one_has_not_is_left_out(cells: dict[str, RunSet]) -> None:
    silent = changed(cells["b"], judged=judged([], 0))
    rows = paired_measures(comparisons([cells["a"], silent]), "a", "b")
    assert {row.measure for row in rows} == {"samples", "regret"}
    assert {row.labels for row in rows} == {5}


def test_what_cannot_be_compared_is_said(cells: dict[str, RunSet]) -> None:
    both = comparisons(list(cells.values()))
    with pytest.raises(UserError, match="hold no runs of c; they hold a, b"):
        paired_measures(both, "a", "c")
    with pytest.raises(UserError, match="end at 5 queries or before"):
        paired_measures(both, "a", "b", [6, 7])
    apart = changed(cells["b"], seeds=np.array([7, 8, 9]))
    with pytest.raises(UserError, match="none with the same seed"):
        paired_measures(comparisons([cells["a"], apart]), "a", "b")
