"""How commands speak: text for people, JSON for machines."""

import json
import sys
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
