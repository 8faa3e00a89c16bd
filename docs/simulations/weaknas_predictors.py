"""WeakNAS's loop around four predictors: a figure of docs/weaknas.md."""

import numpy as np
import pandas as pd
from weaknas_runs import METHODS, published

from nasarena.leaderboard.figures.drawing import HEIGHT, Drawing, drawing_of, look
from nasarena.leaderboard.figures.styles import COLOURS
from nasarena.suite.statistics.run_set import cut_at
from nasarena.suite.statistics.samples import restricted_mean

CAP = 300
DATASETS = ("cifar10", "cifar100", "imagenet16-120")
COMPARED = {
    "the paper's network": ("weaknas", "weaknas"),
    "a small network": ("nasbench201", METHODS["small-mlp"]),
    "boosted trees": ("weaknas", "weaknas-gbrt"),
    "a random forest": ("weaknas", "weaknas-forest"),
}
"""Of each predictor: where its 100 published runs are, and of which method."""


def predictors_figure() -> Drawing:
    """Mean samples around each predictor as a dot with its interval, by table."""
    marks = []
    for dataset in DATASETS:
        for predictor, (folder, method) in COMPARED.items():
            runs = cut_at(published(folder)[method, f"nasbench201/{dataset}"], CAP)
            mean = restricted_mean(runs.samples_to_optimum, CAP).rounded()
            marks.append((dataset, predictor, mean.value, mean.low, mean.high, method))
    data = pd.DataFrame(
        marks, columns=["benchmark", "predictor", "samples", "low", "high", "method"]
    )
    places = np.arange(len(data)) + np.repeat(np.arange(len(DATASETS)), len(COMPARED))
    with look("weaknas-predictors") as (figure, axes):
        for number, predictor in enumerate(COMPARED):
            chosen = data["predictor"] == predictor
            part = data[chosen]
            ends = [part["samples"] - part["low"], part["high"] - part["samples"]]
            axes.errorbar(
                part["samples"],
                places[chosen],
                xerr=ends,
                fmt="o",
                color=COLOURS[number],
                ms=5,
                lw=1.6,
            )
        axes.set_yticks(places, data["benchmark"] + ": " + data["predictor"])
        axes.invert_yaxis()
        axes.set(xlabel=f"mean samples, at most {CAP}", xlim=(0, CAP))
        figure.set_size_inches(5.2, HEIGHT + 0.12 * len(data))
        return drawing_of(
            figure,
            "weaknas-predictors",
            "Samples to the optimum by predictor",
            "WeakNAS's loop with the released settings on NAS-Bench-201, 100 runs each, with "
            "95 % intervals.",
            data,
        )
