"""What figures are drawn for: the page, or one or two columns of a paper."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """What a figure is drawn for: `width` in inches, and times the size on the page the height,
    and the `scale` of texts, lines and dots. Figures are drawn in sizes of the page.
    """

    width: float
    height: float
    scale: float
    formats: frozenset[str] = frozenset({"svg", "pdf"})


PAGE = Sheet(5.2, 1, 1)
"""The width suits a phone, where the SVG is then shown at about its own size."""

ONE_COLUMN = Sheet(3.3, 0.78, 0.78)
TWO_COLUMNS = Sheet(6.9, 0.95, 0.8)

_SHEET: ContextVar[Sheet] = ContextVar("sheet", default=PAGE)


def sheet() -> Sheet:
    """What figures are drawn for now."""
    return _SHEET.get()


@contextmanager
def on_sheet(chosen: Sheet) -> Iterator[None]:
    """Every figure that is drawn meanwhile is drawn for this sheet."""
    token = _SHEET.set(chosen)
    try:
        yield
    finally:
        _SHEET.reset(token)
