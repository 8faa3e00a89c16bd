"""The predictor study's figure: benchmarks as columns, measures as rows, labels along the axes."""

from collections.abc import Sequence
from io import BytesIO
from itertools import cycle, product
from typing import TYPE_CHECKING, Any

from nasarena.leaderboard.figures.drawing import HEIGHT, INK, add_legend, look, svg_of
from nasarena.leaderboard.figures.styles import COLOURS, DASHES, Style
from nasarena.leaderboard.tables.formats import csv_of
from nasarena.leaderboard.tables.predictor_study import MEASURES, Measure, benchmarks_of
from nasarena.suite.errors import printable
from nasarena.suite.predictor_study.summary import Row

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAME = "predictors"
"""What the files are called, and what the SVG's ids begin with."""

PANEL = (3.3, 2.2)
"""Inches, without the legend."""

STYLES = {
    name: Style(COLOURS[colour], DASHES[dash])
    for name, colour, dash in (
        ("ridge", 1, 1),
        ("gp", 0, 0),
        ("forest", 2, 2),
        ("gcn", 3, 3),
        ("small-mlp", 4, 0),
        ("mlp", 5, 1),
        ("gbrt", 6, 2),
        ("lightgbm", 0, 3),
        ("relation-gcn", 2, 0),
        ("lstm", 4, 1),
        ("flan", 6, 0),
        ("gates", 3, 0),
    )
}
"""A predictor keeps its style for ever."""

LIKE_REFERENCE = Style(COLOURS[1], DASHES[0])
"""A solid grey line, reserved as it is nearly that of the random order."""

REFERENCE = "random order"


def predictor_styles(predictors: Sequence[str]) -> dict[str, Style]:
    """The style of each predictor: its own for the project's; others, by name, take the free ones.

    All are different as long as there are at most 17 others.
    """
    taken = {*STYLES.values(), LIKE_REFERENCE}
    every = [Style(colour, dash) for dash in DASHES for colour in COLOURS]
    free = cycle(style for style in every if style not in taken)
    others = {name: next(free) for name in sorted(set(predictors) - set(STYLES))}
    return {name: style for name, style in (STYLES | others).items() if name in predictors}


def figure_files(rows: Sequence[Row]) -> dict[str, bytes]:
    """The figure as SVG, PDF and PNG, and its data as CSV, by file name; same rows, same bytes.

    Lines are means over seeds with 95 % bootstrap bands, which a single seed has not. Thin lines
    show what an order at random has: tau 0, precision 1 %.
    """
    from matplotlib import rc_context

    data = _data(rows)
    styles = predictor_styles(list(data["predictor"].unique()))
    groups = benchmarks_of(rows)
    with look(NAME) as (figure, first), rc_context({"pdf.fonttype": 42}):
        figure.delaxes(first)
        panels = figure.subplots(
            len(MEASURES), len(groups), sharex=True, sharey="row", squeeze=False
        )
        for (line, measure), (column, group) in product(enumerate(MEASURES), enumerate(groups)):
            axes = panels[line, column]
            shown = data[
                (data["benchmark"] == group[0].benchmark) & (data["measure"] == measure.field)
            ]
            _draw(axes, shown, styles, measure)
            if line == 0:
                axes.set_title(printable(group[0].benchmark), fontsize=10, parse_math=False)
            axes.set_ylabel(measure.axis if column == 0 else "")
            axes.set_xlabel("labels" if line == len(MEASURES) - 1 else "")
        add_legend(figure, styles, REFERENCE)
        legend = figure.get_figheight() - HEIGHT
        figure.set_size_inches(PANEL[0] * len(groups) + 0.4, PANEL[1] * len(MEASURES) + legend)
        svg = svg_of(
            figure,
            NAME,
            "How well predictors order a space, against the number of labels",
            f"{', '.join(group[0].benchmark for group in groups)}; Kendall's tau over the whole "
            "space and over the true top 1 %, and precision at the top 1 %.",
        )
        pdf, png = BytesIO(), BytesIO()
        paper: dict[str, Any] = {"facecolor": "white"}
        nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
        figure.savefig(pdf, format="pdf", metadata=nothing, **paper)
        figure.savefig(png, format="png", dpi=150, metadata={"Software": None}, **paper)
    return {
        f"{NAME}.svg": svg.encode(),
        f"{NAME}.pdf": pdf.getvalue(),
        f"{NAME}.png": png.getvalue(),
        f"{NAME}.csv": csv_of(data).encode(),
    }


def _data(rows: Sequence[Row]) -> "pd.DataFrame":
    """What is drawn, one line a point; precision as a share."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "benchmark": row.benchmark,
                "measure": measure.field,
                "predictor": row.predictor,
                "labels": row.labels,
                "value": measure.of(row).value,
                "low": measure.of(row).low,
                "high": measure.of(row).high,
            }
            for measure in MEASURES
            for row in rows
        ]
    ).astype({"low": float, "high": float})


def _draw(axes: "Axes", data: "pd.DataFrame", styles: dict[str, Style], measure: Measure) -> None:
    """Means, bands, and what chance gives."""
    import seaborn as sns

    scale = 100 if measure.percent else 1
    shown = data.reset_index(drop=True)
    shown[["value", "low", "high"]] *= scale
    axes.set_facecolor("none")
    axes.grid(color=INK, alpha=0.14, linewidth=0.6)
    sns.despine(ax=axes)
    axes.axhline(1 if measure.percent else 0, color=INK, alpha=0.55, linewidth=0.9)
    sns.lineplot(
        shown,
        x="labels",
        y="value",
        hue="predictor",
        style="predictor",
        palette={name: style.colour for name, style in styles.items()},
        dashes={name: style.dash or "" for name, style in styles.items()},
        estimator=None,
        legend=False,
        linewidth=1.6,
        ax=axes,
    )
    for name, curve in shown.groupby("predictor", sort=False):
        colour = styles[str(name)].colour
        axes.plot(curve["labels"], curve["value"], ".", color=colour, markersize=5)
        if curve["low"].notna().all():
            axes.fill_between(
                curve["labels"], curve["low"], curve["high"], color=colour, alpha=0.1, linewidth=0
            )
    labels = sorted(shown["labels"].unique())
    axes.set_xscale("log")
    axes.set_xticks(labels, [str(count) for count in labels])
    axes.minorticks_off()
