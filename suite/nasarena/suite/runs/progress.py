"""Progress bars: in a terminal, in a notebook, or nowhere."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

NOTEBOOK_SECONDS = 0.5
"""Between two pictures of the bars in a notebook."""


@contextmanager
def progress_bar(
    total: int, doing: str = "running", what: str = "runs", shown: bool | None = None
) -> Iterator[Callable[[int], None]]:
    """A bar with the rate and the time left, as `progress_bars`."""
    with progress_bars([(total, doing, what)], shown) as (tell,):
        yield tell


@contextmanager
def progress_bars(
    bars: Sequence[tuple[int, str, str]], shown: bool | None = None
) -> Iterator[list[Callable[[int], None]]]:
    """A bar for each total, what is done, and what is counted; gives a function for each.

    They are on the standard error, or in the notebook's cell. Without `shown` they are there in a
    terminal and in a notebook, and a script that is not in a terminal stays quiet.
    """
    if in_notebook():
        with _in_cell(bars, shown is not False) as tell:
            yield tell
        return
    progress = _progress(shown if shown is not None else sys.stderr.isatty())
    with progress:
        yield _add(progress, bars)


def in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _add(progress: "Progress", bars: Sequence[tuple[int, str, str]]) -> list[Callable[[int], None]]:
    tasks = [progress.add_task(doing, total=total, what=what) for total, doing, what in bars]
    return [partial(progress.advance, task) for task in tasks]


def _progress(shown: bool) -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(TextColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed or 0
            return Text(f"{speed:.3g} {task.fields['what']}/s")

    terminal = sys.stderr.isatty()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=Console(
            stderr=True, width=None if terminal else 120, highlight=False, force_jupyter=False
        ),
        transient=terminal,
        disable=not shown,
    )


@contextmanager
def _in_cell(
    bars: Sequence[tuple[int, str, str]], shown: bool
) -> Iterator[list[Callable[[int], None]]]:
    """Bars as text in a notebook's cell, drawn again in place; no widgets are needed."""
    from IPython.display import display

    show: Any = display
    progress = _progress(shown=False)
    handle = show({"text/plain": ""}, raw=True, display_id=True) if shown else None
    last = 0.0

    def draw() -> None:
        from rich.console import Console

        if handle is not None:
            text = StringIO()
            Console(file=text, width=100, force_jupyter=False).print(progress.get_renderable())
            handle.update({"text/plain": text.getvalue().rstrip()}, raw=True)

    def told(advance: Callable[[int], None], finished: int) -> None:
        nonlocal last
        advance(finished)
        if time.monotonic() - last >= NOTEBOOK_SECONDS:
            last = time.monotonic()
            draw()

    try:
        yield [partial(told, advance) for advance in _add(progress, bars)]
    finally:
        draw()
