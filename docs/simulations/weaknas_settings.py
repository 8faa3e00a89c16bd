"""One setting of WeakNAS's rule changed at a time: tables and figures of docs/weaknas.md."""

from functools import cache

import numpy as np
import pandas as pd
from weaknas_runs import (
    BENCHMARK,
    PREDICTORS,
    SETTINGS,
    samples,
    setting_name,
    signed,
    stored,
    weak_runs,
    whole_runs,
)

from nasarena.leaderboard.figures.drawing import HEIGHT, INK, Drawing, drawing_of, look
from nasarena.leaderboard.figures.styles import COLOURS
from nasarena.leaderboard.tables.formats import Column
from nasarena.leaderboard.texts import NOTHING, interval_text, number, percent
from nasarena.suite.statistics.pairwise import Difference, compare, corrected
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import found_share


def settings_runs(predictor: str) -> dict[str, RunSet]:
    """The runs with each setting, first those with the released ones."""
    runs = {one.identity.method: one for one in stored() if one.identity.stop == "optimum"}
    names = [
        setting_name(parameter, value, predictor)
        for parameter, _, values in SETTINGS.values()
        for value in values
    ]
    released = weak_runs(predictor)
    return {released.identity.method: released} | {
        name: runs[name] for name in names if name in runs
    }


@cache
def settings_differences(predictor: str, same_seeds: bool = False) -> dict[str, Difference]:
    """Each setting against the released ones; p is corrected over the settings.

    With `same_seeds` against the whole runs, whose seeds are those of the settings.
    """
    released, *others = settings_runs(predictor).values()
    if same_seeds:
        released = whole_runs(predictor)
    compared = corrected([compare(runs, released, released.identity.budget) for runs in others])
    return {one.a: one for one in compared}


def settings_columns(predictor: str) -> list[Column]:
    """Samples with each setting, and the difference from the released ones."""
    runs, differences = settings_runs(predictor), settings_differences(predictor)
    changed = {
        setting_name(parameter, value, predictor): (title, str(value))
        for title, (parameter, _, values) in SETTINGS.items()
        for value in values
    }
    lines = [("nothing", NOTHING), *(changed[name] for name in differences)]

    def found(one: RunSet) -> str:
        return interval_text(found_share(one.samples_to_optimum, one.identity.budget), percent)

    return [
        Column("changed", [title for title, _ in lines], number=False),
        Column("to", [value for _, value in lines]),
        Column("seeds", [str(one.count) for one in runs.values()]),
        Column("samples", [interval_text(samples(one), number) for one in runs.values()]),
        Column("found, %", [found(one) for one in runs.values()]),
        Column(
            "difference",
            [
                NOTHING,
                *(interval_text(one.mean, signed) for one in differences.values() if one.mean),
            ],
        ),
        Column("p", [NOTHING, *(f"{one.p_holm:.2g}" for one in differences.values())]),
    ]


def settings_of(predictor: str, figure_name: str) -> Drawing:
    """Mean samples with each setting as a dot with its interval."""
    runs, marks = settings_runs(predictor), []
    as_it_is = next(iter(runs))
    for parameter, released, values in SETTINGS.values():
        for value in sorted((released, *values)):
            name = as_it_is if value == released else setting_name(parameter, value, predictor)
            if name in runs:
                mean = samples(runs[name]).rounded()
                marks.append((f"{parameter} {value:,}", mean.value, mean.low, mean.high, name))
    data = pd.DataFrame(marks, columns=["setting", "samples", "low", "high", "method"])
    places = (
        np.arange(len(marks))
        + data["setting"]
        .str.split(" ")
        .str[0]
        .ne(data["setting"].str.split(" ").str[0].shift())
        .cumsum()
    )
    as_released = data["method"] == as_it_is
    with look(figure_name) as (figure, axes):
        for chosen, colour in ((~as_released, COLOURS[0]), (as_released, COLOURS[4])):
            part = data[chosen]
            ends = [part["samples"] - part["low"], part["high"] - part["samples"]]
            axes.errorbar(
                part["samples"], places[chosen], xerr=ends, fmt="o", color=colour, ms=5, lw=1.6
            )
        axes.set_yticks(places, data["setting"])
        axes.invert_yaxis()
        axes.set(xlabel="mean samples to the optimum, at most 300", xlim=(0, 300))
        axes.axvline(data.loc[as_released, "samples"].iloc[0], color=INK, alpha=0.55, lw=0.9)
        figure.set_size_inches(5.2, HEIGHT + 0.12 * len(marks))
        return drawing_of(
            figure,
            figure_name,
            "Samples to the optimum by setting",
            f"WeakNAS with {PREDICTORS[predictor]} on {BENCHMARK}, with 95 % intervals. "
            "One setting differs from the released ones, which are orange, and the line.",
            data,
        )


def settings_figure() -> Drawing:
    """`settings_of` the paper's network."""
    return settings_of("mlp", "weaknas-settings")


def settings_small_figure() -> Drawing:
    """`settings_of` the small network."""
    return settings_of("small-mlp", "weaknas-settings-small")
