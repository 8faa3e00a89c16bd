"""How wide texts are in figures, and names cut to a width."""

import warnings
from collections.abc import Sequence
from functools import lru_cache

from nasarena.suite.errors import printable

NARROWEST = 0.25
"""No letter of a name is narrower, in sizes of text."""


def shortened(names: Sequence[str], width: float, size: float) -> list[str]:
    """Names, cut in the middle to a width (inches) at a size of text (points), still different."""
    shown: list[str] = []
    most = int(width * 72 / size / NARROWEST)
    for name in names:
        plain = cut = printable(name)
        keep, copies = min(len(plain), most), 1
        while keep > 2 and (text_width(cut, size) > width or (cut != plain and cut in shown)):
            if text_width(cut, size) > width:
                keep -= 1
            else:
                copies += 1
            gap = f"…{copies}…" if copies > 1 else "…"
            cut = f"{plain[: keep - keep // 3]}{gap}{plain[len(plain) - keep // 3 :]}"
        shown.append(cut)
    return shown


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """The width of a text in inches, in the font of the figures."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, FontProperties(family="DejaVu Sans", size=size), ismath=False
        )
    return float(width) / 72
