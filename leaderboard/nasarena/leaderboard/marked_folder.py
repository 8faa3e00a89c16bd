"""Folders that a command writes and recognises by a marker file: users' own files are safe."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path

from nasarena.suite.errors import UserError
from nasarena.suite.files import TEMPORARY, read_regular, write_atomically

MOST_MARKER_BYTES = 10_000_000
"""Of a marker, which lists the files: a site of 300 methods has some 2,000."""


@dataclass(frozen=True)
class MarkedFolder:
    """What such a folder holds: `what`, for people, the marker's name and version, and the paths
    that are written: only what matches `written` is ever removed.
    """

    what: str
    marker: str
    version: int
    written: re.Pattern[str]

    def check(self, out: Path) -> None:
        """Raise UserError unless the folder is new, empty or written before, and can be written.

        Asked before long work; `write` can still fail.
        """
        there = next(path for path in (out, *out.absolute().parents) if path.exists())
        foreign = there == out and not (out / self.marker).is_file()
        if foreign and (not out.is_dir() or any(out.iterdir())):
            raise UserError(
                f"{out} does not hold {self.what} (it has no {self.marker}); "
                "give a new or empty folder"
            )
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise self._not_written(out, f"{there} is not a writable folder")

    def write(self, files: Mapping[str, bytes], out: Path) -> None:
        """Write files, by their paths in the folder, in place of those written before.

        Raises UserError where that cannot be.
        """
        listed = {"version": self.version, "files": sorted(files)}
        marker = {self.marker: (json.dumps(listed, indent=1) + "\n").encode()}
        try:
            for folder in {(out / path).parent for path in files}:
                folder.mkdir(parents=True, exist_ok=True)
            for path in self._written_before(out):
                if path not in files:
                    (out / path).unlink(missing_ok=True)
            for unfinished in out.glob(f"**/{TEMPORARY}"):  # of a process that was killed
                unfinished.unlink(missing_ok=True)
            # The marker comes first: what an interrupted write leaves can be written over.
            for path, content in (marker | dict(files)).items():
                write_atomically(out / path, methodcaller("write", content))
        except OSError as error:
            raise self._not_written(out, error.strerror) from None

    def _not_written(self, out: Path, why: str | None) -> UserError:
        return UserError(f"{self.what} cannot be written to {out} ({why}); give another folder")

    def _written_before(self, out: Path) -> list[str]:
        """The files that the marker lists, if they are such as are written."""
        try:
            listed = json.loads(read_regular(out / self.marker, MOST_MARKER_BYTES))["files"]
            return [path for path in listed if self.written.fullmatch(path)]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []
