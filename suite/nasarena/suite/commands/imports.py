"""`nasarena import`: benchmarks from files that do not come with the installation."""

from typing import Annotated

import typer

from nasarena.suite.commands.import_nasbench101 import import_nasbench101
from nasarena.suite.commands.import_natsbench import import_natsbench
from nasarena.suite.commands.import_table import import_table
from nasarena.suite.commands.output import say
from nasarena.suite.errors import UserError, one_line

imports = typer.Typer(name="import", rich_markup_mode=None)


@imports.callback(invoke_without_command=True)
def manage(
    context: typer.Context,
    list_: Annotated[bool, typer.Option("--list", help="List what was imported.")] = False,
    remove: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Remove an imported benchmark; runs on it are kept."),
    ] = None,
) -> None:
    """Make benchmarks from your own table or official releases.

    \b
    Examples:
      nasarena import table digits.csv --space choices
      nasarena import --list
      nasarena import --remove choices/digits
    """
    if context.invoked_subcommand is not None:
        if list_ or remove is not None:
            raise UserError("--list and --remove stand alone; give the other command by itself")
        return
    if remove is not None:
        _remove(remove)
    if list_:
        _list()
    if remove is None and not list_:
        print(context.get_help())


def _remove(name: str) -> None:
    from nasarena.suite.benchmarks.imported import remove_import

    say(f"removed: {', '.join(remove_import(name))}")


def _list() -> None:
    from nasarena.suite.benchmarks.imported import imported

    found = imported()
    for name, entry in found.items():
        say(f"{name}: from {one_line(entry.manifest.source)}, in {entry.folder}")
    if not found:
        say("nothing was imported")


imports.command("table")(import_table)
imports.command("nasbench101")(import_nasbench101)
imports.command("natsbench")(import_natsbench)
