"""The `nasarena` command: one verb a file, put together here."""

import sys
import warnings
from typing import Any

import typer

from nasarena.suite.commands.benchmarks import benchmarks
from nasarena.suite.commands.compare import compare
from nasarena.suite.commands.fetch import fetch
from nasarena.suite.commands.figures import figures
from nasarena.suite.commands.imports import imports
from nasarena.suite.commands.methods import methods
from nasarena.suite.commands.output import warn
from nasarena.suite.commands.predictors import predictors
from nasarena.suite.commands.quickstart import quickstart
from nasarena.suite.commands.run import run
from nasarena.suite.commands.site import site
from nasarena.suite.commands.table import table
from nasarena.suite.commands.train_table import train_table
from nasarena.suite.errors import UserError

app = typer.Typer(
    name="nasarena",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in the help are brackets
    help="The place where sample-efficient neural architecture search is measured.",
    epilog="Start with: nasarena quickstart",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    quickstart,
    run,
    table,
    compare,
    site,
    figures,
    predictors,
    methods,
    benchmarks,
    train_table,
    fetch,
):
    app.command()(command)
app.add_typer(imports)


INTERRUPTED = 130

RESUMED = {"run": "runs", "train-table": "trainings"}
"""Commands that go on where they were, and what they keep."""


def main() -> None:
    """Run the command line: exit code 0, 2 with one sentence for bad input, 130 for Ctrl-C."""
    sys.exit(run_command(sys.argv[1:] or ["--help"]))


def run_command(arguments: list[str]) -> int:
    """The exit code of one command line."""
    try:
        # Commands return nothing; what comes back is the exit code of help (0) or Ctrl-C (130).
        with warnings.catch_warnings(record=False):
            warnings.showwarning = _warn
            exit_code = app(arguments, standalone_mode=False) or 0
    except UserError as error:
        return _complain(str(error), 2)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    if exit_code == INTERRUPTED:
        what = RESUMED.get(arguments[0])
        kept = f"; finished {what} are kept, the same command goes on with the rest"
        return _complain(f"interrupted{kept if what else ''}", INTERRUPTED)
    return int(exit_code)


def _warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Warnings for users in the command's own words; those for programmers stay silent."""
    if category is UserWarning:
        warn(str(message))


def _complain(sentence: str, exit_code: int) -> int:
    for line in sentence.splitlines():
        # Sentences quote what files hold: nothing of it is for the terminal to obey.
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
        print(f"nasarena: {shown}", file=sys.stderr)
    return exit_code
