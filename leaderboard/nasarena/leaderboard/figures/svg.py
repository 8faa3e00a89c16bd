"""SVG for the page: matplotlib's in fewer bytes, in the page's colour, with curves that a script
can find and words for screen readers.
"""

import re
from html import escape

from nasarena.suite.errors import printable

INK = "#010203"
"""Stands for the page's text colour until the SVG is written."""


def series_id(kind: str, name: str, says: str = "") -> str:
    """The id by which what is drawn for `name` is found again in the SVG; nothing in it is markup.

    `kind` is `series` for curves, with `says` what is read where the mouse rests, `key` for the
    legend.
    """
    return f"{kind}-{name.encode().hex()}-{says.encode().hex()}"


def page_svg(svg: str, name: str, title: str, description: str, axis: str) -> str:
    """What matplotlib wrote, as a figure of the page; its ids begin with `name`, and `axis` says
    where its x axis lies.
    """
    svg = svg[svg.index("<svg") :]
    # A style sheet in an inline SVG would be the whole page's.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    label = (
        f'<title id="{name}-title">{escape(printable(title))}</title>'
        f'<desc id="{name}-desc">{escape(printable(description))}</desc>'
    )
    attributes = (
        f'role="img" aria-labelledby="{name}-title {name}-desc" stroke-linejoin="round" '
        f'stroke-linecap="butt" font-family="system-ui, sans-serif" data-x="{axis}"'
    )
    opening, _, rest = _compact(svg).lstrip().partition(">")
    return f"{opening} {attributes}>{label}{rest}"


def _compact(svg: str) -> str:
    """The same picture in fewer bytes, in the page's colour, font and name space of ids.

    Only tags are changed, as texts can hold anything.
    """
    parts, kept = [""], []
    for part in re.split(r"(<[^>]*>)", svg):
        if part.startswith("<"):
            part = _compact_tag(part)  # noqa: PLW2901
        elif not part.strip():
            part = "" if parts[-1] == "\n" else "\n"  # noqa: PLW2901
        if part.startswith("<g") and part.endswith("/>"):  # something with nothing in it
            continue
        if part.startswith("<g"):
            kept.append(part != "<g>")
            part = part if kept[-1] else ""  # noqa: PLW2901
        elif part == "</g>" and not kept.pop():
            continue
        if part:
            parts.append(part)
    return "".join(parts)


def _compact_tag(tag: str) -> str:
    if marked := re.fullmatch(r'<g id="(series|key)-([0-9a-f]*)-([0-9a-f]*)">', tag):
        return _series(marked[1], *(bytes.fromhex(marked[part]).decode() for part in (2, 3)))
    tag = re.sub(r'^<g id="[^"]*"', "<g", tag)  # the same in every figure, and used by nothing
    tag = re.sub(r' transform="rotate\(-0 [^"]*"| font-family: [^;"]*;?', "", tag)
    tag = re.sub(r'(?<= )(d|x|y)="[^"]*', _short_numbers, tag)
    return tag.replace(INK, "currentColor")


def _series(kind: str, name: str, says: str) -> str:
    title = f"<title>{escape(printable(says))}</title>" if says else ""
    return f'<g class="{kind}" data-series="{escape(printable(name))}">{title}'


def _short_numbers(attribute: re.Match[str]) -> str:
    """Coordinates with one decimal: a tenth of a point is finer than a screen shows."""
    text = re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.1f}", attribute[0])
    if not {"C", "Q"} & set(text):  # without curves, all that follows a point are lines
        text = text.replace("L ", "")
    return " ".join(text.split())
