"""How many times fewer samples than random search each method needs on each benchmark."""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasarena.leaderboard.figures.drawing import INK, TICK, Drawing, drawing_of, look
from nasarena.leaderboard.figures.sheets import sheet
from nasarena.leaderboard.figures.styles import COLOURS
from nasarena.leaderboard.figures.text_widths import shortened, text_width
from nasarena.suite.errors import printable
from nasarena.suite.statistics.blocks import complete_block
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from nasarena.suite.statistics.ranking import RANDOM_SEARCH
from nasarena.suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

FASTER, SLOWER, OPACITY = COLOURS[0], COLOURS[4], 0.6
"""Ink is read on the strongest cell at more than 4.5:1, on light and on dark pages."""

ROW, CELL, WIDEST, NUMBER = 0.27, 0.34, 1.1, 9
"""Inches of a row, least and largest width of a cell, and points of the numbers."""

LABELS = 0.36
"""The share of the width that names of methods may take."""

MEAN = "geometric mean"


@dataclass(frozen=True)
class SpeedUps:
    """Random search's restricted mean samples over each method's, to 6 significant digits.

    `values` has shape (methods, benchmarks), NaN where a method was not run; `means`, (methods,),
    are the geometric ones, within a space first, then across, as in a `Ranking`: NaN for methods
    that are not ranked. `exact` says whether random search is in closed form, not simulated.
    """

    methods: list[str]
    benchmarks: list[str]
    values: NDArray[np.float64]
    means: NDArray[np.float64]
    exact: bool


def speed_ups(comparison: Comparison) -> SpeedUps:
    """The speed-ups of a comparison's methods without failed or rejected runs, largest mean first.

    Methods that are not ranked come last. Samples are counted up to the comparison's budgets.
    Random search is the simulated one where a `Ranking` takes that.
    """
    block = complete_block(comparison)
    exact = RANDOM_SEARCH not in block.methods
    methods, benchmarks = comparison.sound_methods, comparison.benchmarks
    values = np.full((len(methods), len(benchmarks)), np.nan)
    for column, benchmark in enumerate(benchmarks):
        cells, budget = comparison.run_sets[benchmark], comparison.budgets[benchmark]
        reference = _random_search(cells, budget, exact)
        for row, method in enumerate(methods):
            if method in cells:
                values[row, column] = reference / _restricted_mean(cells[method], budget)
    shown = [benchmarks.index(benchmark) for benchmark in block.benchmarks]
    means = np.exp(np.log(values[:, shown]) @ block.weights)
    means[[method not in block.methods for method in methods]] = np.nan
    order = sorted(range(len(methods)), key=lambda row: (-np.nan_to_num(means[row]), methods[row]))
    return SpeedUps(
        methods=[methods[row] for row in order],
        benchmarks=benchmarks,
        values=np.vectorize(rounded, otypes=[float])(values[order]),
        means=np.vectorize(rounded, otypes=[float])(means[order]),
        exact=exact,
    )


def heat_map(comparison: Comparison, name: str) -> Drawing | None:
    """The speed-ups over random search, a row a method, a column a benchmark, and their mean.

    Blue cells have fewer samples than random search, orange ones more; a cell is empty where a
    method was not run. Where columns do not fit beside each other they go below. `name` makes
    the SVG's ids unique on a page. None where no method is without failed or rejected runs.
    """
    import pandas as pd
    import seaborn as sns

    found = speed_ups(comparison)
    if not found.methods:
        return None
    table = pd.DataFrame(found.values, index=found.methods, columns=found.benchmarks)
    if len(found.benchmarks) > 1 and np.isfinite(found.means).any():
        table[MEAN] = found.means
    scale, size = sheet().scale, TICK * sheet().scale
    names = shortened(found.methods, LABELS * sheet().width, size)
    room = sheet().width - max(text_width(it, size) for it in names) - 0.15
    panels = _panels(table, room)
    columns = max(panels[0].shape[1], room / (WIDEST * scale))
    cell = room / columns
    titles = _titles(panels, cell, size)
    label = max(text_width(it, size) for it in titles.values())
    slanted = label > 0.95 * cell
    header = (0.75 * label + 0.1 if slanted else 0.2) + 0.25 * scale
    strongest = max(1, np.abs(np.log2(table.to_numpy()[np.isfinite(table)])).max())
    with look(name) as (figure, first):
        figure.delaxes(first)
        figure.set_size_inches(
            sheet().width, len(panels) * (len(names) * ROW * scale + header) + 0.1
        )
        for axes, panel in zip(
            figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True
        ):
            axes.set_facecolor("none")
            sns.heatmap(
                np.log2(panel),
                ax=axes,
                annot=panel.map(_number),
                fmt="",
                annot_kws={"color": INK, "fontsize": NUMBER},
                cmap=_colours(),
                vmin=-strongest,
                vmax=strongest,
                cbar=False,
                xticklabels=False,
                yticklabels=False,
                linecolor="none",
            )
            axes.set_yticks(np.arange(len(names)) + 0.5, names, rotation=0, parse_math=False)
            _bold_best(axes, panel)
            _columns(axes, list(panel.columns), titles, slanted)
            axes.set_xlim(0, columns)
        search = "in closed form" if found.exact else "simulated"
        drawing = drawing_of(
            figure,
            name,
            f"Speed-up over random search, {comparison.name}",
            "How many times fewer samples than random search "
            f"({search}) each method needs on each benchmark, by restricted means. "
            + (
                f"{MEAN.capitalize()}, within a search space first, then across: "
                f"{'; '.join(_said(found))}."
                if MEAN in table
                else ""
            ),
            _data(found),
        )
    return drawing


