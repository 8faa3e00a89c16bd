"""The search made visible, as in the WeakNAS paper: where in the space its queries lie."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.figures.drawing import (
    INK,
    Drawing,
    add_legend,
    drawing_of,
    legend_lines,
    look,
    place_legend,
)
from nasarena.leaderboard.figures.path_figure import path
from nasarena.leaderboard.figures.phases import (
    NO_QUERIES,
    PHASES,
    phase_names,
    phase_styles,
    runs_of,
)
from nasarena.leaderboard.figures.styles import COLOURS, Style
from nasarena.leaderboard.texts import counted
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.process import (
    Sampled,
    last_rank,
    phases,
    rank_distribution,
    sampled,
    space_distribution,
    top_shares,
)
from nasarena.suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

STEPS, QUERIES_PER_STEP = 24, 10
"""The most points of a curve over the rounds, and about how many queries each has at least."""

RANKS = 120
"""About how many points a distribution over the ranks is drawn with."""

TOPS = {
    0.1: Style(COLOURS[0], ()),
    0.01: Style(COLOURS[4], (7, 2)),
    0.001: Style(COLOURS[3], (1.2, 1.4)),
}
"""The shares of the space that count as its top, and how they are drawn."""

UNIFORM = "uniform sampling"

_ENDED = "Runs that have ended are not in later rounds."


def drift(runs: RunSet, name: str, seed: int | None = None) -> Drawing:
    """How what a search samples moves towards the top: true ranks, phase by phase.

    The empirical distribution of the true validation ranks, as a share of the space on a
    logarithmic axis, of what was charged; each round is a phase, or rounds are grouped into at
    most 6, as the legend says. Beside it what uniform sampling gives. Of all runs together, or
    of the one with `seed`. `name` makes the SVG's ids unique on a page. Raises UserError where no
    run has that seed.
    """
    import pandas as pd

    table, queries = runs.benchmark.table, sampled(runs, seed)
    parts = phases(queries, PHASES)
    names, ranks = phase_names(queries, parts), _ranks_shown(queries, table.size)
    shares = [*rank_distribution(queries, parts, ranks), space_distribution(table, ranks)]
    data = pd.concat(
        pd.DataFrame(
            {
                "phase": label,
                "true_rank": ranks,
                "share_of_space": ranks / table.size,
                "share_of_sampled": values,
            }
        )
        for label, values in zip([*names, UNIFORM], shares, strict=True)
    )
    styles = dict(zip(names, phase_styles(parts.count), strict=True))
    every_rank_shown = np.isin(queries.ranks, ranks).all()
    with look(name) as (figure, axes):
        for label, curve in _rounded(data).groupby("phase", sort=False):
            x, y = curve["share_of_space"], 100 * curve["share_of_sampled"]
            if label == UNIFORM:
                axes.plot(x, y, color=INK, alpha=0.55, linewidth=0.9)
            else:
                _plot(axes, x, y, styles[str(label)], "steps-post" if every_rank_shown else None)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
        axes.minorticks_off()
        axes.set(
            xlim=(1 / table.size, 1),
            ylim=(0, 102),
            xlabel="true rank, as share of the space (best at the left)",
            ylabel="sampled up to this rank (%)",
        )
        add_legend(figure, styles, UNIFORM)
        medians = [
            f"{label}: {100 * np.median(queries.ranks[parts.of_query == phase]) / table.size:.3g} %"
            for phase, label in enumerate(names)
        ]
        drawing = drawing_of(
            figure,
            name,
            f"True ranks of what was sampled by {runs_of(runs, queries)}",
            "For each phase of the search, the share of what it sampled, in percent, that has a "
            f"true validation rank or a better one, among {table.size:,} architectures. {_ENDED} "
            f"Median rank, as share of the space: {'; '.join(medians) or NO_QUERIES}. With "
            f"{UNIFORM}: 50 %.",
            data,
        )
    return drawing


def top_probability(runs: RunSet, name: str, seed: int | None = None) -> Drawing:
    """The probability of sampling better architectures, round by round.

    Read as: the share of the charged queries that are in the true top 10 %, 1 % and 0.1 % of the
    space by seed-mean validation accuracy; one uniform draw has these very probabilities. Rounds
    are grouped so that every point rests on about as many queries. Of all runs, with bootstrap
    intervals over them, or of the one with `seed`, without. Runs that have ended do not count.
    `name` makes the SVG's ids unique on a page. Raises UserError where no run has that seed.
    """
    import pandas as pd
    from matplotlib.lines import Line2D

    table, queries = runs.benchmark.table, sampled(runs, seed)
    steps = phases(queries, int(np.clip(queries.ids.size // QUERIES_PER_STEP, 1, STEPS)))
    lasts = np.array([last_rank(top, table.size) for top in TOPS])
    shares, uniform = top_shares(queries, steps, lasts), space_distribution(table, lasts)
    middles = np.bincount(steps.of_query, queries.rounds, steps.count) / shares.queries
    styles = {f"true top {100 * top:g} %": style for top, style in TOPS.items()}
    data = pd.concat(
        pd.DataFrame(
            {
                "top": label,
                "first_round": steps.first,
                "last_round": steps.last,
                "mean_round": middles,
                "runs": shares.runs,
                "queries": shares.queries,
                "share": shares.share[level],
                "low": shares.low[level],
                "high": shares.high[level],
                "uniform": uniform[level],
            }
        )
        for level, label in enumerate(styles)
    )
    with look(name) as (figure, axes):
        for share in uniform:
            axes.axhline(100 * share, color=INK, alpha=0.55, linewidth=0.9)
        few = 2 * shares.runs < queries.seeds.size
        for label, curve in _rounded(data).groupby("top", sort=False):
            style, x = styles[str(label)], curve["mean_round"]
            y, low, high = (100 * curve[column] for column in ("share", "low", "high"))
            _plot(axes, x, y, style)
            axes.plot(x[~few], y[~few], "o", color=style.colour, markersize=3.5)
            axes.plot(x[few], y[few], "o", color=style.colour, markersize=4.5, fillstyle="none")
            axes.fill_between(x, low, high, color=style.colour, alpha=0.15, linewidth=0)
        axes.set(
            xlim=(0, 1.03 * max([1, *middles.tolist()])),
            ylim=(0, 102),
            xlabel=f"round ({_round_size(queries)})",
            ylabel="sampled from the top (%)",
        )
        keys, names = legend_lines(styles, "uniform: 10, 1 and 0.1 %")
        if few.any():
            keys.append(Line2D([], [], color=INK, lw=0, marker="o", ms=4.5, fillstyle="none"))
            names.append("under half of the runs left")
        place_legend(figure, keys, names)
        ends = [
            f"{label} {100 * curve['share'].iloc[0]:.3g}, at most "
            f"{100 * curve['share'].max():.3g}, at the end {100 * curve['share'].iloc[-1]:.3g}"
            for label, curve in data.groupby("top", sort=False)
        ]
        drawing = drawing_of(
            figure,
            name,
            f"Probability of sampling from the top, by {runs_of(runs, queries)}",
            "The share of what was sampled, in percent, that is in the true top of the space, "
            f"against the round, in {counted(steps.count, 'group')} of rounds. {_ENDED} In the "
            "first group: "
            f"{'; '.join(ends) or NO_QUERIES}.",
            data,
        )
    return drawing


PROCESS_FIGURES: dict[str, Callable[[RunSet, str, int | None], Drawing]] = {
    "drift": drift,
    "top": top_probability,
    "path": path,
}
"""The figures of how a search goes, by the name in their files."""


def _ranks_shown(queries: Sampled, size: int) -> NDArray[np.int64]:
    """An even grid on a logarithmic axis, and the ranks that occur unless these are too many."""
    grid = np.geomspace(1, size, RANKS).round().astype(np.int64)
    occurring = np.unique(queries.ranks)
    return np.unique(np.concatenate([grid, occurring] if occurring.size <= RANKS else [grid]))


def _plot(
    axes: "Axes",
    x: "pd.Series[float]",
    y: "pd.Series[float]",
    style: Style,
    steps: Literal["steps-post"] | None = None,
) -> None:
    axes.plot(
        x,
        y,
        color=style.colour,
        linestyle=(0, style.dash) if style.dash else "-",
        linewidth=1.8,
        drawstyle=steps or "default",
    )


def _rounded(data: "pd.DataFrame") -> "pd.DataFrame":
    """Numbers to 6 significant digits, before drawing."""
    return data.assign(
        **{str(name): column.map(rounded) for name, column in data.select_dtypes("float").items()}
    )


def _round_size(queries: Sampled) -> str:
    """What a round is, for those runs_of count queries."""
    if not queries.ids.size:
        return NO_QUERIES
    rounds = queries.run * (queries.rounds.max() + 1) + queries.rounds
    _, counts = np.unique(rounds, return_counts=True)
    if counts.max() == 1:
        return "one query each"
    typical = np.median(counts)
    return "mostly of one query" if typical == 1 else f"mostly of {typical:g} queries"
