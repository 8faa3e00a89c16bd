"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

ResultsFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--results",
        help="Folder of run records; repeat it to put several together. "
        "[default: nasarena-results]",
        show_default=False,
    ),
]
"""Where run records are read from; None for `DEFAULT_RESULTS`."""

DEFAULT_RESULTS = Path("nasarena-results")
