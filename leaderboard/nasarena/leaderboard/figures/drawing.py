"""How every figure is drawn: this project's look, on the page and in papers, in every format."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from nasarena.leaderboard.figures import svg as page
from nasarena.leaderboard.figures.sheets import sheet
from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.figures.text_widths import shortened, text_width
from nasarena.leaderboard.tables.formats import csv_of
from nasarena.suite.errors import printable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D

HEIGHT, LEGEND_LINE = 2.7, 0.19
"""Inches on the page."""

INK = page.INK
"""The page's text colour in SVG, dark in the other formats."""

PAPER_DOTS = 300
"""Dots per inch, of what is not drawn in lines."""

LABEL, TICK = 10, 9.5
"""Points, of the labels of axes, and of ticks and legends."""


@dataclass(frozen=True)
class Drawing:
    """A figure in the formats that its sheet asks for, empty in others, its data as CSV, and what
    it shows in words.
    """

    svg: str
    data: str
    pdf: bytes = b""
    png: bytes = b""
    title: str = ""
    description: str = ""


@contextmanager
def look(name: str) -> Iterator[tuple["Figure", "Axes"]]:
    """A figure to draw in with this project's settings, whatever the caller's are: same bytes."""
    import seaborn as sns
    from matplotlib import style
    from matplotlib.figure import Figure

    width, scale = sheet().width, sheet().scale
    sizes = {key: size * scale for key, size in _SIZES.items()}
    settings = _SETTINGS | sizes | {"svg.hashsalt": name}
    with (
        style.context(["default", sns.axes_style("ticks"), settings]),
        warnings.catch_warnings(),
    ):
        # Names can have any letters: one that the font lacks is drawn as a box.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        # A figure of its own, not pyplot's: the program that calls keeps its current one.
        figure = Figure(
            figsize=(width, HEIGHT * sheet().height), facecolor="none", layout="constrained"
        )
        axes = figure.add_subplot(facecolor="none")
        add_grid(axes, scale)
        yield figure, axes


def add_grid(axes: "Axes", scale: float = 1) -> None:
    """A faint grid, and lines at the left and the bottom alone."""
    axes.grid(color=INK, alpha=0.14, linewidth=0.6 * scale)
    axes.spines[["top", "right"]].set_visible(False)


_COLOURED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_SETTINGS: dict[str, Any] = {
    **dict.fromkeys(_COLOURED, INK),
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # publishers refuse the other kind
}
_SIZES = {
    "font.size": LABEL,
    "axes.labelsize": LABEL,
    "axes.labelpad": 4,
    "axes.linewidth": 0.8,
    "axes.titlesize": LABEL,
    **{
        f"{axis}tick.{key}": size
        for axis in "xy"
        for key, size in {
            "labelsize": TICK,
            "major.size": 3.5,
            "major.width": 0.8,
            "major.pad": 3.5,
            "minor.size": 2,
            "minor.width": 0.6,
        }.items()
    },
}


def mark(artists: Sequence["Artist"], series: str, says: str = "") -> None:
    """What is drawn for one series, so that the page's script finds it in the SVG.

    There it lies in `<g class="series" data-series="...">`; `says` is read where the mouse rests.
    """
    for artist in artists:
        artist.set_gid(page.series_id("series", series, says))


def add_legend(figure: "Figure", styles: Mapping[str, Style], reference: str | None = None) -> None:
    """The styles of curves, below the axes; a `reference` is a thin line in the page's colour."""
    place_legend(figure, *legend_lines(styles, reference), longest=LONGEST)


def legend_lines(
    styles: Mapping[str, Style], reference: str | None = None
) -> tuple[list["Line2D"], list[str]]:
    """The keys and names of a legend of curves."""
    from matplotlib.lines import Line2D

    lines = [
        Line2D([], [], color=style.colour, linestyle=(0, style.dash) if style.dash else "-", lw=1.8)
        for style in styles.values()
    ]
    names = [printable(method) for method in styles]
    if reference:
        lines.append(Line2D([], [], color=INK, alpha=0.55, lw=0.9))
        names.append(reference)
    return lines, names


_HANDLE, _PAD, _GAP = 2.7, 0.6, 1.2
"""Of a legend's columns: line, space before the name, and between columns, in sizes of text."""

LONGEST = 15
"""What names of methods are cut to in a legend, in sizes of text: two fit beside each other."""


