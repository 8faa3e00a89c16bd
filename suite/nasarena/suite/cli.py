"""The `nasarena` command: one verb a file, put together here."""

import os
import sys
import warnings
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from nasarena.suite.commands.audit import audit
from nasarena.suite.commands.benchmarks import benchmarks
from nasarena.suite.commands.compare import compare
from nasarena.suite.commands.fetch import fetch
from nasarena.suite.commands.figures import figures
from nasarena.suite.commands.gate import gate
from nasarena.suite.commands.history import history
from nasarena.suite.commands.imports import imports
from nasarena.suite.commands.methods import methods
from nasarena.suite.commands.output import say, warn
from nasarena.suite.commands.predictors import predictors
from nasarena.suite.commands.proxies import proxies
from nasarena.suite.commands.quickstart import quickstart
from nasarena.suite.commands.run import run
from nasarena.suite.commands.runs import runs
from nasarena.suite.commands.schema import schema
from nasarena.suite.commands.site import site
from nasarena.suite.commands.submit_check import submit_check
from nasarena.suite.commands.table import table
from nasarena.suite.commands.train_table import train_table
from nasarena.suite.errors import UserError

EXIT_CODES = (
    "Exit codes: 0 when all is done, 1 when some runs failed, the gate found a regression, an "
    "audit a fault or submit-check something to put right, 2 for bad input, 130 after Ctrl-C. Runs "
    "that gave up did not fail: they are counted in a warning."
)

app = typer.Typer(
    name="nasarena",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # brackets in the help are brackets
    help="Measure sample-efficient neural architecture search: run methods on benchmarks under one "
    "protocol, compare them, and publish a leaderboard.",
    epilog=f"{EXIT_CODES} Start with: nasarena quickstart",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    quickstart,
    run,
    runs,
    table,
    compare,
    gate,
    audit,
    submit_check,
    site,
    figures,
    predictors,
    proxies,
    methods,
    benchmarks,
    schema,
    train_table,
    fetch,
):
    app.command()(command)
app.add_typer(imports)
app.add_typer(history)


INTERRUPTED = 130

MOST_LETTERS = 2_000
"""Of a complaint that is shown."""

RESUMED = {"run": "runs", "predictors": "measurements", "train-table": "trainings"}
"""Commands that continue when they are given again, and what they keep."""

RENAMED = {("compare", "--labels"): "--at", ("predictors", "--labels"): "--sizes"}
"""What options were called before, by command."""


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
    """Run the command line, and exit as `EXIT_CODES` says."""
    if isinstance(sys.stdout, TextIOWrapper):  # names of files may be no text
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(_flushed(run_command(sys.argv[1:] or ["--help"])))


def _flushed(exit_code: int) -> int:
    """The exit code, when all that was printed has arrived; else that of a complaint."""
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python would try again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _complain(_system_error(error), UserError.exit_code)
    return exit_code


def _system_error(error: OSError) -> str:
    what = "what was to be printed" if error.filename is None else str(error.filename)
    return f"{what} cannot be read or written ({error.strerror or error})"


def run_command(arguments: list[str]) -> int:
    """The exit code of one command line."""
    try:
        # Commands return nothing: any exit code is that of help or --version (0) or Ctrl-C (130).
        with warnings.catch_warnings(record=False):
            warnings.showwarning = _warn
            exit_code = app(arguments, standalone_mode=False) or 0
    except UserError as error:
        return _complain(str(error), error.exit_code)
    except typer.TyperException as error:
        return _complain(_unknown_option(error) or error.format_message(), UserError.exit_code)
    except OSError as error:  # where no command has a better sentence
        return _complain(_system_error(error), UserError.exit_code)
    if exit_code == INTERRUPTED:
        what = RESUMED.get(arguments[0])
        kept = f"; finished {what} are kept, give the same command again to continue"
        return _complain(f"interrupted{kept if what else ''}", INTERRUPTED)
    return int(exit_code)


def _unknown_option(error: typer.TyperException) -> str | None:
    """The sentence about an option that has another name now; None for any other error."""
    command = getattr(getattr(error, "ctx", None), "info_name", "")
    option = getattr(error, "option_name", "")
    new = RENAMED.get((command, option))
    return new and f"nasarena {command} has no option {option}; it is called {new}"


def _warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Warnings for users in the command's own words; those for programmers stay silent."""
    if category is UserWarning:
        warn(str(message))


def _complain(sentence: str, exit_code: int) -> int:
    for line in sentence.splitlines():
        # Sentences quote what files and command lines hold, which may be long.
        say(f"nasarena: {line[:MOST_LETTERS]}{'...' * (len(line) > MOST_LETTERS)}", stderr=True)
    return exit_code
