"""The path of a run on a map of its space."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.figures.drawing import INK, Drawing, drawing_of, look, place_legend
from nasarena.leaderboard.figures.phases import (
    NO_QUERIES,
    PHASES,
    phase_names,
    phase_styles,
    runs_of,
)
from nasarena.leaderboard.figures.styles import COLOURS
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.statistics.process import (
    Sampled,
    improvements,
    last_rank,
    phases,
    plane,
    sampled,
    true_ranks,
    typical_seed,
)
from nasarena.suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

HEIGHT = 3.7
"""Inches, without the legend."""

DOTS_PER_INCH = 150
"""The dots of the whole space are pixels, which keeps the SVG small."""

VECTOR_DOTS = 400
"""The run's own dots are pixels too where there are more than these."""


@dataclass(frozen=True)
class Shade:
    """How architectures of the best `share` that are in no smaller one are drawn."""

    share: float
    area: float
    opacity: float


SHADES = (Shade(1, 2, 0.12), Shade(0.5, 2.5, 0.25), Shade(0.1, 4, 0.5), Shade(0.01, 9, 1))


def path(runs: RunSet, name: str, seed: int | None = None) -> Drawing:
    """The path of one run on a map of its space.

    All architectures in two dimensions (`nasarena.suite.statistics.process.plane`, which says
    why neither plain PCA nor t-SNE), the more accurate the stronger; what the run charged, coloured
    from its first round to its last; a line along its best validated architectures, with the query
    of each; the optimum. Of the run with `seed`, or of the one with the median samples to optimum.
    `name` makes the SVG's ids unique on a page. Raises UserError where no run has that seed.
    """
    import pandas as pd

    table, points = runs.benchmark.table, plane(runs.benchmark)
    objective = runs.benchmark.objective
    queries = sampled(runs, typical_seed(runs) if seed is None else seed)
    parts, best = phases(queries, PHASES), improvements(queries)
    names, styles = phase_names(queries, parts), phase_styles(parts.count)
    order = pd.array([pd.NA] * table.size, dtype="Int64")
    order[queries.ids] = np.arange(1, queries.ids.size + 1)
    data = pd.DataFrame(
        {
            "architecture": np.arange(table.size),
            "x": points[:, 0],
            "y": points[:, 1],
            objective.validation.replace(" ", "_"): objective.measured(table.mean_validation),
            "true_rank": true_ranks(table),
            "query": order,
        }
    )
    with look(name) as (figure, axes):
        figure.set_dpi(DOTS_PER_INCH)
        cloud = _draw_cloud(axes, points, runs.benchmark, true_ranks(table))
        for phase, style in enumerate(styles):
            x, y = points[queries.ids[parts.of_query == phase]].T
            axes.scatter(
                x,
                y,
                s=13,
                color=style.colour,
                linewidths=0,
                rasterized=queries.ids.size > VECTOR_DOTS,
            )
        axes.plot(*points[queries.ids[best]].T, color=INK, linewidth=1)
        axes.plot(*points[table.optimum].T, "*", color=INK, markersize=10, markeredgewidth=0)
        _number(axes, points[queries.ids[best]], best + 1)
        axes.grid(visible=False)
        axes.set(
            xticks=[],
            yticks=[],
            xlabel="towards the true top 1 % →",
            ylabel="variety within the top 1 %",
        )
        keys = {
            **{
                label: _key("o", style.colour, 4)
                for label, style in zip(names, styles, strict=True)
            },
            **cloud,
            "best so far, at query": _key("", INK, 0, line=1),
            "optimum": _key("*", INK, 9),
        }
        place_legend(figure, list(keys.values()), list(keys), HEIGHT)
        drawing = drawing_of(
            figure,
            name,
            f"The path of {runs_of(runs, queries)}",
            f"All {table.size:,} architectures in two dimensions, better ones stronger, and on "
            "them what the run sampled, coloured from first to last. The true rank of its best "
            f"so far: {_milestones(queries, best) or NO_QUERIES}.",
            data,
        )
    return drawing


def _draw_cloud(
    axes: "Axes",
    points: NDArray[np.float64],
    benchmark: Benchmark,
    ranks: NDArray[np.int64],
) -> dict[str, "Line2D"]:
    """All architectures, in the grey that light and dark pages bear; the keys of the legend."""
    accuracies, said = benchmark.table.mean_validation, benchmark.objective.text
    above, below = ("from", "below") if benchmark.objective.direction == "max" else ("to", "above")
    keys = {}
    lasts = [last_rank(shade.share, len(points)) for shade in SHADES]
    for shade, last, better in zip(SHADES, lasts, [*lasts[1:], 0], strict=True):
        x, y = points[(ranks > better) & (ranks <= last)].T
        axes.scatter(
            x,
            y,
            s=shade.area,
            color=COLOURS[1],
            alpha=shade.opacity,
            linewidths=0,
            rasterized=True,
        )
        # Many lie on each other: a single dot as faint as theirs would not show.
        key = _key("o", COLOURS[1], 3 + shade.area**0.5, opacity=min(1, 0.2 + shade.opacity))
        least = float(accuracies[ranks <= last].min())
        keys[f"{above} {said(least, 2)} (top {100 * shade.share:g} %)"] = key
    (_, lowest), *others = keys.items()
    least = float(accuracies[ranks <= lasts[1]].min())
    return {f"{below} {said(least, 2)}": lowest, **dict(others)}


def _number(axes: "Axes", points: NDArray[np.float64], numbers: NDArray[np.int64]) -> None:
    """Numbers beside points, from the last, as far as there is room."""
    taken: list[NDArray[np.float64]] = []
    extent = np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())])
    for point, query in zip(points[::-1], numbers[::-1].tolist(), strict=True):
        if all(np.abs((point - other) / extent).max() > 0.05 for other in taken):
            axes.annotate(
                str(query), point, (4, 3), textcoords="offset points", fontsize=9, color=INK
            )
            taken.append(point)


def _milestones(queries: Sampled, best: NDArray[np.int64]) -> str:
    """`812 at query 1, 30 at query 20, 1 at query 78`: the first, some between, and the last."""
    shown = np.unique(np.linspace(0, best.size - 1, min(best.size, 5)).round().astype(np.int64))
    return ", ".join(
        f"{queries.ranks[query]:,} at query {query + 1:,}" for query in best[shown].tolist()
    )


def _key(marker: str, colour: str, size: float, line: float = 0, opacity: float = 1) -> "Line2D":
    from matplotlib.lines import Line2D

    return Line2D(
        [],
        [],
        color=colour,
        alpha=opacity,
        linewidth=line,
        marker=marker,
        markersize=size,
        markeredgewidth=0,
    )
