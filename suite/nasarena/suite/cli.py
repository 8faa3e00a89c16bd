"""The `nasarena` command: one verb a file, put together here."""

import sys
import warnings
from typing import Annotated, Any

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
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in the help are brackets
    help="Measure sample-efficient neural architecture search: run methods on benchmarks under one "
    "protocol, compare them, and publish a leaderboard.",
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

RESUMED = {"run": "runs", "predictors": "measurements", "train-table": "trainings"}
"""Commands that continue when they are given again, and what they keep."""


def _say_version(wanted: bool) -> None:
    if wanted:
        from nasarena.suite.packages import nasarena_version

        typer.echo(f"nasarena {nasarena_version()}")
        raise typer.Exit()


@app.callback()
def nasarena(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version, and the commit where it is known, and exit.",
            callback=_say_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    pass  # what it does is in the callbacks of its options


def main() -> None:
    """Run the command line: exit code 0, 2 with one sentence for bad input, 130 for Ctrl-C."""
    sys.exit(run_command(sys.argv[1:] or ["--help"]))


def run_command(arguments: list[str]) -> int:
    """The exit code of one command line."""
    try:
        # Commands return nothing: any exit code is that of help or --version (0) or Ctrl-C (130).
        with warnings.catch_warnings(record=False):
            warnings.showwarning = _warn
            exit_code = app(arguments, standalone_mode=False) or 0
    except UserError as error:
        return _complain(str(error), 2)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    if exit_code == INTERRUPTED:
        what = RESUMED.get(arguments[0])
        kept = f"; finished {what} are kept, give the same command again to continue"
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
