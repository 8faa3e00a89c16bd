"""The figures across benchmarks: which methods need the fewest samples, and how sure that is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nasarena.leaderboard.figures.curves import (
    Scale,
    curve,
    curve_legend,
    data_of,
    draw_budget,
    draw_curves,
    log_axis,
    round_down,
    share_axis,
)
from nasarena.leaderboard.figures.drawing import (
    INK,
    LONGEST,
    TICK,
    Drawing,
    drawing_of,
    look,
    mark,
    place_legend,
)
from nasarena.leaderboard.figures.ecdf_figure import runtime_ecdf_figure
from nasarena.leaderboard.figures.heat_map import heat_map
from nasarena.leaderboard.figures.sheets import sheet
from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.figures.text_widths import shortened
from nasarena.leaderboard.texts import counted
from nasarena.suite.statistics import critical_difference as differences
from nasarena.suite.statistics import performance_profiles as profiles
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.24
"""Inches a method."""

LABELS = 0.45
"""The share of the width that names of methods may take."""


RANKING_FIGURES = ("critical-difference", "profile", "targets", "heat-map")
"""The figures across benchmarks, by the name in their files."""


def ranking_figures(
    comparison: Comparison,
    styles: Mapping[str, Style],
    name: str,
    ranks: Ranking,
    kinds: Collection[str] = RANKING_FIGURES,
) -> dict[str, Drawing]:
    """The figures across benchmarks, of these kinds, that can be drawn: by the name in their files.

    The ids of each SVG begin with `name` and that of the figure; `ranks` is the comparison's
    ranking.
    """
    draw: dict[str, Callable[[str], Drawing | None]] = {
        "critical-difference": lambda id: critical_difference(comparison, styles, id, ranks),
        "profile": lambda id: performance_profile(comparison, styles, id),
        "targets": lambda id: runtime_ecdf_figure(comparison, styles, id),
        "heat-map": lambda id: heat_map(comparison, id),
    }
    drawings = {kind: draw[kind](f"{name}-{kind}") for kind in RANKING_FIGURES if kind in kinds}
    return {figure: drawing for figure, drawing in drawings.items() if drawing is not None}


def critical_difference(
    comparison: Comparison,
    styles: Mapping[str, Style],
    name: str,
    ranks: Ranking,
) -> Drawing | None:
    """Mean ranks over benchmarks, one row a method, fewest samples first.

    Bars at the right join methods that Nemenyi's test does not separate; the critical difference
    is drawn to scale at the top where it is not longer than the axis. Whiskers are the intervals
    of `ranks`, over seeds with the benchmarks as they are. `name` makes the SVG's ids unique
    on a page. None where there is no critical difference, as the notes of
    `nasarena.suite.statistics.critical_difference` then say.
    """
    import pandas as pd
    from matplotlib.lines import Line2D

    found = differences.critical_difference(comparison)
    if found.distance is None:
        return None
    methods, values = list(found.mean_ranks), list(found.mean_ranks.values())
    intervals = {row.method: row.mean_rank for row in ranks.rows}
    data = pd.DataFrame(
        {
            "method": methods,
            "mean_rank": values,
            "low": [intervals[it].low if it in intervals else None for it in methods],
            "high": [intervals[it].high if it in intervals else None for it in methods],
            "not_separated_from": [
                " ".join(sorted(_joined(method, found.groups))) for method in methods
            ],
        }
    ).astype({"low": float, "high": float})
    lanes = _lanes(found.groups, methods)
    with look(name) as (figure, axes):
        size = TICK * sheet().scale
        for row, (method, rank, low, high) in enumerate(
            zip(methods, values, data["low"], data["high"], strict=True)
        ):
            colour = styles[method].colour
            drawn = axes.plot(rank, row, "o", color=colour, ms=6, zorder=4, clip_on=False)
            said = f"{method}: mean rank {rank:.3g}"
            if not np.isnan(low):
                drawn += axes.plot([low, high], [row, row], color=colour, lw=2.2)
                said += f" [{low:.3g}, {high:.3g}]"
            mark(drawn, method, said)
        last = float(np.nanmax([values, data["high"]]))
        right = max(len(methods), last) if len(methods) < 8 else last + 0.5
        step = 0.035 * (right - 1)
        for lane, first, end in lanes:
            x = right + step * (lane + 1.5)
            axes.plot([x, x], [first - 0.25, end + 0.25], color=INK, lw=3, solid_capstyle="butt")
        fits = found.distance <= right - 1
        if fits:
            _ruler(axes, found.distance)
        width = 1 + max((lane for lane, *_ in lanes), default=-1)
        axes.set(
            xlim=(1 - step, right + step * (width + 1.5)),
            ylim=(len(methods) - 0.4, -2 if fits else -0.6),
            xlabel=f"mean rank over {len(found.benchmarks)} benchmarks\n(1: fewest samples)",
        )
        axes.set_xticks([tick for tick in axes.get_xticks() if 1 <= tick <= right])
        names = shortened(methods, LABELS * sheet().width, size)
        axes.set_yticks(range(len(methods)), names, parse_math=False)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        keys = [Line2D([], [], color=INK, lw=3)]
        labels = [f"not separated: within {found.distance:.3g} ranks"]
        if data["low"].notna().any():
            keys.append(Line2D([], [], color=INK, lw=2.2, marker="o", ms=6))
            labels.append("95 % interval over seeds")
        height = (0.85 + ROW * (len(methods) + 1.4 * fits)) * sheet().scale
        place_legend(figure, keys, labels, height / sheet().height)
        drawing = drawing_of(
            figure,
            name,
            f"Critical-difference diagram of {comparison.name}",
            f"Mean ranks of restricted mean samples over {len(found.benchmarks)} benchmarks, each "
            "search space counting alike; 1 is fewest samples: "
            f"{'; '.join(f'{it} {rank:.3g}' for it, rank in found.mean_ranks.items())}. Critical "
            f"difference (Nemenyi, 5 %): {found.distance:.3g} ranks. "
            + (f"Friedman's p: {found.friedman_p:.2g}. " if found.friedman_p is not None else "")
            + f"Not separated: {'; '.join(map(', '.join, found.groups)) or 'none'}. "
            + " ".join(found.notes),
            data,
        )
    return drawing


def performance_profile(
    comparison: Comparison, styles: Mapping[str, Style], name: str
) -> Drawing | None:
    """The share of problems that each method solves within a factor of the fewest mean samples.

    As defined in `nasarena.suite.statistics.performance_profiles`; a dotted line marks factor 1.
    `name` makes the SVG's ids unique on a page. None where nothing is ranked or solved.
    """
    found = profiles.performance_profile(comparison)
    solved = np.max([np.zeros(found.taus.size), *found.shares.values()], axis=0)
    if not solved.any():
        return None
    order = sorted(found.shares, key=lambda method: (-found.shares[method].sum(), method))
    # Below the first per cent there is nothing to see.
    start = round_down(float(found.taus[np.argmax(solved >= min(0.01, solved.max()))]))
    shown = found.taus >= start
    curves = [curve(method, found.taus[shown], found.shares[method][shown]) for method in order]
    scale = Scale(
        start, float(found.taus[-1]), 100, 1, True, lambda tau: f"% within a factor of {tau:,.3g}"
    )
    with look(name) as (figure, axes):
        draw_budget(axes, 1)
        draw_curves(axes, curves, styles, scale)
        log_axis(axes, "samples, as times the fewest mean samples", scale.start, scale.end)
        share_axis(axes, "problems solved (%)")
        place_legend(figure, *curve_legend(curves, styles), longest=LONGEST)
        at = np.searchsorted(found.taus, 1)
        drawing = drawing_of(
            figure,
            name,
            f"Performance profiles of {comparison.name}",
            f"{found.definition} {counted(len(found.benchmarks), 'benchmark')}. Percent solved "
            "within a factor of 1, and in the end: "
            + "; ".join(
                f"{it} {100 * found.shares[it][at]:.3g}, {100 * found.shares[it][-1]:.3g}"
                for it in order
            )
            + f". {' '.join(found.notes)}",
            data_of(curves, "factor", "share_solved").drop(columns=["low", "high"]),
        )
    return drawing


def _joined(method: str, groups: Sequence[Sequence[str]]) -> set[str]:
    """The others that a method is not separated from."""
    return {it for group in groups if method in group for it in group} - {method}


def _lanes(groups: Sequence[Sequence[str]], methods: Sequence[str]) -> list[tuple[int, int, int]]:
    """Lane, first and last row of the bar of each group: bars in one lane do not touch."""
    ends: list[int] = []
    bars = []
    for group in groups:
        rows = [methods.index(method) for method in group]
        lane = next((lane for lane, end in enumerate(ends) if end < min(rows)), len(ends))
        ends[lane:] = [max(rows), *ends[lane + 1 :]]
        bars.append((lane, min(rows), max(rows)))
    return bars


def _ruler(axes: "Axes", distance: float) -> None:
    """The critical difference, drawn to scale above the rows."""
    axes.plot([1, 1 + distance], [-0.9, -0.9], "|-", color=INK, lw=1.2, ms=7)
    said = f"critical difference {distance:.3g}"
    axes.text(1, -1.25, said, va="bottom", fontsize=9, color=INK)