def place_legend(
    figure: "Figure",
    keys: Sequence["Line2D"],
    names: Sequence[str],
    height: float = HEIGHT,
    longest: float = np.inf,
) -> None:
    """Below the axes (`height` inches), so that nothing is covered.

    Names are cut where they are longer than the figure, or than `longest` sizes of text.
    """
    if not keys:
        return
    size = TICK * sheet().scale
    room = 72 * sheet().width / size - 1
    shown = shortened(names, min(longest, room - _HANDLE - _PAD) * size / 72, size)
    widths = [_HANDLE + _PAD + 72 * text_width(name, size) / size for name in shown]
    ncols = _columns(widths, room)
    legend_height = LEGEND_LINE * sheet().scale * -(-len(names) // ncols)
    figure.set_size_inches(sheet().width, height * sheet().height + legend_height)
    legend = figure.legend(
        keys,
        [str(index) for index in range(len(keys))],
        loc="outside lower center",
        ncols=ncols,
        frameon=False,
        fontsize=size,
        labelcolor=INK,
        handlelength=_HANDLE,
        handletextpad=_PAD,
        columnspacing=_GAP,
        borderaxespad=0,
    )
    name_keys(legend, shown)
    for name, text in zip(names, legend.get_texts(), strict=True):
        text.set_gid(page.series_id("key", name))
    for name, line in zip(names, legend.get_lines(), strict=True):
        _shrink_line(line, sheet().scale)
        line.set_gid(page.series_id("key", name))


def name_keys(legend: "Legend", names: Sequence[str]) -> None:
    """Set the texts of a legend that was made with any labels.

    As labels, names that start with `_` would be left out and `$` would be mathematics.
    """
    for name, text in zip(names, legend.get_texts(), strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _columns(widths: Sequence[float], room: float) -> int:
    """The most columns of a legend that fit beside each other."""
    for ncols in range(len(widths), 1, -1):
        columns = np.array_split(widths, ncols)  # as matplotlib fills them
        if sum(column.max() for column in columns) + _GAP * (ncols - 1) <= room:
            return ncols
    return 1


def drawing_of(
    figure: "Figure", name: str, title: str, description: str, data: "pd.DataFrame"
) -> Drawing:
    """A figure that is drawn, in the formats of the sheet, inside `look`.

    The ids in the SVG begin with `name`; title and description are for screen readers.
    Same figure, same bytes.
    """
    formats = sheet().formats
    _shrink(figure, sheet().scale)
    return Drawing(
        svg=svg_of(figure, name, title, description) if "svg" in formats else "",
        data=csv_of(data),
        pdf=_pdf_of(figure, title) if "pdf" in formats else b"",
        png=_png_of(figure) if "png" in formats else b"",
        title=printable(title),
        description=printable(description),
    )


def svg_of(figure: "Figure", name: str, title: str, description: str) -> str:
    """A figure as SVG for the page, its ids beginning with `name`; title and description are
    for screen readers.
    """
    file = StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    return page.page_svg(file.getvalue(), name, title, description, _axis_of(figure))


def _axis_of(figure: "Figure") -> str:
    """Where the x axis lies in the SVG, its limits and scale: for the script that reads curves."""
    axes = figure.axes[0]
    left, right = axes.bbox.intervalx * 72 / figure.dpi
    first, last = axes.get_xlim()
    return f"{left:.1f} {right:.1f} {first:.6g} {last:.6g} {axes.get_xscale()}"


def _pdf_of(figure: "Figure", title: str) -> bytes:
    """A figure as PDF, dark on transparent."""
    file = BytesIO()
    nothing = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    metadata = nothing | {"Title": printable(title)}
    figure.savefig(file, format="pdf", dpi=PAPER_DOTS, transparent=True, metadata=metadata)
    return file.getvalue()


def _png_of(figure: "Figure") -> bytes:
    """A figure as PNG, dark on white."""
    file = BytesIO()
    nothing = {"Software": None}
    figure.savefig(file, format="png", dpi=PAPER_DOTS, facecolor="white", metadata=nothing)
    return file.getvalue()


def _shrink(figure: "Figure", scale: float) -> None:
    """Lines, dots and texts inside the axes as large as the sheet has them."""
    from matplotlib.collections import PathCollection

    if scale == 1:
        return
    for axes in figure.axes:
        for line in axes.lines:
            _shrink_line(line, scale)
        for text in axes.texts:
            text.set_fontsize(float(text.get_fontsize()) * scale)
        for collection in axes.collections:
            collection.set_linewidth((scale * np.asarray(collection.get_linewidth())).tolist())
            if isinstance(collection, PathCollection):
                collection.set_sizes(collection.get_sizes() * scale**2)


def _shrink_line(line: "Line2D", scale: float) -> None:
    line.set_linewidth(line.get_linewidth() * scale)
    line.set_markersize(line.get_markersize() * scale)
