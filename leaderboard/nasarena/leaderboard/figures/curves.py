"""Curves of methods with their bands, drawn so that they can be told apart and found again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.figures.drawing import INK, legend_lines, mark
from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.texts import spent
from nasarena.suite.errors import printable
from nasarena.suite.statistics.intervals import rounded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

FEW = 6
"""Curves whose bands lie over each other and can still be told apart; those of more are paler."""


def axis_of(unit: str) -> str:
    """What curves over a run are drawn against, by what its budget counts."""
    return "charged queries" if unit == "queries" else f"{unit} spent"


def after(what: str, unit: str) -> Callable[[float], str]:
    """What the tooltips of curves over a run say: `what`, and after how much of its budget."""
    return lambda at: f"{what} after {spent(unit, round(at))}"


@dataclass(frozen=True)
class Curve:
    """One curve: `values` at `at`, where the band is `low` to `high`, NaN where there is none.

    All have shape (points,) and 6 significant digits; make it with `curve`.
    """

    name: str
    at: NDArray[np.float64]
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def curve(
    name: str,
    at: NDArray[np.float64],
    values: NDArray[np.float64],
    low: NDArray[np.float64] | None = None,
    high: NDArray[np.float64] | None = None,
) -> Curve:
    """A curve with or without a band. All arrays have shape (points,)."""
    columns = (at, values, low, high)
    filled = (np.full(at.size, np.nan) if column is None else column for column in columns)
    return Curve(name, *(np.array([rounded(float(x)) for x in column]) for column in filled))


@dataclass(frozen=True)
class Scale:
    """How curves lie in a figure: positions from `start` (what is before is drawn there) to `end`
    and values times `factor`, as steps or straight from point to point. `goal` is the value that
    nothing goes beyond; `unit` makes from the place where a curve ends what its tooltip says after
    the value there, as in `98.5 % after 300 queries`.
    """

    start: float
    end: float
    factor: float
    goal: float
    steps: bool
    unit: Callable[[float], str]


def draw_curves(
    axes: "Axes", curves: Sequence[Curve], styles: Mapping[str, Style], scale: Scale
) -> None:
    """Curves and bands, the first on top.

    A dot marks where a curve ends before the axis, unless there was nothing left for it to reach.
    """
    for place, it in enumerate(reversed(curves)):
        colour, dash = styles[it.name].colour, styles[it.name].dash
        x = np.maximum(it.at, scale.start)
        y = scale.factor * it.values
        (line,) = axes.plot(
            x,
            y,
            color=colour,
            linestyle=(0, dash) if dash else "-",
            linewidth=1.8,
            drawstyle="steps-post" if scale.steps else "default",
            zorder=3 + place / len(curves),
            label=printable(it.name),
        )
        drawn: list[Artist] = [line]
        if (banded := _banded(it, scale)).any():
            low, high = scale.factor * it.low[banded], scale.factor * it.high[banded]
            opacity = 0.16 * min(1, FEW / len(curves))
            band = axes.fill_between(
                x[banded],
                low,
                high,
                step="post" if scale.steps else None,
                color=colour,
                alpha=opacity,
                linewidth=0,
            )
            drawn.append(band)
        if it.at[-1] < scale.end and it.values[-1] != scale.goal:
            drawn += axes.plot(x[-1], y[-1], "o", color=colour, ms=4.5, zorder=4, clip_on=False)
        mark(drawn, it.name, f"{it.name}: {y[-1]:.3g} {scale.unit(it.at[-1])}")


def _banded(it: Curve, scale: Scale) -> NDArray[np.bool_]:
    """Where a band is drawn: for steps not before the first and after the last, if there are any:
    there all curves lie on each other.
    """
    known = ~np.isnan(it.low)
    steps = np.flatnonzero(np.diff(it.values))
    if scale.steps and steps.size:
        known[: steps[0] + 1] = False
        if it.values[-1] == scale.goal:
            known[steps[-1] + 2 :] = False
    return known


def draw_reference(axes: "Axes", it: Curve, scale: Scale) -> None:
    """A thin line in the page's colour."""
    inside = it.at >= scale.start
    line = axes.plot(
        it.at[inside], scale.factor * it.values[inside], color=INK, alpha=0.55, linewidth=0.9
    )
    mark(line, it.name)


def draw_budget(axes: "Axes", budget: float) -> None:
    """A dotted line where something ends."""
    axes.axvline(budget, color=INK, alpha=0.55, linewidth=0.9, linestyle=_DOTTED)


_DOTTED = (0, (1.5, 2.0))


def curve_legend(
    curves: Sequence[Curve],
    styles: Mapping[str, Style],
    reference: str | None = None,
    budget: str | None = None,
) -> tuple[list["Line2D"], list[str]]:
    """The keys and names of a legend: the curves, a reference, and what the dotted line says."""
    from matplotlib.lines import Line2D

    keys, names = legend_lines({it.name: styles[it.name] for it in curves}, reference)
    if budget:
        keys.append(Line2D([], [], color=INK, alpha=0.55, lw=0.9, linestyle=_DOTTED))
        names.append(budget)
    return keys, names


def log_axis(axes: "Axes", label: str, start: float, end: float) -> None:
    """A logarithmic x axis with plain numbers."""
    axes.set_xscale("log")
    axes.set(xlim=(start, end), xlabel=label)
    ticks = log_ticks(start, end)
    axes.set_xticks(ticks, [f"{tick:,.0f}" if tick >= 1 else f"{tick:g}" for tick in ticks])
    axes.tick_params(axis="x", which="minor", labelbottom=False)


def log_ticks(start: float, end: float) -> list[float]:
    """Powers of ten between two positive numbers; 2 and 5 times them too where there is room."""
    leading = (1, 2, 5) if np.log10(end / start) < DECADES else (1,)
    first, last = int(np.floor(np.log10(start))), int(np.ceil(np.log10(end)))
    ticks = [lead * 10.0**power for power in range(first, last + 1) for lead in leading]
    return [tick for tick in ticks if start <= tick * (1 + 1e-9) and tick <= end * (1 + 1e-9)]


DECADES = 2.4
"""As many have room for three ticks each, also in a column of a paper."""


def share_axis(axes: "Axes", label: str) -> None:
    """A y axis of percent."""
    axes.set(ylim=(0, 102), ylabel=label)


def round_down(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten that is not above a positive number."""
    power = 10 ** np.floor(np.log10(value) + 1e-9)
    return float(max(lead for lead in (1, 2, 5) if lead * power <= value * (1 + 1e-9)) * power)


def ends(curves: Sequence[Curve], factor: float) -> str:
    """The last value of each curve, in words."""
    return "; ".join(f"{it.name} {factor * it.values[-1]:.3g}" for it in curves)


def data_of(curves: Sequence[Curve], at: str, value: str) -> "pd.DataFrame":
    """What is drawn, one line a point, with these names for positions and values."""
    import pandas as pd

    columns = ["method", at, value, "low", "high"]
    return pd.concat(
        [
            pd.DataFrame(
                dict(zip(columns, (it.name, it.at, it.values, it.low, it.high), strict=True))
            )
            for it in curves
        ]
        or [pd.DataFrame(columns=columns)],
        ignore_index=True,
    )
