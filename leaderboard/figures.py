"""The leaderboard's figures: SVG that follows the page's colours, and the data that it shows."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from leaderboard.styles import Style
from leaderboard.tables import printable
from suite.statistics.incumbents import anytime_regret
from suite.statistics.intervals import mean_band, rounded, share_interval
from suite.statistics.random_search import not_found_after
from suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 80
"""About how many points a curve is drawn with where nothing else is said."""

RESAMPLES = 2_000
WIDTH, HEIGHT, LEGEND_LINE = 5.2, 2.7, 0.19
"""Inches; the width suits a phone, where the SVG is then shown at about its own size."""

INK = "#010203"
"""Stands for the page's text colour until the SVG is written."""


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG, and its data as CSV."""

    svg: str
    data: str


def share_found(
    run_sets: Sequence[RunSet], styles: dict[str, Style], name: str, points: int = POINTS
) -> Drawing:
    """The share of runs that have found the optimum after so many charged queries.

    Step curves with Wilson intervals, and random search in closed form where queries are charged
    by id. The run sets share protocol and benchmark; `name` makes the SVG's ids unique on a page,
    `points` is about how many a curve has at most.
    """
    import pandas as pd

    identity, table = run_sets[0].identity, run_sets[0].benchmark.table
    frames = []
    for runs in run_sets:
        queries = _change_points(runs, points)
        found = (runs.samples_to_optimum[:, None] <= queries).sum(axis=0).tolist()
        intervals = {count: share_interval(count, runs.count) for count in set(found)}
        frames.append(
            _curve(
                runs.identity.method,
                queries,
                np.array(found) / runs.count,
                np.array([intervals[count] for count in found]),
            )
        )
    data = pd.concat(frames)

    exact, legend = None, {runs.identity.method: styles[runs.identity.method] for runs in run_sets}
    with _look(name) as (figure, axes):
        _draw(axes, data, styles, step="post")
        if identity.duplicates == "by_id":
            queries = np.unique(np.linspace(0, identity.budget, 40).astype(np.int64))
            exact = "random search, exact"
            share = 1 - not_found_after(table.size, len(table.optimum), queries)
            axes.plot(queries, 100 * share, color=INK, alpha=0.55, linewidth=0.9)
            reference = _curve(exact, queries, share, np.full((queries.size, 2), np.nan))
            data = pd.concat([data, reference])
        axes.set(
            xlim=(0, identity.budget),
            ylim=(0, 102),
            xlabel="charged queries",
            ylabel="runs with the optimum (%)",
        )
        _legend(figure, legend, exact)
        svg = _svg(
            figure,
            name,
            f"Share of runs that found the optimum of {identity.benchmark} ({identity.protocol})",
            f"In percent, against charged queries, up to {identity.budget}. At the end: "
            f"{_ends(data, scale=100)}.",
        )
    return Drawing(svg, _csv(data.rename(columns={"value": "share_found"})))


def regret(
    run_sets: Sequence[RunSet], styles: dict[str, Style], name: str, points: int = POINTS
) -> Drawing:
    """The validation regret (points) of the best validated architecture after so many queries.

    Means over runs with 95 % bootstrap bands, which a single run has not; runs without a query
    are left out. The run sets share protocol and benchmark; `name` makes the SVG's ids unique on
    a page, `points` is about how many a curve has.
    """
    import pandas as pd

    identity = run_sets[0].identity
    budget = identity.budget
    queries = np.unique(
        np.concatenate([np.geomspace(1, budget, points // 2), np.linspace(1, budget, points // 2)])
        .round()
        .astype(np.int64)
    )
    frames, legend = [], {}
    for runs in run_sets:
        curves = anytime_regret(runs, queries)
        curves = curves[~np.isnan(curves).any(axis=1)]
        if not len(curves):
            continue
        band = np.full((2, queries.size), np.nan)
        if len(curves) > 1:
            band = np.stack(mean_band(curves, _resample))
        method = runs.identity.method
        frames.append(_curve(method, queries, curves.mean(axis=0), band.T))
        legend[method] = styles[method]
    data = pd.concat(frames) if frames else _curve("", queries[:0], np.zeros(0), np.zeros((0, 2)))

    with _look(name) as (figure, axes):
        if frames:
            _draw(axes, data, styles)
        _regret_scale(axes, data["value"].to_numpy())
        axes.set(xlim=(0, budget), xlabel="charged queries", ylabel="validation regret (points)")
        _legend(figure, legend)
        svg = _svg(
            figure,
            name,
            f"Validation regret on {identity.benchmark} ({identity.protocol})",
            f"Mean over runs in points, against charged queries, up to {budget}. At the end: "
            f"{_ends(data) or 'no run has queried anything'}.",
        )
    return Drawing(svg, _csv(data.rename(columns={"value": "regret"})))


def _change_points(runs: RunSet, most: int) -> NDArray[np.int64]:
    """Where the share changes, with both ends; an even grid instead where these are too many."""
    samples, budget = runs.samples_to_optimum, runs.identity.budget
    changes = np.unique(np.concatenate([[0, budget], samples[np.isfinite(samples)]]))
    if changes.size > most:
        changes = np.unique(np.linspace(0, budget, most).round())
    return changes.astype(np.int64)


def _resample(runs: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(runs, size=(RESAMPLES, runs))


def _curve(
    method: str,
    queries: NDArray[np.int64],
    values: NDArray[np.float64],
    band: NDArray[np.float64],
) -> "pd.DataFrame":
    import pandas as pd

    low, high = band.T
    columns = {"value": values, "low": low, "high": high}
    return pd.DataFrame(
        {"method": method, "queries": queries}
        | {key: [rounded(float(value)) for value in column] for key, column in columns.items()}
    )


def _ends(data: "pd.DataFrame", scale: float = 1) -> str:
    """The last value of each curve, for those who cannot see them."""
    last = data.groupby("method", sort=False)["value"].last()
    return "; ".join(f"{method} {scale * value:.3g}" for method, value in last.items())


def _csv(data: "pd.DataFrame") -> str:
    return data.to_csv(index=False, lineterminator="\n", float_format="%.6g")


@contextmanager
def _look(name: str) -> Iterator[tuple["Figure", "Axes"]]:
    """A figure to draw in while this project's settings hold, and nobody's own: same bytes."""
    import seaborn as sns
    from matplotlib import style
    from matplotlib.figure import Figure

    with style.context(["default", sns.axes_style("ticks"), _SETTINGS | {"svg.hashsalt": name}]):
        # A figure of its own, not pyplot's: the program that calls keeps its current one.
        figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="none", layout="constrained")
        axes = figure.add_subplot(facecolor="none")
        axes.grid(color=INK, alpha=0.14, linewidth=0.6)
        sns.despine(figure)
        yield figure, axes


_COLOURED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_SETTINGS: dict[str, Any] = {
    **dict.fromkeys(_COLOURED, INK),
    "font.size": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "svg.fonttype": "none",
}


def _draw(
    axes: "Axes",
    data: "pd.DataFrame",
    styles: dict[str, Style],
    step: Literal["post"] | None = None,
) -> None:
    """Curves and bands; those with steps are shares, drawn in percent."""
    import seaborn as sns

    shown = data.reset_index(drop=True)
    if step:
        shown[["value", "low", "high"]] *= 100
    sns.lineplot(
        shown,
        x="queries",
        y="value",
        hue="method",
        style="method",
        palette={method: style.colour for method, style in styles.items()},
        dashes={method: style.dash or "" for method, style in styles.items()},
        estimator=None,
        legend=False,
        linewidth=1.8,
        drawstyle=f"steps-{step}" if step else "default",
        ax=axes,
    )
    for method, curve in shown.groupby("method", sort=False):
        if curve["low"].notna().all():
            axes.fill_between(
                curve["queries"],
                curve["low"],
                curve["high"],
                step=step,
                color=styles[str(method)].colour,
                alpha=0.13,
                linewidth=0,
            )


def _regret_scale(axes: "Axes", values: NDArray[np.float64]) -> None:
    """Logarithmic down to the smallest regret shown, then linear to zero, which is on the axis."""
    positive = values[values > 0]
    smallest = positive.min() if positive.size else 1.0
    axes.set_yscale(
        "symlog", linthresh=float(10 ** np.clip(np.floor(np.log10(smallest)), -2, 1)), linscale=0.5
    )
    axes.set_ylim(bottom=0, top=None if positive.size else 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _legend(figure: "Figure", styles: dict[str, Style], reference: str | None = None) -> None:
    """Below the axes, so that no curve is covered; long names are cut."""
    from matplotlib.lines import Line2D

    lines = [
        Line2D([], [], color=style.colour, linestyle=(0, style.dash) if style.dash else "-", lw=1.8)
        for style in styles.values()
    ]
    names = [printable(method) for method in styles]
    if reference:
        lines.append(Line2D([], [], color=INK, alpha=0.55, lw=0.9))
        names.append(reference)
    if not lines:
        return
    names = [name if len(name) <= 60 else f"{name[:59]}…" for name in names]
    ncols = 2 if max(map(len, names)) <= 28 else 1
    figure.set_size_inches(WIDTH, HEIGHT + LEGEND_LINE * -(-len(names) // ncols))
    legend = figure.legend(
        lines,
        [str(index) for index in range(len(names))],
        loc="outside lower center",
        ncols=ncols,
        frameon=False,
        fontsize=9.5,
        labelcolor=INK,
        handlelength=3,
        borderaxespad=0,
    )
    # Set afterwards: as labels, names that start with `_` would go and `$` would be mathematics.
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _svg(figure: "Figure", name: str, title: str, description: str) -> str:
    file = StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    # A style sheet in an inline SVG would be the whole page's.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    label = (
        f'<title id="{name}-title">{escape(printable(title))}</title>'
        f'<desc id="{name}-desc">{escape(printable(description))}</desc>'
    )
    attributes = (
        f'role="img" aria-labelledby="{name}-title {name}-desc" stroke-linejoin="round" '
        'stroke-linecap="butt" font-family="system-ui, sans-serif"'
    )
    opening, _, rest = _compact(svg).partition(">")
    return f"{opening} {attributes}>{label}{rest}"


def _compact(svg: str) -> str:
    """The same picture in fewer bytes, in the page's colour, font and name space of ids.

    Tags only are changed: texts are anybody's.
    """
    parts, kept = [""], []
    for part in re.split(r"(<[^>]*>)", svg):
        if part.startswith("<"):
            part = _compact_tag(part)  # noqa: PLW2901
        elif not part.strip():
            part = "" if parts[-1] == "\n" else "\n"  # noqa: PLW2901
        if part.startswith("<g"):
            kept.append(part != "<g>")
            part = part if kept[-1] else ""  # noqa: PLW2901
        elif part == "</g>" and not kept.pop():
            continue
        if part:
            parts.append(part)
    return "".join(parts)


def _compact_tag(tag: str) -> str:
    tag = re.sub(r'^<g id="[^"]*"', "<g", tag)  # the same in every figure, and used by nothing
    tag = re.sub(r' transform="rotate\(-0 [^"]*"| font-family: [^;"]*;?', "", tag)
    tag = re.sub(r'(?<= )(d|x|y)="[^"]*', _short_numbers, tag)
    return tag.replace(INK, "currentColor")


def _short_numbers(attribute: re.Match[str]) -> str:
    """Coordinates with one decimal: a tenth of a point is finer than a screen shows."""
    text = re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.1f}", attribute[0])
    if not {"C", "Q"} & set(text):  # without curves, all that follows a point are lines
        text = text.replace("L ", "")
    return " ".join(text.split())


FIGURES: dict[str, Callable[[Sequence[RunSet], dict[str, Style], str, int], Drawing]] = {
    "found": share_found,
    "regret": regret,
}
"""The figures of each protocol and benchmark, by the name in their files."""
