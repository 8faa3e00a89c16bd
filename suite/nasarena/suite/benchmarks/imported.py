"""The benchmarks that a user imported: where they are kept, how they are recorded and found."""

import os
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.files import TEMPORARY, locked, read_regular, write_atomically
from nasarena.suite.names import first_error
from nasarena.suite.plugins import BrokenPlugin, plugins
from nasarena.suite.tables.fetched.catalogue import benchmark_entries
from nasarena.suite.tables.sources import data_folder

KINDS = {
    "table": "nasarena.suite.benchmarks.own_table:benchmark",
    "nasbench101": "nasarena.suite.benchmarks.nasbench101:benchmark",
    "natsbench": "nasarena.suite.benchmarks.natsbench:benchmark",
}
"""Where each kind of import is turned into a benchmark.

A function `benchmark(name: str, folder: Path, manifest: Import) -> Benchmark`.
"""

FORMAT = 1
"""Counted up when imports are laid out in another way; those of another format are left alone."""

MANIFEST = "import.json"
MOST_MANIFEST_BYTES = 10_000_000
"""It lists the values of declared decisions."""

WAITED_SECONDS = 60.0
"""For another import that is being written: the largest copy takes a few seconds."""

GROUP = "nasarena.benchmarks"
NAME = r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*"
"""What an imported benchmark is called: `space/dataset`."""

MOST_LETTERS = 100
"""In each of the two."""


class Import(BaseModel):
    """One import, as the file `import.json` in its folder states it.

    `benchmarks` are the names it defines; `source` says in words what was read, `source_sha256`
    is of that file; `settings` are whatever the kind needs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    benchmarks: tuple[str, ...] = Field(min_length=1)
    source: str
    source_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str
    citation: str
    settings: dict[str, Any] = {}
    format: int = FORMAT

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(nearest(kind, KINDS))
        return kind

    @field_validator("benchmarks")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            check_name(name)
        return names

    @field_validator("format")
    @classmethod
    def _is_of_today(cls, format: int) -> int:
        if format != FORMAT:
            raise ValueError(f"this nasarena reads format {FORMAT}")
        return format


class UnknownImport(UserError):
    """No benchmark of this name was imported."""


@dataclass(frozen=True)
class Imported:
    """An import on the disk: its folder, and what its manifest says."""

    folder: Path
    manifest: Import


HERE = Path(".nasarena")
"""The folder of imports of the project in whose folder commands are given."""


SENT = "NASARENA_SENT_IMPORTS"
"""Names a folder of imports that another machine sent to this one, whose runs are made here."""


def check_name(name: str) -> str:
    """Returns the name. Raises ValueError when an imported benchmark cannot have it."""
    if not re.fullmatch(NAME, name):
        raise ValueError(
            f"'{name}' is not space/dataset in small letters, digits, '-', '_' and '.', as "
            "mine/digits is"
        )
    if max(map(len, name.split("/"))) > MOST_LETTERS:  # it becomes part of the name of a folder
        raise ValueError(
            f"'{one_line(name, 40)}' is too long: space and dataset have {MOST_LETTERS} letters at "
            "most each"
        )
    return name


@contextmanager
def importing(here: bool = False) -> Iterator[None]:
    """Keeps other processes from importing until the end of the block.

    What was checked then still holds when it is written.

    Another import is waited for. Raises UserError when that takes a minute, or when the folder of
    imports cannot be written.
    """
    folder = _folder(here)
    busy = (
        f"another nasarena is importing into {folder}; wait for it, then give the same command "
        "again"
    )
    with locked(folder / ".lock", busy, partial(_unwritable, folder), WAITED_SECONDS):
        yield


def record_import(
    slug: str, manifest: Import, write: Callable[[Path], object], here: bool = False
) -> Path:
    """Keep an import: `write` fills its folder, then the manifest makes it one. Returns the folder.

    It is kept in the folder of the user, or of the project `here`.

    Until the manifest is there, last and at once, the import is not; one of the same slug is
    what it was until then, if `write` leaves its files alone. To be called within `importing`.

    Raises UserError when a name is already defined elsewhere, or the folder cannot be written.
    """
    folder = _folder(here) / slug
    for name in manifest.benchmarks:
        if name in plugins(GROUP):
            raise UserError(f"{name} is a benchmark that is installed; choose another name")
        if name in benchmark_entries():
            raise UserError(
                f"{name} is a benchmark that can be fetched ({benchmark_entries()[name].command}); "
                "choose another name"
            )
        other = imported().get(name)
        if other is not None and other.folder != folder:
            raise UserError(
                f"{name} was imported already, from {other.manifest.source}; choose another name, "
                f"or give: nasarena import --remove {name}"
            )
    content = _checked_text(manifest) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(folder)
        write_atomically(folder / MANIFEST, lambda file: file.write(content.encode()))
    except OSError as error:
        raise _unwritable(folder, error) from None
    _load.cache_clear()
    return folder


def remove_import(name: str) -> tuple[str, ...]:
    """Remove the import that defines a benchmark. Returns the names of all that it defined.

    Stored runs on them stay, and are of benchmarks that are not there. Raises UnknownImport when
    there is none, UserError when it cannot be removed.
    """
    found = imported()
    if name not in found:
        raise UnknownImport(f"no benchmark '{name}' was imported; {nearest(name, found)}")
    folder = found[name].folder
    with importing(here=folder.parent == _folder(here=True)):
        try:
            (folder / MANIFEST).unlink()  # from here on it is no import
            shutil.rmtree(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None
    _load.cache_clear()
    return found[name].manifest.benchmarks


def remove_old_copies(copy: Path) -> None:
    """Remove what lies beside the copy of an import: copies it replaced, and unfinished ones.

    To be called within `importing`, once the manifest names `copy`.
    """
    for old in {*copy.parent.glob("*.arrow"), *copy.parent.glob(TEMPORARY)} - {copy}:
        with suppress(OSError):  # it is in nobody's way
            old.unlink()


def copy_can_be_read(name: str) -> bool:
    """Whether the copy of an imported benchmark can be read; its table in the cache is not asked.

    A copy that is gone or damaged is written again by the import that made it.
    """
    with suppress(Exception):  # damaged, in whatever way
        benchmark = load_imported(name)
        benchmark.read(benchmark.file.read(), benchmark.file.sha256)
        return True
    return False


def _checked_text(manifest: Import) -> str:
    """The manifest as JSON. Raises UserError when a text of the user's is not UTF-8."""
    for what, text in (
        ("the name of the file", manifest.source),
        ("the licence", manifest.licence),
        ("the citation", manifest.citation),
    ):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            shown = text.encode(errors="backslashreplace").decode()
            raise UserError(
                f"{what}, {one_line(shown)}, is not UTF-8 from letter {error.start + 1} on; give "
                "it in UTF-8"
            ) from None
    return manifest.model_dump_json(indent=2)


