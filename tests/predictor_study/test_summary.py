"""The study's rows: means over seeds, and differences to ridge paired by seed."""

from dataclasses import replace

import numpy as np
import pytest

from nasarena.suite.predictor_study.measurements import Measurement
from nasarena.suite.predictor_study.summary import Row, study_rows
from nasarena.suite.statistics.intervals import mean_interval
from nasarena.suite.statistics.samples import Estimate

ONE = Measurement("a/b", "gp", 50, 0, tau=0.5, tau_top=0.1, precision=0.2, top=9, table_sha256="0")


def measured(predictor: str, taus: dict[int, float], labels: int = 50) -> list[Measurement]:
    return [
        replace(ONE, predictor=predictor, seed=seed, tau=tau, labels=labels)
        for seed, tau in taus.items()
    ]


def row_of(rows: list[Row], predictor: str, labels: int = 50) -> Row:
    (row,) = [row for row in rows if (row.predictor, row.labels) == (predictor, labels)]
    return row


def test_means_with_their_intervals() -> None:
    taus = [0.5, 0.6, 0.64, 0.3, 0.41, 0.49]
    (row,) = study_rows(measured("gp", dict(enumerate(taus))))
    interval = mean_interval(np.array(taus))
    assert interval is not None
    assert (row.seeds, row.top, row.tau.value) == (6, 9, pytest.approx(0.49))
    assert (row.tau.low, row.tau.high) == pytest.approx(interval, rel=1e-5)
    assert row.precision == Estimate(0.2, agreeing=6)


def test_differences_to_ridge_are_paired_by_seed() -> None:
    # Seeds differ by far more than predictors do: unpaired, nothing would be seen.
    rows = study_rows(
        measured("gp", {0: 0.1, 1: 0.5, 2: 0.9, 3: 0.3, 4: 0.7, 5: 0.2})
        + measured("ridge", {2: 0.85, 1: 0.46, 0: 0.04, 5: 0.15, 4: 0.66, 3: 0.24})
    )
    difference = row_of(rows, "gp").tau_minus_ridge
    assert difference is not None
    assert difference.value == pytest.approx(0.05)
    assert difference.low is not None
    assert 0.04 <= difference.low <= difference.value
    assert row_of(rows, "ridge").tau_minus_ridge is None


def test_seeds_and_labels_that_ridge_has_not_are_not_compared() -> None:
    rows = study_rows(
        measured("gp", {0: 0.7, 1: 0.2})
        + measured("gp", {0: 0.8}, labels=100)
        + measured("ridge", {0: 0.6, 5: 0.0})
    )
    difference = row_of(rows, "gp").tau_minus_ridge
    assert difference is not None
    assert (difference.value, difference.low) == (pytest.approx(0.1), None)
    assert row_of(rows, "gp", labels=100).tau_minus_ridge is None


def test_one_seed_has_no_interval() -> None:
    (row,) = study_rows([ONE])
    assert (row.tau.value, row.tau.low, row.tau.high) == (0.5, None, None)


def test_rows_are_by_benchmark_and_labels_highest_tau_first_in_whatever_order_measured() -> None:
    measurements = (
        measured("a", {0: 0.3}, labels=100)
        + measured("b", {0: 0.3}, labels=100)
        + measured("c", {0: 0.4}, labels=100)
        + measured("a", {0: 0.1})
        + [replace(ONE, benchmark="a/a", labels=400)]
    )
    rows = study_rows(measurements)
    assert [(row.benchmark, row.labels, row.predictor) for row in rows] == [
        ("a/a", 400, "gp"),
        ("a/b", 50, "a"),
        *(("a/b", 100, name) for name in "cab"),
    ]
    assert study_rows(measurements[::-1]) == rows
