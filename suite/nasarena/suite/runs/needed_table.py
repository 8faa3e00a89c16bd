"""The table that runs on another machine need: opened there, or sent there once."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from nasarena.suite.benchmarks.imported import SENT, imported, load_imported_from
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.runs.confined import HIDDEN, hidden_paths
from nasarena.suite.tables.cache import cache_folder
from nasarena.suite.tables.fetched.catalogue import benchmark_entries


@dataclass(frozen=True)
class SentImport:
    """An import as it is sent: the files of its folder by name."""

    slug: str
    files: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """Of all that is sent."""
        digest = sha256(self.slug.encode())
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{sha256(content).hexdigest()}".encode())
        return digest.hexdigest()

    def store(self, folder: Path) -> Path:
        """Put it into a folder, beside others; whole or not at all. Returns the folder of imports.

        Raises OSError.
        """
        imports = folder / self.digest[:32]
        if imports.exists():
            return imports
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as unfinished:
            inside = Path(unfinished, "imports", self.slug)
            inside.mkdir(parents=True)
            for name, content in self.files.items():
                (inside / name).write_bytes(content)
            with suppress(OSError):  # another process was faster
                os.rename(inside.parent, imports)
        return imports


@dataclass(frozen=True)
class NeededTable:
    """A benchmark's table, known by its sha256.

    For `strict` runs it is hidden from methods, with all else that is hidden on the client.
    """

    benchmark: str
    sha256: str
    strict: bool = False
    hidden_on_client: str = ""

    def prepare(self, sent: SentImport | None) -> Mapping[str, str] | None:
        """On a worker: the environment in which processes find this table; None without it.

        Raises UserError where what was sent cannot be used.
        """
        hidden = {HIDDEN: _hidden_here(self.hidden_on_client)} if self.strict else {}
        if _is_here(self.benchmark, self.sha256):
            return hidden
        if sent is None:
            return None
        try:
            folder = sent.store(cache_folder() / "sent")
        except OSError as error:
            raise UserError(
                f"a worker cannot write the table of {self.benchmark} to {cache_folder()} "
                f"({error.strerror or error}); set NASARENA_CACHE there to a folder that can be "
                "written"
            ) from None
        if load_imported_from(folder, self.benchmark).table.sha256 != self.sha256:
            raise UserError(
                f"a worker reads another table of {self.benchmark} from what it was sent; install "
                "the same nasarena on all workers as here"
            )
        return {SENT: str(folder), **hidden}

    def supply(self) -> SentImport:
        """On the client: the import with this table. Raises UserError where it is none."""
        one = imported().get(self.benchmark)
        if one is None and (entry := benchmark_entries().get(self.benchmark)):
            raise UserError(
                f"a worker does not have the table of {self.benchmark} that is here; give on the "
                f"workers: {entry.command}"
            )
        if one is None:
            raise UserError(
                f"a worker does not have the table of {self.benchmark} that is here; install the "
                "package that it comes with, in the same version, on all workers"
            )
        files = {path.name: path.read_bytes() for path in one.folder.iterdir() if path.is_file()}
        return SentImport(one.folder.name, files)


@cache
def _is_here(benchmark: str, sha256: str) -> bool:
    """Whether this machine has the benchmark, with this table."""
    with suppress(UserError):
        return load_benchmark(benchmark).table.sha256 == sha256
    return False


@cache
def _hidden_here(on_client: str) -> str:
    """What methods must not see on this machine, which may be the client's."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    return hidden_paths(*map(Path, filter(None, on_client.split(os.pathsep))))
