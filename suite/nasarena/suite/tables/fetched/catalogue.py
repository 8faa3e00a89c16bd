"""What can be fetched: the entries of catalogue.toml, and where their files are kept."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from nasarena.suite.errors import UserError, nearest
from nasarena.suite.files import read_regular
from nasarena.suite.tables.sources import data_folder


@dataclass(frozen=True)
class PublishedFile:
    """A file as its authors published it: its address, its size in bytes, its sha256.

    `large` files have a size that is known about only, are kept under their own name in the folder
    of downloads, and are read by an import.
    """

    url: str
    size: int
    sha256: str
    large: bool = False

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.url.rpartition("/")[2]

    @property
    def path(self) -> Path:
        """Where it is kept: another version of it is kept elsewhere."""
        if self.large:
            return data_folder() / "downloads" / self.name
        return data_folder() / "fetched" / self.sha256[:16] / self.name

    @property
    def shown_size(self) -> str:
        """`1.18 MB`."""
        return _shown(self.size)


@dataclass(frozen=True)
class Entry:
    """One thing that can be fetched.

    `benchmarks` are those that it adds, each as `module:object`; `metrics_of` those that it adds
    metrics to, which the function `reader` finds, and `scores` whether zero-cost scores are among
    them; `next` the command that reads a large file.
    """

    name: str
    adds: str
    licence: str
    citation: str
    files: tuple[PublishedFile, ...]
    benchmarks: Mapping[str, str] = field(default_factory=dict)
    metrics_of: tuple[str, ...] = ()
    reader: str = ""
    scores: bool = False
    next: str = ""

    @property
    def is_large(self) -> bool:
        """Whether it is fetched only when it is named."""
        return any(file.large for file in self.files)

    @property
    def is_here(self) -> bool:
        """Whether all its files were fetched; a file has its name only once it is whole."""
        return all(file.path.is_file() for file in self.files)

    @property
    def shown_size(self) -> str:
        """The size of all its files, `1.18 MB`."""
        return _shown(sum(file.size for file in self.files))

    @property
    def command(self) -> str:
        """What fetches it."""
        return f"nasarena fetch {self.name}"


@dataclass(frozen=True)
class FetchedFile:
    """The only file of an entry, as the source of a benchmark's table."""

    entry: str

    @property
    def file(self) -> PublishedFile:
        """As the catalogue describes it."""
        (file,) = entry(self.entry).files
        return file

    @property
    def source(self) -> str:
        """Where the file comes from, in words."""
        return f"{self.file.url} ({entry(self.entry).command})"

    @property
    def sha256(self) -> str:
        """Of the file as it was published."""
        return self.file.sha256

    @property
    def identity(self) -> str:
        """The file's sha256."""
        return self.sha256

    def read(self) -> bytes:
        """The file's bytes. Raises UserError when it is not there, or another file."""
        return read_fetched(entry(self.entry), self.file)


def read_fetched(entry: Entry, file: PublishedFile) -> bytes:
    """The bytes of one of an entry's files. Raises UserError when they are not those published."""
    try:
        content = read_regular(file.path, file.size)
    except FileNotFoundError:
        raise UserError(f"{file.name} was not fetched; give: {entry.command}") from None
    except OSError as error:
        raise UserError(
            f"{file.path} cannot be read ({error.strerror}); remove it, then give: {entry.command}"
        ) from None
    if sha256(content).hexdigest() != file.sha256:
        raise UserError(
            f"{file.path} is not what was fetched (its sha256 is another one); give: "
            f"{entry.command}"
        )
    return content


@cache
def catalogue() -> dict[str, Entry]:
    """The entries by name, in the order of the file."""
    text = Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8")
    return {name: _entry(name, stated) for name, stated in tomllib.loads(text).items()}


def _entry(name: str, stated: dict[str, Any]) -> Entry:
    large = "next" in stated
    files = tuple(PublishedFile(**file, large=large) for file in stated.pop("files"))
    metrics_of = tuple(stated.pop("metrics_of", ()))
    return Entry(name=name, files=files, metrics_of=metrics_of, **stated)


def entry(name: str) -> Entry:
    """The entry of this name. Raises UserError when there is none."""
    known = catalogue()
    if name not in known:
        raise UserError(
            f"nothing to fetch is called '{name}'; {nearest(name, known)} (nasarena fetch --list "
            "shows all)"
        )
    return known[name]


def benchmark_entries() -> dict[str, Entry]:
    """The benchmarks of the catalogue by name, each with the entry that adds it."""
    return {name: one for one in catalogue().values() for name in one.benchmarks}


def not_here(benchmark: str) -> list[Entry]:
    """The entries that would add metrics to a benchmark and were not fetched."""
    return [one for one in catalogue().values() if benchmark in one.metrics_of and not one.is_here]


def _shown(size: int) -> str:
    from humanize import naturalsize  # on use: workers open tables without it

    return naturalsize(size, format="%.3g")


def named_object(place: str) -> Any:
    """What stands at `module:object`."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
