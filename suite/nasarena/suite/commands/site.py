"""nasarena site: the leaderboard as static pages."""

from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS, ResultsFolders


def site(
    results: ResultsFolders = None,
    out: Annotated[
        Path, typer.Option(help="Folder to write: new, empty, or a site written before.")
    ] = Path("nasarena-site"),
    base_url: Annotated[
        str | None,
        typer.Option(
            help="Address at which the folder will be published: pages then name their own.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the leaderboard: an overview, a page for each benchmark and method, all tables as data.

    The pages open from the disk, ask no network, and read without JavaScript. The same records
    give the same bytes.

    \b
    Example:
      nasarena site --results nasarena-results --out nasarena-site
    """
    from nasarena.leaderboard.site import write_site

    page = write_site(results or [DEFAULT_RESULTS], out, base_url)
    typer.echo(f"The page is {page}")
