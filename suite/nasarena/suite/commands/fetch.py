"""`nasarena fetch`: official files that are too large to come with the installation."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.runs.progress import progress_bar

MEGABYTE = 1_000_000


def fetch(
    name: Annotated[
        str, typer.Argument(help="nasbench101 (499 MB) or nasbench101-full (1.95 GB).")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the file. [default: the user's folder for nasarena's data]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Download an official file from where its authors put it, and check it against their sha256.

    A file that is there and is right is not fetched again; of a download that was broken off
    nothing is left, and what a killed one leaves the next removes. NATS-Bench has no address of
    this kind: its twelve data sets here come with the installation, its full release is on its
    authors' Google Drive.

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
    print(path)
    print(f"next: {file.next.replace('FILE', str(path))}", file=sys.stderr)
