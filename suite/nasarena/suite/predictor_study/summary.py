"""The predictor study's table: means over seeds, with intervals, and against ridge."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasarena.suite.predictor_study.measurements import Measurement
from nasarena.suite.statistics.samples import Estimate, mean_of

REFERENCE = "ridge"
"""Ridge regression on the one-hot encoding: the predictor to beat."""


@dataclass(frozen=True)
class Row:
    """One predictor with so many labels on one benchmark.

    Means over seeds, each with its 95 % bootstrap interval: `tau` is Kendall's over the whole
    space, `tau_top` over the true top, `precision` the share of the `top` best predicted that are
    in it. `tau_minus_ridge` is the difference to ridge with the same labelled architectures: paired
    by seed, None where there is no ridge to compare with.
    """

    benchmark: str
    labels: int
    predictor: str
    seeds: int
    top: int
    tau: Estimate
    tau_top: Estimate
    precision: Estimate
    tau_minus_ridge: Estimate | None
    table_sha256: str


Cell = dict[int, Measurement]
"""The measurements of one predictor, benchmark and number of labels, by seed."""


def study_rows(measurements: Sequence[Measurement]) -> list[Row]:
    """The rows of measurements: by benchmark and labels, highest tau first."""
    cells: dict[tuple[str, int, str], Cell] = defaultdict(dict)
    for one in measurements:
        cells[one.benchmark, one.labels, one.predictor][one.seed] = one
    rows = [
        _row(cell, cells.get((benchmark, labels, REFERENCE), {}))
        for (benchmark, labels, _), cell in cells.items()
    ]
    return sorted(rows, key=lambda row: (row.benchmark, row.labels, -row.tau.value, row.predictor))


def _row(cell: Cell, reference: Cell) -> Row:
    seeds = sorted(cell)
    first = cell[seeds[0]]
    paired = [seed for seed in seeds if seed in reference and first.predictor != REFERENCE]
    return Row(
        benchmark=first.benchmark,
        labels=first.labels,
        predictor=first.predictor,
        seeds=len(seeds),
        top=first.top,
        tau=_mean([cell[seed].tau for seed in seeds]),
        tau_top=_mean([cell[seed].tau_top for seed in seeds]),
        precision=_mean([cell[seed].precision for seed in seeds]),
        tau_minus_ridge=_mean([cell[seed].tau - reference[seed].tau for seed in paired])
        if paired
        else None,
        table_sha256=first.table_sha256,
    )


def _mean(values: list[float]) -> Estimate:
    return mean_of(np.array(values)).rounded()
