"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

PATTERNS = "Names or patterns (* and ?), separated by commas."

DEFAULT_RESULTS = Path("nasarena-results")

ResultsFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--results",
        metavar="FOLDER",
        help="Folder of run records; give it again to add another folder. "
        f"[default: {DEFAULT_RESULTS}]",
        show_default=False,
    ),
]
"""Where run records are read from; None for `DEFAULT_RESULTS`."""

KeepGoing = Annotated[
    bool,
    typer.Option(
        "--keep-going",
        help="Leave out the runs of a method on a benchmark that cannot be used, with a warning.",
    ),
]


def _checked(workers: int | None) -> int | None:
    from nasarena.suite.workers.processes import check_workers

    return check_workers(workers)


Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Number of processes. [default: one for each processor]",
        callback=_checked,
        show_default=False,
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print JSON, with every field.")]

Draw = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="SEED",
        help="Seed of what is drawn. [default: one that is printed]",
        show_default=False,
    ),
]
Reruns = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Make N runs again, drawn at random among those under 60 CPU seconds.",
    ),
]
