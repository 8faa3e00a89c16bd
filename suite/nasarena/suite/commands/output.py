"""How commands speak: text for people, JSON for machines."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasarena.suite.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from nasarena.suite.runs.runner import Report


def print_json(value: Any) -> None:
    """JSON on the standard output, as plain text."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def console(stderr: bool = False) -> "Console":
    """A console on the standard output (or error); 120 wide where that is no terminal."""
    from rich.console import Console

    target = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if target.isatty() else 120, highlight=False)


def warn(sentence: str) -> None:
    """One line on the standard error that stops nothing."""
    print(f"nasarena: warning: {' '.join(sentence.split())}", file=sys.stderr)


def duration(seconds: float) -> str:
    """A number of seconds as a person says it."""
    if seconds < 100:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 6000 else f"{seconds / 3600:.3g} h"


def conclude(report: "Report", results: Path) -> None:
    """Say what was done; raises UserError when runs failed or gave up, after a line for each."""
    for warning in report.warnings:
        warn(warning)
    kept = f" ({report.kept} were there)" if report.kept else ""
    print(f"{report.done} runs done{kept}, in {results}", file=sys.stderr)
    if report.complaints:
        raise UserError("\n".join(report.complaints))


@contextmanager
def progress_bar(
    total: int, doing: str = "running", what: str = "runs"
) -> Iterator[Callable[[int], None]]:
    """A bar with the rate and the time left, on the standard error if that is a terminal."""
    with progress_bars([(total, doing, what)]) as (tell,):
        yield tell


@contextmanager
def progress_bars(bars: Sequence[tuple[int, str, str]]) -> Iterator[list[Callable[[int], None]]]:
    """A bar for each total, what is done, and what is counted; as `progress_bar`."""
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

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as shown:
        tasks = [shown.add_task(doing, total=total, what=what) for total, doing, what in bars]
        yield [partial(shown.advance, task) for task in tasks]
