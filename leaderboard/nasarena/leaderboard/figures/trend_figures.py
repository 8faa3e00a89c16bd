"""The figures of a method over commits: its samples, its CPU time, and where they changed."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from nasarena.leaderboard.figures.drawing import (
    INK,
    TICK,
    Drawing,
    add_grid,
    drawing_of,
    look,
    place_legend,
)
from nasarena.leaderboard.figures.sheets import sheet
from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.figures.text_widths import shortened, text_width
from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.gate.steps import Step
from nasarena.suite.gate.trend import Trend
from nasarena.suite.statistics.samples import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

SAMPLES_HEIGHT, TIME_HEIGHT, PANEL_HEIGHT = 2.5, 1.6, 1.35
"""Inches on the page."""

TICKS = 4
"""The most commits that are named below a figure."""

NUMBER, AXIS, ROW = 9, 0.6, 0.16
"""Points of the ratios above steps; inches that the y axis takes; room for a row of ratios, as a
share of the height.
"""

MARKERS = "osD^vP*X"
"""Of environments, the first first; of more, the last."""


def trend_figure(trend: Trend, style: Style, name: str) -> Drawing | None:
    """Samples over commits, below them CPU milliseconds per query; bars are 95 % intervals.

    Both are geometric means over the benchmarks of the last runs. Vertical lines are steps.
    `name` makes the SVG's ids unique on a page. None where no commit has all of these benchmarks.
    """
    if not any(trend.mean_samples):
        return None
    has_times = any(trend.milliseconds)
    heights = [SAMPLES_HEIGHT, TIME_HEIGHT] if has_times else [SAMPLES_HEIGHT]
    with look(name) as (figure, first):
        figure.delaxes(first)
        panels = figure.subplots(
            len(heights), 1, sharex=True, squeeze=False, height_ratios=heights
        )[:, 0]
        for axes in panels:
            axes.set_facecolor("none")
            add_grid(axes, sheet().scale)
        _draw(panels[0], trend.mean_samples, style)
        _draw_steps(panels[0], trend.steps)
        panels[0].set_ylabel("samples")
        if has_times:
            _draw_times(panels[1], trend, style)
            _draw_steps(panels[1], trend.time_steps)
            panels[1].set_ylabel("CPU ms per query")
        _name_commits(panels[-1], trend)
        figure.set_size_inches(sheet().width, sum(heights) * sheet().height)
        environments = environments_of(trend)
        if has_times and len(environments) > 1:
            keys, names = _legend(environments)
            place_legend(figure, keys, names, height=sum(heights))
        drawing = drawing_of(
            figure,
            name,
            f"Samples and CPU time of {trend.method} over commits",
            f"{_said(trend)} {_steps_said(trend)}",
            _data(trend),
        )
    return drawing


def benchmarks_figure(trend: Trend, style: Style, name: str) -> Drawing | None:
    """Samples over commits on each benchmark, a panel each; None where there is only one."""
    names = trend.series.benchmarks
    if len(names) < 2:
        return None
    lines = -(-len(names) // 2)
    with look(name) as (figure, first):
        figure.delaxes(first)
        panels = figure.subplots(lines, 2, sharex=True, squeeze=False).ravel()
        size = TICK * sheet().scale
        titles = shortened(names, 0.42 * sheet().width, size)
        for axes, benchmark, title in zip(panels, names, titles, strict=False):
            axes.set_facecolor("none")
            add_grid(axes, sheet().scale)
            _draw(axes, trend.samples[benchmark], style)
            for step in trend.steps:
                _step_line(axes, step)
            axes.set_title(title, fontsize=size, parse_math=False)
            _name_commits(axes, trend, most=2)
        for axes in panels[len(names) :]:
            figure.delaxes(axes)
        if len(names) % 2 and lines > 1:  # below it nothing is drawn
            panels[len(names) - 2].tick_params(labelbottom=True)
        figure.set_size_inches(sheet().width, lines * PANEL_HEIGHT * sheet().height + 0.3)
        drawing = drawing_of(
            figure,
            name,
            f"Samples of {trend.method} over commits, by benchmark",
            f"A panel for each of {len(names)} benchmarks: {', '.join(names)}. "
            f"{_steps_said(trend)}",
            _benchmarks_data(trend),
        )
    return drawing


def environments_of(trend: Trend) -> list[str]:
    """The environments of a method's runs, in the order in which they come."""
    return list(dict.fromkeys(name for name in trend.environments if name is not None))


def letter_of(trend: Trend, place: int) -> str:
    """What the environment of a moment is called; nothing where there were several."""
    environment = trend.environments[place]
    return "" if environment is None else letter(environments_of(trend).index(environment))


