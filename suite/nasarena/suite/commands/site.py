"""nasarena site: the leaderboard as static pages."""

from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.options import DEFAULT_RESULTS, KeepGoing, ResultsFolders
from nasarena.suite.commands.output import say


def site(
    results: ResultsFolders = None,
    keep_going: KeepGoing = False,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Folder to write: new, empty, or written by this command before.",
        ),
    ] = Path("nasarena-site"),
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address where the folder will be published; each page then states its own "
            "address.",
            show_default=False,
        ),
    ] = None,
    headline: Annotated[
        str | None,
        typer.Option(
            metavar="PROTOCOL",
            help="Protocol that the overview starts with. [default: the one with the most methods "
            "x benchmarks]",
            show_default=False,
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="History of commits (see nasarena history): adds a page over commits for each of "
            "its methods.",
            show_default=False,
        ),
    ] = None,
    repo_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address of the repository: commits of the history are linked to URL/commit/HASH.",
            show_default=False,
        ),
    ] = None,
    second: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="METRIC",
            help="Show the front of accuracy and this metric, such as parameters or "
            "latency_ms.edgegpu, on the pages of benchmarks that have it; give it again to add "
            "another one.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the leaderboard as static pages.

    There is an overview, a page for each benchmark and each method, a page that compares two
    methods, and every table as CSV and LaTeX. The pages open from the disk, need no network, and
    can be read without JavaScript. The same records (and history) give the same bytes.

    \b
    Example:
      nasarena site --results nasarena-results --out nasarena-site
    """
    from nasarena.leaderboard.site import write_site

    page = write_site(
        results or [DEFAULT_RESULTS],
        out,
        base_url,
        headline,
        history,
        repo_url,
        keep_going,
        second or (),
    )
    say(f"The page is {page}")
