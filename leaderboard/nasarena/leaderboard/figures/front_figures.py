"""Figures of two objectives: fronts with methods' points, and hypervolume against queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.figures.benchmark_figures import (
    POINTS,
    BenchmarkCurves,
    draw_over_queries,
    regret_at_budget,
    regret_axis,
    searched_on,
)
from nasarena.leaderboard.figures.curves import Scale, after, curve, data_of, ends, round_down
from nasarena.leaderboard.figures.drawing import (
    INK,
    LONGEST,
    Drawing,
    drawing_of,
    legend_lines,
    look,
    mark,
    place_legend,
)
from nasarena.leaderboard.figures.styles import Style
from nasarena.suite.arrays import Ids
from nasarena.suite.statistics.fronts import (
    TwoObjectives,
    front,
    hypervolume_shares,
    measured_fronts,
)
from nasarena.suite.statistics.intervals import mean_intervals, rounded
from nasarena.suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

TRUE_FRONT = "true front"

REACH = 4
"""The figure of fronts reaches so many times as far down from the best as the front's median."""


FROM_MANY, MANY_TICKS = 10_000, 5
"""Values of a metric from which on an axis has few ticks, with all their digits."""


@dataclass(frozen=True)
class MedianFront:
    """What the run of a method with the median hypervolume has measured, the best metric first."""

    method: str
    seed: int
    ids: Ids


