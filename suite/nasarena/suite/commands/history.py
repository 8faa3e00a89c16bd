"""`nasarena history`: the runs of each commit, kept in the repository."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasarena.suite.commands.options import Json
from nasarena.suite.commands.output import console, counted, print_json, say, warn

if TYPE_CHECKING:
    from nasarena.suite.gate.history import Entry

history = typer.Typer(name="history", rich_markup_mode=None)

DEFAULT_HISTORY = Path("nasarena-history")

History = Annotated[
    Path, typer.Option("--history", metavar="FOLDER", help="Folder with one file a commit.")
]


@history.callback(invoke_without_command=True)
def keep(context: typer.Context) -> None:
    """Keep what runs gave at each commit, to see what changed.

    \b
    Examples:
      nasarena history add nasarena-results
      nasarena history list
      nasarena site --history nasarena-history
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@history.command("add")
def add(
    runs: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Folder of run records, or of a baseline.",
            show_default=False,
        ),
    ],
    history: History = DEFAULT_HISTORY,
    commit: Annotated[
        str | None,
        typer.Option(
            metavar="SHA",
            help="Commit whose code made the runs. [default: the one that is checked out]",
            show_default=False,
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            metavar="ISO",
            help="When it was committed, as in 2026-11-26T14:05:00+01:00; UTC without a zone. "
            "[default: what git says]",
            show_default=False,
        ),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="First line of its message. [default: what git says]",
            show_default=False,
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what the history has of this commit.")
    ] = False,
) -> None:
    """Add the runs of a commit to a history.

    Writes one small file, named after the commit: files of different commits never conflict in
    git. Failed runs count as not found.

    \b
    Example:
      nasarena history add nasarena-results --history nasarena-history
    """
    from nasarena.suite.gate.commits import commit_of
    from nasarena.suite.gate.history import Entry, add_entry, outcomes_in

    cells = outcomes_in(runs)
    made, is_changed = commit_of(commit, date, subject)
    entry = Entry(made, cells)
    path = add_entry(history, entry, replace)
    if is_changed:
        warn(f"the work tree has changes that commit {made.sha[:12]} does not have")
    for one in cells:
        if failed := int(one.failed.sum()):
            method, benchmark = one.key
            warn(f"{method} failed in {counted(failed, 'run')} on {benchmark}: not found")
    say(f"{_size(entry)} of commit {made.sha[:12]}: {path}")


@history.command("list")
def list_(history: History = DEFAULT_HISTORY, json: Json = False) -> None:
    """List the commits of a history, the oldest first.

    \b
    Example:
      nasarena history list --history nasarena-history
    """
    from nasarena.suite.gate.history import read_history

    entries = read_history(history)
    if json:
        print_json([_described(entry) for entry in entries])
        return
    from rich.table import Table
    from rich.text import Text

    listing = Table(title=f"{counted(len(entries), 'commit')} in {history}", title_justify="left")
    for column in ("commit", "date (UTC)", "runs", "subject"):
        listing.add_column(column, overflow="fold", no_wrap=column == "commit")
    for entry in entries:
        commit = entry.commit
        date = f"{commit.time.astimezone(UTC):%Y-%m-%d %H:%M}"
        # Text: what stands in brackets is no markup.
        listing.add_row(*map(Text, (commit.sha[:12], date, _size(entry), commit.subject)))
    console().print(listing)


def _size(entry: "Entry") -> str:
    """`2 methods x 3 benchmarks x 20 seeds`."""
    fewest, most = entry.seeds
    seeds = counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"
    return (
        f"{counted(len(entry.methods), 'method')} x {counted(len(entry.benchmarks), 'benchmark')} "
        f"x {seeds}"
    )


def _described(entry: "Entry") -> dict[str, Any]:
    fewest, most = entry.seeds
    return {
        "commit": entry.commit.sha,
        "time": entry.commit.time.isoformat(),
        "subject": entry.commit.subject,
        "methods": entry.methods,
        "benchmarks": entry.benchmarks,
        "fewest_seeds": fewest,
        "most_seeds": most,
        "runs": sum(one.count for one in entry.cells),
    }
