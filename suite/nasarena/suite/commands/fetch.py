"""`nasarena fetch`: published files that do not come with the installation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasarena.suite.commands.completion import fetchable
from nasarena.suite.commands.options import Json
from nasarena.suite.commands.output import console, print_json, say
from nasarena.suite.errors import UserError
from nasarena.suite.runs.progress import progress_bar

if TYPE_CHECKING:
    from rich.table import Table

    from nasarena.suite.tables.fetched.catalogue import Entry

KILOBYTE = 1_000

NARROW = 100
"""Columns of a terminal below which the listing leaves out licences."""


def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="What to fetch: names that --list shows.",
            show_default=False,
            autocompletion=fetchable,
        ),
    ] = None,
    list_: Annotated[
        bool,
        typer.Option("--list", help="Show what can be fetched, and whether it is there."),
    ] = False,
    all_: Annotated[
        bool,
        typer.Option("--all", help="Fetch everything but the large files of NAS-Bench-101."),
    ] = False,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FOLDER",
            help="Take the files from this folder, whatever they are called, and ask no network. "
            "They are known by their sha256. Without NAME: all that the folder has.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for a file of NAS-Bench-101. [default: nasarena's data folder of this "
            "user]",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Fetch published benchmarks and metrics, checked by sha256.

    Files come from their authors' address. They are kept in the user's data folder (or
    NASARENA_DATA) and converted once. What an entry adds is then there: a benchmark under its
    name, or further metrics of one. What is there is checked, not downloaded again. An interrupted
    download is gone on with when the same command is given again.

    The files of NAS-Bench-101 are large: fetch them by name, then import them. NATS-Bench cannot
    be fetched: download its release from its authors' Google Drive (github.com/D-X-Y/NATS-Bench).

    \b
    Examples:
      nasarena fetch --list
      nasarena fetch nasbench-macro
      nasarena fetch --from downloads
      nasarena fetch nasbench101 --out downloads
    """
    from nasarena.suite.tables.fetched.catalogue import catalogue, entry

    if list_ or json:
        if json:
            print_json([_stated(one) for one in catalogue().values()])
        else:
            target = console()
            target.print(listing(target.width))
        return
    chosen = [entry(name) for name in dict.fromkeys(names or [])]
    if not chosen and not all_ and from_ is None:
        raise UserError("nothing to fetch is named; give a NAME that nasarena fetch --list shows")
    if all_:
        chosen += [one for one in catalogue().values() if not one.is_large and one not in chosen]
    if out is not None:
        _check_out(chosen, from_)
    if from_ is not None:
        _take(chosen, from_)
        return
    for one in chosen:
        fetch_one(one, out)


def fetch_one(entry: "Entry", out: Path | None = None) -> None:
    """Fetch one entry, with a bar, and say what is there now. Raises UserError."""
    from nasarena.suite.benchmarks.fetching import fetch as fetch_files
    from nasarena.suite.tables.fetched.download import download

    done, size = 0, sum(file.size for file in entry.files)
    with progress_bar(size // KILOBYTE, f"fetching {entry.name}", "kB") as tell:

        def in_kilobytes(new: int) -> None:
            nonlocal done
            before, done = done // KILOBYTE, done + new
            tell(done // KILOBYTE - before)

        if out is None:
            fetch_files(entry, in_kilobytes)
        else:
            (file,) = entry.files
            download(file, out / file.name, in_kilobytes, out=True)
    if entry.is_large:
        (file,) = entry.files
        _say_next(entry, file.path if out is None else out / file.name)
    else:
        _say_added(entry)


def _check_out(chosen: "list[Entry]", from_: Path | None) -> None:
    if from_ is not None:
        raise UserError("--from takes files where they are; leave --out out")
    for one in chosen:
        if not one.is_large:
            raise UserError(
                f"--out is for the files of NAS-Bench-101; {one.name} is kept in nasarena's data "
                "folder: set NASARENA_DATA to another one"
            )


def _take(chosen: "list[Entry]", folder: Path) -> None:
    """Take from a folder what is chosen; without a choice, all that is whole in it."""
    from nasarena.suite.benchmarks.fetching import fetch_from
    from nasarena.suite.tables.fetched.catalogue import catalogue
    from nasarena.suite.tables.fetched.local_files import LocalFiles

    files = LocalFiles(folder)
    entries = chosen or list(catalogue().values())
    incomplete = {one.name: missing for one in entries if (missing := files.missing(one))}
    for one in entries:
        if one.name in incomplete:
            continue
        fetch_from(one, files)
        if one.is_large:
            (path,) = (files.find(file) for file in one.files)
            _say_next(one, path or folder)
        else:
            _say_added(one)
    lacking = [
        f"{folder} lacks of {name}: {', '.join(_described(file) for file in missing)}"
        for name, missing in incomplete.items()
    ]
    if chosen and lacking:
        raise UserError("\n".join(f"{line}; put it there" for line in lacking))
    for line in lacking:
        say(line, stderr=True)


def _described(file: Any) -> str:
    return f"{file.name} ({file.shown_size}, sha256 {file.sha256[:12]}..., {file.url})"


def _say_next(entry: "Entry", path: Path) -> None:
    say(str(path))
    say(f"next: {entry.next.replace('FILE', str(path))}", stderr=True)


def _say_added(entry: "Entry") -> None:
    adds = [*entry.benchmarks] or [f"metrics of {', '.join(entry.metrics_of)}"]
    say(f"{entry.name} is there: {', '.join(adds)}")


def listing(width: int) -> "Table":
    """The catalogue as a table for a terminal of this width."""
    from rich.table import Table
    from rich.text import Text

    from nasarena.suite.benchmarks.fetching import is_here
    from nasarena.suite.tables.fetched.catalogue import catalogue

    table = Table(title="What can be fetched", title_justify="left", width=width)
    table.add_column("name", overflow="fold", no_wrap=False)
    table.add_column("there", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("what it adds", ratio=1)
    if width >= NARROW:
        table.add_column("licence", no_wrap=True)
    for one in catalogue().values():
        here = is_here(one)
        cells = [one.name, "yes" if here else "no", one.shown_size, one.adds, one.licence]
        table.add_row(*map(Text, cells[: len(table.columns)]), style="" if here else "dim")
    return table


def _stated(entry: "Entry") -> dict[str, Any]:
    from nasarena.suite.benchmarks.fetching import is_here

    return {
        "name": entry.name,
        "adds": entry.adds,
        "benchmarks": [*entry.benchmarks],
        "metrics_of": [*entry.metrics_of],
        "here": is_here(entry),
        "command": entry.command,
        "licence": entry.licence,
        "citation": entry.citation,
        "files": [
            {
                "name": file.name,
                "url": file.url,
                "size": file.size,
                "sha256": file.sha256,
                "here": file.path.is_file(),
                "path": str(file.path),
            }
            for file in entry.files
        ],
    }