def median_front(runs: RunSet, both: TwoObjectives) -> MedianFront:
    """The front of the run whose hypervolume at the budget is the median, the lower of two.

    Of equal ones the first seed's.
    """
    budget = np.array([runs.identity.budget])
    shares = hypervolume_shares(runs, both, budget)[:, 0]
    order = np.argsort(shares, kind="stable")
    middle = shares[order[(runs.count - 1) // 2]]
    place = int(np.flatnonzero(shares == middle)[0])
    on_it = measured_fronts(runs, both, budget)[0][place]
    charged = runs.ids[runs.starts[place] : runs.starts[place + 1]]
    ids = charged[on_it[: charged.size]]
    best_first = np.argsort(-both.second[ids], kind="stable")
    return MedianFront(runs.identity.method, int(runs.seeds[place]), ids[best_first])


def fronts(
    run_sets: Sequence[RunSet], both: TwoObjectives, styles: Mapping[str, Style], name: str
) -> Drawing:
    """The true front as a line, and as dots what the median run of each method measured.

    Architectures that lie far below the others are left out of the drawing, and not of the data.
    `name` makes the SVG's ids unique on a page.
    """
    measured = [median_front(runs, both) for runs in run_sets]
    objective = both.benchmark.objective
    with look(name) as (figure, axes):
        _draw_steps(axes, both, both.front)
        for place, one in enumerate(measured):
            _draw_points(axes, both, one, styles[one.method], 3 + place / len(measured))
        _place_axes(axes, both)
        shown = {one.method: styles[one.method] for one in measured}
        place_legend(figure, *legend_lines(shown, TRUE_FRONT), longest=LONGEST)
        drawing = drawing_of(
            figure,
            name,
            f"Fronts of {objective.validation} and {both.metric.name} on {searched_on(run_sets)}",
            f"The true front has {both.front.size} architectures. Measured by the median run: "
            + "; ".join(f"{one.method} {one.ids.size}" for one in measured)
            + ".",
            _data(measured, both),
        )
    return drawing


def _draw_steps(axes: "Axes", both: TwoObjectives, ids: Ids) -> None:
    """The best that is known with so much of the metric or less (more, of what is maximised)."""
    x, y = both.as_measured(both.second[ids]), _measured_labels(both, ids)
    line = axes.plot(x, y, color=INK, alpha=0.55, linewidth=0.9, drawstyle="steps-post")
    line += axes.plot(x, y, ".", color=INK, alpha=0.55, markersize=3.5)
    mark(line, TRUE_FRONT)


def _draw_points(
    axes: "Axes", both: TwoObjectives, one: MedianFront, style: Style, zorder: float
) -> None:
    """Dots, and a line through those that none of the others dominates."""
    x, y = both.as_measured(both.second[one.ids]), _measured_labels(both, one.ids)
    best = front(both.first[one.ids], both.second[one.ids])
    drawn: list[Artist] = []
    drawn += axes.plot(x, y, "o", color=style.colour, markersize=4, alpha=0.85, zorder=zorder)
    drawn += axes.plot(
        x[best],
        y[best],
        color=style.colour,
        linestyle=(0, style.dash) if style.dash else "-",
        linewidth=1.1,
        alpha=0.7,
        drawstyle="steps-post",
        zorder=zorder,
    )
    mark(drawn, one.method, f"{one.method}: {one.ids.size} on the front of seed {one.seed}")


def _measured_labels(both: TwoObjectives, ids: Ids) -> NDArray[np.float64]:
    return both.benchmark.objective.measured(both.first[ids])


def _place_axes(axes: "Axes", both: TwoObjectives) -> None:
    """Both objectives with their units, the good part of the labels in view."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    objective, metric = both.benchmark.objective, both.metric
    labels = both.first[both.front]
    best, middle, worst = float(labels.max()), float(np.median(labels)), float(labels.min())
    bottom = max(worst, best - REACH * (best - middle)) if best > middle else worst
    room = 0.04 * (best - bottom) or 1.0
    low, high = sorted(objective.measured(np.array([bottom - room, best + room])).tolist())
    seconds = both.as_measured(both.second[both.front][labels >= bottom])
    left, right = float(seconds.min()), float(seconds.max())
    margin = 0.04 * (right - left) or 1.0
    if right >= FROM_MANY:  # as parameters: matplotlib would write them as 0.2 to 1.2 times 1e6
        axes.xaxis.set_major_locator(MaxNLocator(MANY_TICKS))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    unit = f" ({objective.unit})" if objective.unit else ""
    metric_unit = f" ({metric.unit})" if metric.unit else ""
    axes.set(
        xlim=(left - margin, right + 4 * margin),
        ylim=(low, high),
        xlabel=f"{metric.name}{metric_unit}".replace("$", r"\$"),
        ylabel=f"{objective.validation}{unit}".replace("$", r"\$"),
    )


def _data(measured: Sequence[MedianFront], both: TwoObjectives) -> "pd.DataFrame":
    import pandas as pd

    rows = [(TRUE_FRONT, "", both.front), *((one.method, one.seed, one.ids) for one in measured)]
    space = both.benchmark.space
    return pd.DataFrame(
        [
            (method, seed, space.key(id), label, second)
            for method, seed, ids in rows
            for id, label, second in zip(
                ids.tolist(),
                map(rounded, _measured_labels(both, ids).tolist()),
                map(rounded, both.as_measured(both.second[ids]).tolist()),
                strict=True,
            )
        ],
        columns=["method", "seed", "architecture", "validation", both.metric.name],
    )


def missing_curves(
    run_sets: Sequence[RunSet], both: TwoObjectives, points: int = POINTS
) -> BenchmarkCurves:
    """How much of the true front's hypervolume is missing after so many queries, percent.

    Means over runs with 95 % bootstrap bands; least first at the smallest budget.
    """
    budgets = [runs.identity.budget for runs in run_sets]
    curves = []
    for runs in run_sets:
        queries = np.unique(np.geomspace(1, runs.identity.budget, points).round())
        missing = 100 * (1 - hypervolume_shares(runs, both, queries.astype(np.int64)))
        missing = np.maximum(missing, 0)
        band = mean_intervals(missing.T)
        curves.append(curve(runs.identity.method, queries, missing.mean(axis=0), *band))
    curves.sort(key=lambda it: (*regret_at_budget(it, min(budgets)), it.name))
    end = max(budgets)
    start = min(10, round_down(max(1, end / 20)), end / 2)
    unit = run_sets[0].unit
    scale = Scale(start, end, 1, 0, False, after("% of the hypervolume missing", unit))
    return BenchmarkCurves(curves, [], scale, budgets, unit=unit)


def hypervolume_missing(
    run_sets: Sequence[RunSet],
    both: TwoObjectives,
    styles: Mapping[str, Style],
    name: str,
    points: int = POINTS,
) -> Drawing:
    """The figure of `missing_curves`. `name` makes the SVG's ids unique on a page."""
    found = missing_curves(run_sets, both, points)
    with look(name) as (figure, axes):
        draw_over_queries(axes, found, styles)
        regret_axis(axes, found.curves, found.scale, "hypervolume missing (%)")
        place_legend(figure, *found.legend(styles), longest=LONGEST)
        drawing = drawing_of(
            figure,
            name,
            f"Hypervolume missing of {both.benchmark.objective.validation} and "
            f"{both.metric.name} on {searched_on(run_sets)}",
            f"Mean over runs in percent of the true front's, against {found.axis}. At the end: "
            f"{ends(found.curves, 1)}.",
            data_of(found.curves, "queries", "hypervolume_missing"),
        )
    return drawing