def _random_search(cells: dict[str, RunSet], budget: int, exact: bool) -> float:
    if not exact and RANDOM_SEARCH in cells:
        return _restricted_mean(cells[RANDOM_SEARCH], budget)
    runs = next(iter(cells.values()))
    return expected_restricted_samples(runs.benchmark, budget, runs.identity.duplicates)


def _restricted_mean(runs: RunSet, budget: int) -> float:
    return float(np.minimum(runs.samples_to_optimum, budget).mean())


def _panels(table: "pd.DataFrame", room: float) -> "list[pd.DataFrame]":
    """The columns in as few blocks as fit into so many inches, about equally many in each."""
    most = max(1, int(room / (CELL * sheet().scale)))
    count = -(-table.shape[1] // most)
    return [table.iloc[:, columns] for columns in np.array_split(range(table.shape[1]), count)]


def _titles(panels: "list[pd.DataFrame]", cell: float, size: float) -> dict[str, str]:
    """What stands below each column: the data set where the space above it has room, or both."""
    fits = all(
        text_width(printable(space), size) <= count * cell + 0.1
        for panel in panels
        for space, count in _spaces(list(panel.columns))
        if space != MEAN
    )
    columns = [column for panel in panels for column in panel.columns]
    return {
        column: printable(column.partition("/")[2] if fits and "/" in column else column)
        for column in columns
    }


def _spaces(columns: list[str]) -> list[tuple[str, int]]:
    """The spaces of columns, and how many of them follow each other."""
    spaces = groupby(column.partition("/")[0] for column in columns)
    return [(space, len(list(group))) for space, group in spaces]


def _columns(axes: "Axes", columns: list[str], titles: dict[str, str], slanted: bool) -> None:
    """Names below the columns; above them those of the spaces, if not below, and lines between."""
    axes.set_xticks(
        np.arange(len(columns)) + 0.5,
        [titles[column] for column in columns],
        parse_math=False,
        rotation=40 if slanted else 0,
        ha="right" if slanted else "center",
        rotation_mode="anchor",
    )
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=0)
    start = 0
    for space, count in _spaces(columns):
        if start:
            axes.axvline(start, color=INK, linewidth=1.2)
        if titles[columns[start]] != columns[start]:
            axes.text(
                start + count / 2,
                -0.12,
                printable(space),
                ha="center",
                va="bottom",
                fontsize=TICK,
                color=INK,
                parse_math=False,
            )
        start += count


def _bold_best(axes: "Axes", panel: "pd.DataFrame") -> None:
    """The largest number of each column, and what looks like it, if it is a speed-up."""
    values = panel.to_numpy()
    for text in axes.texts:
        column, row = (int(place) for place in text.get_position())
        best = _number(np.nanmax(values[:, column]))
        if _number(values[row, column]) == best != _number(1):
            text.set_fontweight("bold")


def _number(value: float) -> str:
    """Two digits or more: `0.06`, `0.8`, `1.3`, `13`, `135`."""
    if not np.isfinite(value):
        return ""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.{1 if value >= 0.095 else 2}f}"


def _colours() -> "Colormap":
    """Orange and blue that let the page shine through, most in the middle."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    stops = [(SLOWER, OPACITY), (SLOWER, 0), (FASTER, 0), (FASTER, OPACITY)]
    colours = [to_rgba(colour, opacity) for colour, opacity in stops]
    return LinearSegmentedColormap.from_list("", list(zip((0, 0.5, 0.5, 1), colours, strict=True)))


def _said(found: SpeedUps) -> list[str]:
    return [
        f"{method} {mean:.3g}"
        for method, mean in zip(found.methods, found.means.tolist(), strict=True)
        if np.isfinite(mean)
    ]


def _data(found: SpeedUps) -> "pd.DataFrame":
    """One line a method and benchmark; the mean is of no benchmark."""
    import pandas as pd

    methods, benchmarks = np.meshgrid(found.methods, [*found.benchmarks, MEAN], indexing="ij")
    values = np.column_stack([found.values, found.means])
    columns = {"method": methods, "benchmark": benchmarks, "speed_up": values}
    return pd.DataFrame({key: column.ravel() for key, column in columns.items()})
