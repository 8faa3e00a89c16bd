"""The figure of several targets: the share of runs and targets reached, against queries."""

from collections.abc import Mapping

import numpy as np

from nasarena.leaderboard.figures.curves import (
    Scale,
    after,
    axis_of,
    curve,
    curve_legend,
    data_of,
    draw_curves,
    ends,
    log_axis,
    round_down,
    share_axis,
)
from nasarena.leaderboard.figures.drawing import LONGEST, Drawing, drawing_of, look, place_legend
from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.texts import counted
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.runtime_ecdf import DEFINITION, runtime_ecdf


def runtime_ecdf_figure(
    comparison: Comparison, styles: Mapping[str, Style], name: str
) -> Drawing | None:
    """The curves of `nasarena.suite.statistics.runtime_ecdf`, the largest area first.

    `name` makes the SVG's ids unique on a page. None where nothing is ranked or reached.
    """
    found = runtime_ecdf(comparison)
    reached = np.max([np.zeros(found.queries.size), *found.shares.values()], axis=0)
    if not reached.any() or found.queries[-1] == 1:
        return None
    last = float(found.queries[-1])
    first = float(found.queries[np.argmax(reached >= min(0.01, reached.max()))])
    start = round_down(min(first, last / 2))
    shown = found.queries >= start
    curves = [
        curve(method, found.queries[shown], share[shown]) for method, share in found.shares.items()
    ]
    scale = Scale(start, last, 100, 1, True, after("%", comparison.unit))
    with look(name) as (figure, axes):
        draw_curves(axes, curves, styles, scale)
        log_axis(axes, axis_of(comparison.unit), scale.start, scale.end)
        share_axis(axes, "runs and targets reached (%)")
        place_legend(figure, *curve_legend(curves, styles), longest=LONGEST)
        drawing = drawing_of(
            figure,
            name,
            f"Targets reached in {comparison.name}",
            f"{DEFINITION} {counted(len(found.benchmarks), 'benchmark')}. Percent reached at the "
            f"end: {ends(curves, 100)}.",
            data_of(curves, "queries", "share_reached"),
        )
    return drawing
