"""How commands speak: text for people, JSON for machines."""

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasarena.suite.errors import RunsFailed, printable

if TYPE_CHECKING:
    from rich.console import Console

    from nasarena.suite.runs.runner import Report


def print_json(value: Any) -> None:
    """JSON on the standard output, as plain text."""
    text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    # Letters as they are; what would steer a terminal (json escapes only some) as \u and a number.
    escaped = (
        letter if letter == "\n" or letter.isprintable() else json.dumps(letter)[1:-1]
        for letter in text
    )
    sys.stdout.write("".join(escaped) + "\n")


def say(text: str, stderr: bool = False) -> None:
    """A text for people; nothing that names or files hold is for the terminal to obey."""
    print(printable(text, kept="\n"), file=sys.stderr if stderr else sys.stdout)


def console(stderr: bool = False) -> "Console":
    """A console on the standard output (or error); 120 wide where that is no terminal.

    What is printed on it is shown as by `say`.
    """
    from rich.console import Console

    from nasarena.suite.commands.shown import Shown

    target = sys.stderr if stderr else sys.stdout
    made = Console(stderr=stderr, width=None if target.isatty() else 120, highlight=False)
    made.push_render_hook(Shown())
    return made


def warn(sentence: str) -> None:
    """One line on the standard error that stops nothing."""
    say(f"nasarena: warning: {' '.join(sentence.split())}", stderr=True)


def duration(seconds: float) -> str:
    """A number of seconds as a person says it."""
    if seconds < 100:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 6000 else f"{seconds / 3600:.3g} h"


def conclude(report: "Report", results: Path) -> None:
    """Say what was done, and which runs gave up; raises RunsFailed where runs failed."""
    for warning in report.warnings:
        warn(warning)
    say_done(report.done, report.kept, "run", results)
    if report.failures:
        see = f"see `nasarena runs {shlex.quote(str(results))} --failed --traceback`"
        raise RunsFailed("\n".join([*report.failures, see]))


def say_done(done: int, kept: int, what: str, results: Path) -> None:
    """Say how many were done and how many were not needed, on the standard error."""
    before = f" ({kept} {'was' if kept == 1 else 'were'} done before)" if kept else ""
    say(f"{counted(done, what)} done{before}, in {results}", stderr=True)


def counted(count: int, what: str) -> str:
    """A number of things: `1 run`, `2 runs`, `2 processes`."""
    ending = "" if count == 1 else "es" if what.endswith("s") else "s"
    return f"{count} {what}{ending}"