def imported() -> dict[str, Imported]:
    """All imports by the names of the benchmarks they define, in alphabetical order.

    A manifest that cannot be used is a warning, and its import is left out.
    """
    found, complaints = _find(_folders())
    for complaint in complaints:
        warnings.warn(complaint, stacklevel=1)  # one place, so that it is said once
    return found


def load_imported(name: str) -> Benchmark:
    """The imported benchmark of this name, always the same object.

    Raises UnknownImport when there is none, BrokenPlugin when it cannot be used.
    """
    return _load(name, _folders())


def load_imported_from(folder: Path, name: str) -> Benchmark:
    """As `load_imported`, of the imports in one folder only."""
    return _load(name, (folder,))


def _folder(here: bool = False) -> Path:
    return (HERE.absolute() if here else data_folder()) / "imports"


def _folders() -> tuple[Path, ...]:
    """Where imports are kept: those sent here first, those of the project before the user's."""
    sent = [Path(folder)] if (folder := os.environ.get(SENT)) else []
    return *sent, _folder(here=True), _folder()


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"the import cannot be written to {folder} ({error.strerror or error}); set NASARENA_DATA "
        "to a folder that can be written and has room"
    )


def _find(folders: tuple[Path, ...]) -> tuple[dict[str, Imported], list[str]]:
    """The imports in folders by name, and a complaint about each that cannot be used."""
    found: dict[str, Imported] = {}
    complaints = []
    for path in (path for folder in folders for path in sorted(folder.glob(f"*/{MANIFEST}"))):
        try:
            manifest = Import.model_validate_json(read_regular(path, MOST_MANIFEST_BYTES))
        except (OSError, ValidationError) as error:
            complaints.append(
                f"the import in {path.parent} is left out, its {MANIFEST} cannot be used "
                f"({one_line(first_error(error))}); import it again, or remove that folder"
            )
            continue
        for name in manifest.benchmarks:
            found.setdefault(name, Imported(path.parent, manifest))
    return dict(sorted(found.items())), complaints


@cache
def _load(name: str, folders: tuple[Path, ...]) -> Benchmark:
    found, _ = _find(folders)
    if name not in found:
        raise UnknownImport(f"no benchmark '{name}' was imported; {nearest(name, found)}")
    folder, manifest = found[name].folder, found[name].manifest
    module, _, function = KINDS[manifest.kind].partition(":")
    try:
        make = getattr(import_module(module), function)
        benchmark: Benchmark = make(name, folder, manifest)
    except UserError as error:
        raise BrokenPlugin(str(error)) from None
    except Exception as error:  # a manifest or file that somebody edited
        said = one_line(f"{type(error).__name__}: {error}")
        raise BrokenPlugin(
            f"the imported benchmark {name} in {folder} cannot be used ({said}); import "
            f"{manifest.source} again, or remove that folder"
        ) from None
    return benchmark
