"""How every figure is drawn: this project's look, and SVG that follows the page's colours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from leaderboard.styles import Style
from leaderboard.tables import printable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, LEGEND_LINE = 5.2, 2.7, 0.19
"""Inches; the width suits a phone, where the SVG is then shown at about its own size."""

INK = "#010203"
"""Stands for the page's text colour until the SVG is written."""


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG, and its data as CSV."""

    svg: str
    data: str


def csv_of(data: "pd.DataFrame") -> str:
    """The data of a figure as CSV, numbers with 6 significant digits."""
    return data.to_csv(index=False, lineterminator="\n", float_format="%.6g")


@contextmanager
def look(name: str) -> Iterator[tuple["Figure", "Axes"]]:
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


def add_legend(figure: "Figure", styles: dict[str, Style], reference: str | None = None) -> None:
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


def svg_of(figure: "Figure", name: str, title: str, description: str) -> str:
    """A figure as SVG for the page, its ids beginning with `name`, said in words for those who
    cannot see it.
    """
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
