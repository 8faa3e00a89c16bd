"""Fetching: the files of a catalogue entry, then what is made of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nasarena.suite.benchmarks.imported import imported
from nasarena.suite.benchmarks.registry import load_benchmark, reopen
from nasarena.suite.errors import UserError
from nasarena.suite.files import locked
from nasarena.suite.tables.fetched.catalogue import Entry
from nasarena.suite.tables.fetched.download import Progress, download
from nasarena.suite.tables.fetched.local_files import LocalFiles
from nasarena.suite.tables.sources import data_folder

WAITED_SECONDS = 120.0
"""For another fetch; the small files take some seconds."""


def fetch(entry: Entry, progress: Progress = lambda new: None) -> None:
    """Downloads what is missing of an entry, and converts it. Raises UserError."""

    def get() -> None:
        for file in entry.files:
            download(file, file.path, progress)

    _fetch(entry, get)


def fetch_from(entry: Entry, folder: LocalFiles) -> None:
    """Takes the files of an entry from a folder, and converts them. Raises UserError."""
    _fetch(entry, partial(folder.take, entry))


def _fetch(entry: Entry, get: Callable[[], object]) -> None:
    if entry.is_large:  # of its own folder, which other files do not share
        get()
        return
    with _alone():
        get()
        reopen([*entry.benchmarks, *entry.metrics_of])
        convert(entry)


def convert(entry: Entry) -> None:
    """Makes the columnar copies of what an entry adds, unless they are there. Raises UserError."""
    for name in entry.benchmarks:
        _ = load_benchmark(name).table
    for name in entry.metrics_of:
        _ = load_benchmark(name).metrics


def is_here(entry: Entry) -> bool:
    """Whether what an entry adds is here: it was fetched, or its large file imported."""
    return entry.is_here or any(
        one.manifest.source_sha256 == entry.files[0].sha256
        for one in (imported().values() if entry.is_large else ())
    )


@contextmanager
def _alone() -> Iterator[None]:
    folder = data_folder() / "fetched"
    busy = f"another nasarena is fetching into {folder}; wait for it, then give the same command "
    with locked(folder / ".lock", f"{busy}again", partial(_unwritable, folder), WAITED_SECONDS):
        yield


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"{folder} cannot be written ({error.strerror or error}); set NASARENA_DATA to a folder "
        "that can be written and has room"
    )
