"""What pages are made of: sections with sentences, figures and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.pages.grid import Grid


@dataclass(frozen=True)
class Picture:
    """A figure on a page: its drawing, the name of its files, and what it shows, in words."""

    name: str
    drawing: Drawing
    caption: str

    @property
    def is_curve(self) -> bool:
        """Whether its data are curves over queries or hours, for the page's script to read."""
        return self.drawing.data.startswith(("method,queries,", "method,hours,"))


@dataclass(frozen=True)
class Fold:
    """A table with a line to open it by."""

    summary: str
    grid: Grid
    is_open: bool = False


@dataclass(frozen=True)
class Section:
    """A part of a page: an anchor, a heading, and what is below it, in this order.

    `linked` are figures that are only there as files, each behind its caption; `notes` are what
    cannot be said.
    """

    anchor: str
    title: str
    sentences: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    grids: Sequence[Grid] = ()
    folded: Sequence[Fold] = ()
    linked: Sequence[Picture] = ()
    notes: Sequence[str] = ()

    @property
    def tables(self) -> list[Grid]:
        """All tables of the section."""
        return [*self.grids, *(fold.grid for fold in self.folded)]
