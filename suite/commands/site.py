"""nasarena site: the leaderboard as a static page."""

from pathlib import Path
from typing import Annotated

import typer


def site(
    results: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of run records; repeat it to put several together. "
            "[default: nasarena-results]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder to write: new, empty, or a site written before.")
    ] = Path("nasarena-site"),
) -> None:
    """Write the leaderboard: one page with tables, figures, rules and their data.

    The page opens from the disk, asks no network, and runs no script. The same records give the
    same bytes.

    \b
    Example:
      nasarena site --results nasarena-results --out nasarena-site
    """
    from leaderboard.site import write_site

    typer.echo(f"The page is {write_site(results or [Path('nasarena-results')], out)}")
