"""The leaderboard's figures: SVG that follows the page's colours, and the data that it shows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from leaderboard.drawing import INK, Drawing, add_legend, csv_of, look, svg_of
from leaderboard.styles import Style
from suite.statistics.incumbents import anytime_regret
from suite.statistics.intervals import mean_band, rounded, share_interval
from suite.statistics.random_search import not_found_after
from suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

POINTS = 80
"""About how many points a curve is drawn with where nothing else is said."""

RESAMPLES = 2_000


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
    with look(name) as (figure, axes):
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
        add_legend(figure, legend, exact)
        svg = svg_of(
            figure,
            name,
            f"Share of runs that found the optimum of {identity.benchmark} ({identity.protocol})",
            f"In percent, against charged queries, up to {identity.budget}. At the end: "
            f"{_ends(data, scale=100)}.",
        )
    return Drawing(svg, csv_of(data.rename(columns={"value": "share_found"})))


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

    with look(name) as (figure, axes):
        if frames:
            _draw(axes, data, styles)
        _regret_scale(axes, data["value"].to_numpy())
        axes.set(xlim=(0, budget), xlabel="charged queries", ylabel="validation regret (points)")
        add_legend(figure, legend)
        svg = svg_of(
            figure,
            name,
            f"Validation regret on {identity.benchmark} ({identity.protocol})",
            f"Mean over runs in points, against charged queries, up to {budget}. At the end: "
            f"{_ends(data) or 'no run has queried anything'}.",
        )
    return Drawing(svg, csv_of(data.rename(columns={"value": "regret"})))


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


FIGURES: dict[str, Callable[[Sequence[RunSet], dict[str, Style], str, int], Drawing]] = {
    "found": share_found,
    "regret": regret,
}
"""The figures of each protocol and benchmark, by the name in their files."""
