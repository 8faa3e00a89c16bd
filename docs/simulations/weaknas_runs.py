"""The runs and fits that docs/weaknas.md is about, and how its figures are drawn."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from nasarena.leaderboard.figures.curves import (
    Curve,
    Scale,
    curve,
    curve_legend,
    data_of,
    draw_curves,
)
from nasarena.leaderboard.figures.drawing import Drawing, drawing_of, look
from nasarena.leaderboard.figures.drawing import place_legend as legend
from nasarena.leaderboard.figures.styles import COLOURS, DASHES, Style
from nasarena.suite.methods import choose_methods
from nasarena.suite.statistics.load_run_sets import cell_folders, load_run_sets, put_together
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, restricted_mean

REPOSITORY = Path(__file__).parents[2]
RESULTS, OUT = REPOSITORY / "results", REPOSITORY / "docs" / "weaknas"
FITS = Path(__file__).with_name("weaknas_fits.csv")

BENCHMARK = "nasbench201/cifar100"
RELEASED = {"batch": 10, "top_n": 100, "targets": "z-score", "weight_decay": 1.0}
"""WeakNAS's rule with released settings, as parameters of `weaknas-lite`."""

SETTINGS = {
    "first labels": ("initial", 10, (30, 50, 100)),
    "batch": ("batch", 10, (1, 5, 20, 50)),
    "Top-N": ("top_n", 100, (10, 30, 300, 1000)),
}
"""What is varied: the parameter, its released value, and the others."""

PREDICTORS = {
    "mlp": "the paper's network",
    "small-mlp": "a small network",
    "gbrt": "boosted trees",
}
SEARCHES = {
    "weak": "a sequence of weak predictors",
    "strong-half": "one predictor, then as many of its best",
    "strong-10": "one predictor, then 10 of its best",
    "strong": "random labels",
}
"""The searches of `weaknas_fits.py`; `strong` is one predictor of random labels."""

TOP = 50
ROUNDS = (0, 1, 2, 5, 10, 20, 29)
"""Rounds that are shown; round 0 is the random sample."""

LINES = [
    *(Style(COLOURS[place], dash) for place, dash in zip((0, 4, 2, 1), DASHES, strict=True)),
    Style(COLOURS[3], DASHES[0]),
]


@cache
def stored() -> tuple[RunSet, ...]:
    """The runs of `results/weaknas-settings`."""
    return tuple(load_run_sets(RESULTS / "weaknas-settings"))


@cache
def fits() -> pd.DataFrame:
    """The rows of `weaknas_fits.csv`."""
    return pd.read_csv(FITS)


LOOPS = {"mlp": "weaknas", "small-mlp": "weaknas-lite", "gbrt": "weaknas-gbrt"}
"""The method around each predictor."""


def setting_name(parameter: str = "batch", value: int = 10, predictor: str = "small-mlp") -> str:
    """The method around a network with one setting changed, as it is recorded."""
    given = (RELEASED if predictor == "small-mlp" else {}) | {parameter: value}
    text = ",".join(f"{name}={value}" for name, value in given.items())
    (choice,) = choose_methods([f"{LOOPS[predictor]}[{text}]"])
    return choice.name


METHODS = LOOPS | {"small-mlp": setting_name()}
"""The same, with released settings."""


PUBLISHED = (
    *(*METHODS.values(), "weaknas", "weaknas-forest", "weaknas-ei"),
    *("weaknas-gcn", "weaknas-gp", "predictor-gcn", "brp-nas"),
)
"""The methods whose runs in other results folders are looked at."""


@cache
def published(folder: str) -> dict[tuple[str, str], RunSet]:
    """Their runs on NAS-Bench-201 in a results folder, by method and benchmark."""
    cells = [
        cell
        for cell in cell_folders([RESULTS / folder])
        if cell.name in PUBLISHED and cell.parent.parent.name == "nasbench201"
    ]
    found = put_together(cells, keep_going=False)
    return {(runs.identity.method, runs.identity.benchmark): runs for runs in found}


def whole_runs(predictor: str) -> RunSet:
    """The runs around a predictor that go on after the optimum."""
    (runs,) = (
        one
        for one in stored()
        if one.identity.stop == "budget" and one.identity.method == METHODS[predictor]
    )
    return runs


def weak_runs(predictor: str) -> RunSet:
    """The most runs around a predictor; the 100 published ones stop at the optimum."""
    if predictor == "small-mlp":
        return whole_runs(predictor)
    return published("weaknas")[METHODS[predictor], BENCHMARK]


def samples(runs: RunSet) -> Estimate:
    """The restricted mean of the samples to the optimum."""
    return restricted_mean(runs.samples_to_optimum, runs.identity.budget)


def signed(value: float) -> str:
    """A difference of samples."""
    return f"{round(value):+d}"


def points(value: float) -> str:
    """Regret, or tau."""
    return f"{value:.2f}"


def line(name: str, found: Mapping[int, Estimate]) -> Curve:
    """Means with their band, by number of labels or round."""
    ends = [
        (one.value if one.low is None else one.low, one.value if one.high is None else one.high)
        for one in found.values()
    ]
    low, high = np.array(ends, dtype=np.float64).T
    at = np.array(list(found), dtype=np.float64)
    return curve(name, at, np.array([one.value for one in found.values()]), low, high)


def lines_figure(
    name: str, curves: Sequence[Curve], title: str, says: str, x: str, y: str, top: float | None
) -> Drawing:
    """Curves with bands on plain axes."""
    styles = {it.name: LINES[place] for place, it in enumerate(curves)}
    end = max(it.at[-1] for it in curves)
    with look(name) as (figure, axes):
        scale = Scale(0, end, 1, np.nan, False, lambda at: f"after {at:,.0f} {x}")
        draw_curves(axes, curves, styles, scale)
        axes.set(xlim=(0, end), ylim=(0, top), xlabel=x, ylabel=y)
        legend(figure, *curve_legend(curves, styles))
        return drawing_of(figure, name, title, says, data_of(curves, x, "value"))
