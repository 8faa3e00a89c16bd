"""A folder of files that are already there: which of the catalogue's it has, by sha256."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from nasarena.suite.errors import UserError
from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.tables.fetched.catalogue import Entry, PublishedFile
from nasarena.suite.tables.fetched.download import has_sha256


@dataclass(frozen=True)
class LocalFiles:
    """The files in a folder and in those below it, whatever they are called."""

    folder: Path
    _found: dict[str, Path | None] = field(default_factory=dict, compare=False, repr=False)

    def missing(self, entry: Entry) -> list[PublishedFile]:
        """Which files of an entry the folder does not have. Raises UserError."""
        return [file for file in entry.files if self.find(file) is None]

    def find(self, file: PublishedFile) -> Path | None:
        """Where a published file lies in the folder; None where it does not. Hashed once."""
        if file.sha256 not in self._found:
            self._found[file.sha256] = self._find(file)
        return self._found[file.sha256]

    def _find(self, file: PublishedFile) -> Path | None:
        nearly = file.size // 50 if file.large else 0
        for path, size in self._sizes.items():
            try:
                if abs(size - file.size) <= nearly and has_sha256(path, file.sha256):
                    return path
            except OSError as error:
                raise UserError(f"{path} cannot be read ({error.strerror})") from None
        return None

    def take(self, entry: Entry) -> None:
        """Copies the files of an entry to where they are kept; large ones stay where they are.

        Raises UserError, naming those that the folder does not have.
        """
        if missing := self.missing(entry):
            files = ", ".join(f"{one.name} ({one.shown_size}, {one.url})" for one in missing)
            raise UserError(f"{self.folder} lacks {files} of {entry.name}; put it there")
        for file in entry.files:
            if not file.large and not file.path.is_file():
                self._copy(file)

    def _copy(self, file: PublishedFile) -> None:
        path = self.find(file)
        try:
            content = b"" if path is None else read_regular(path, file.size, follow_links=True)
            if sha256(content).hexdigest() != file.sha256:
                raise UserError(f"{path} changed while it was read; give the same command again")
            file.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file.path, lambda opened: opened.write(content))
        except OSError as error:
            raise UserError(
                f"{file.name} cannot be copied to {file.path.parent} ({error.strerror}); set "
                "NASARENA_DATA to a folder that can be written and has room"
            ) from None

    @cached_property
    def _sizes(self) -> dict[Path, int]:
        if not self.folder.is_dir():
            what = "is not a folder" if self.folder.exists() else "is not there"
            raise UserError(f"{self.folder} {what}; give --from with a folder that has files")
        try:
            files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
            return {path: path.stat().st_size for path in files}
        except OSError as error:
            raise UserError(f"{self.folder} cannot be read ({error.strerror})") from None
