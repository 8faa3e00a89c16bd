"""`nasarena fetch`: official files that are too large to come with the installation."""

from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.completion import official_files
from nasarena.suite.commands.output import say
from nasarena.suite.runs.progress import progress_bar

MEGABYTE = 1_000_000


def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="nasbench101 (499 MB) or nasbench101-full (1.95 GB).",
            show_default=False,
            autocompletion=official_files,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the file. [default: nasarena's data folder of this user]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Download an official file and check its sha256.

    The file comes from its authors' address and is checked against their checksum. A file that was
    fetched before is checked, not downloaded again. An interrupted download leaves no partial
    file. NATS-Bench cannot be fetched: download its release from its authors' Google Drive
    (github.com/D-X-Y/NATS-Bench).

    \b
    Example:
      nasarena fetch nasbench101 --out downloads
    """
    from nasarena.suite.benchmarks.imported import data_folder
    from nasarena.suite.tables.official_files import fetch as download
    from nasarena.suite.tables.official_files import official_file

    file = official_file(name)
    done = 0
    with progress_bar(file.size // MEGABYTE, "fetching", "MB") as tell:

        def in_megabytes(new: int) -> None:
            nonlocal done
            before, done = done // MEGABYTE, done + new
            tell(done // MEGABYTE - before)

        path = download(file, out or data_folder() / "downloads", in_megabytes)
    say(str(path))
    say(f"next: {file.next.replace('FILE', str(path))}", stderr=True)