def letter(place: int) -> str:
    """`A` for the first, `B` for the second, and so on; a number after `Z`."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def ratio_text(ratio: Estimate | None) -> str:
    """`1.35 [1.21, 1.50] times`."""
    return "" if ratio is None else f"{interval_text(ratio, number)} times"


def _draw(axes: "Axes", estimates: Sequence[Estimate | None], style: Style) -> None:
    """Means with bars, joined where they are neighbours; from 0 on."""
    _draw_runs(axes, [(place, one, "") for place, one in enumerate(estimates)], style, {"": "o"})


def _draw_times(axes: "Axes", trend: Trend, style: Style) -> None:
    """Times with bars and the marks of their environments, joined within these."""
    points = [
        (place, one, environment or "")
        for place, (one, environment) in enumerate(
            zip(trend.milliseconds, trend.environments, strict=True)
        )
    ]
    _draw_runs(axes, points, style, _markers(environments_of(trend)) | {"": "x"})


def _markers(environments: Sequence[str]) -> dict[str, str]:
    return {name: MARKERS[min(place, len(MARKERS) - 1)] for place, name in enumerate(environments)}


def _draw_runs(
    axes: "Axes",
    points: Sequence[tuple[int, Estimate | None, str]],
    style: Style,
    markers: dict[str, str],
) -> None:
    size = 4.5 if len(points) <= 40 else 2.5
    for (environment, known), group in groupby(points, lambda it: (it[2], it[1] is not None)):
        if not known:
            continue
        drawn = [(place, one) for place, one, _ in group if one is not None]
        places, values = [place for place, _ in drawn], [one.value for _, one in drawn]
        marker = markers[environment]
        axes.plot(
            places,
            values,
            color=style.colour,
            linewidth=0.0 if marker == "x" else 1.4,
            marker=marker,
            markersize=size,
        )
        for place, one in drawn:
            if one.low is not None and one.high is not None:
                axes.vlines(place, one.low, one.high, color=style.colour, alpha=0.55, linewidth=1.6)
    tops = [one.high or one.value for _, one, _ in points if one is not None]
    axes.set_ylim(0, 1.08 * max(tops, default=1))
    axes.set_xlim(-0.5, len(points) - 0.5)


def _draw_steps(axes: "Axes", found: Sequence[Step]) -> None:
    """A line before the first commit of each step, with its ratio above it.

    Ratios that would meet stand below each other.
    """
    size, (first, end) = NUMBER * sheet().scale, axes.get_xlim()
    ends: list[float] = []  # of the texts in each row, in shares of the width
    texts = []
    for step in found:
        width = text_width(ratio_text(step.ratio), size) / (sheet().width - AXIS)
        centre = (step.at - 0.5 - first) / (end - first)
        left = max(0.0, min(centre - width / 2, 1 - width))
        row = next((row for row, taken in enumerate(ends) if taken <= left), len(ends))
        ends[row : row + 1] = [left + width + 0.03]
        texts.append((ratio_text(step.ratio), left, row))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (1 + ROW * len(ends)))
    for step in found:
        _step_line(axes, step, top=1 / (1 + ROW * len(ends)))
    for said, left, row in texts:
        text = axes.annotate(
            said,
            (left, 1),
            xycoords="axes fraction",
            xytext=(0, -1.25 * size * row),
            textcoords="offset points",
            va="top",
            fontsize=NUMBER,
            color=INK,
        )
        text.set_parse_math(False)


def _step_line(axes: "Axes", step: Step, top: float = 1) -> None:
    axes.axvline(
        step.at - 0.5, ymax=top, color=INK, alpha=0.75, linewidth=1.1, linestyle=(0, (4, 2))
    )


def _name_commits(axes: "Axes", trend: Trend, most: int = TICKS) -> None:
    """The hashes and dates of some commits, the last one among them."""
    last = len(trend.series.moments) - 1
    count = min(most, last + 1)
    shown = sorted({round(last * place / max(count - 1, 1)) for place in range(count)})
    names = [
        f"{commit.sha[:7]}\n{commit.time:%Y-%m-%d}"
        for commit in (trend.series.moments[place].commit for place in shown)
    ]
    axes.set_xticks(shown, names)


def _legend(environments: Sequence[str]) -> tuple[list["Line2D"], list[str]]:
    from matplotlib.lines import Line2D

    markers = _markers(environments)
    keys = [
        Line2D([], [], color=INK, linewidth=0, marker=markers[name], markersize=4.5)
        for name in environments
    ]
    return keys, [f"environment {letter(place)}" for place in range(len(environments))]


def _said(trend: Trend) -> str:
    first, last = trend.mean_samples[0], trend.mean_samples[-1]
    begun = "" if first is None else f"{interval_text(first, number)} at the first, "
    ended = "not known" if last is None else interval_text(last, number)
    return f"{len(trend.mean_samples)} commits; mean samples: {begun}{ended} at the last."


def _steps_said(trend: Trend) -> str:
    if not trend.steps:
        return "No step."
    said = (
        f"at {trend.series.moments[step.at].commit.sha[:7]} {ratio_text(step.ratio)}"
        for step in trend.steps
    )
    return f"Steps: {'; '.join(said)}."


def _data(trend: Trend) -> "pd.DataFrame":
    """What is drawn, a line for each commit."""
    import pandas as pd

    ratios = {step.at: step.ratio for step in trend.steps}
    time_ratios = {step.at: step.ratio for step in trend.time_steps}
    return pd.DataFrame(
        [
            {
                "commit": moment.commit.sha,
                "time": moment.commit.time.isoformat(),
                **_columns("samples", trend.mean_samples[place]),
                **_columns("step", ratios.get(place)),
                **_columns("cpu_ms_per_query", trend.milliseconds[place]),
                **_columns("cpu_step", time_ratios.get(place)),
                "environment": letter_of(trend, place),
            }
            for place, moment in enumerate(trend.series.moments)
        ]
    )


def _benchmarks_data(trend: Trend) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "benchmark": name,
                "commit": moment.commit.sha,
                "time": moment.commit.time.isoformat(),
                **_columns("samples", one),
            }
            for name, estimates in trend.samples.items()
            for moment, one in zip(trend.series.moments, estimates, strict=True)
            if one is not None
        ]
    )


def _columns(name: str, one: Estimate | None) -> dict[str, float | None]:
    return {
        name: None if one is None else one.value,
        f"{name}_low": None if one is None else one.low,
        f"{name}_high": None if one is None else one.high,
    }
