"""`nasarena import`: benchmarks from files that do not come with the installation."""

import typer

from nasarena.suite.commands.import_nasbench101 import import_nasbench101
from nasarena.suite.commands.import_natsbench import import_natsbench
from nasarena.suite.commands.import_table import import_table

imports = typer.Typer(
    name="import",
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Make benchmarks from your own table or official releases.",
)
imports.command("table")(import_table)
imports.command("nasbench101")(import_nasbench101)
imports.command("natsbench")(import_natsbench)
