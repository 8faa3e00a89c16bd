"""The trainings of this machine: one line for each, added as it finishes, never changed."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock

from nasarena.suite.errors import UserError
from nasarena.suite.files import open_regular
from nasarena.suite.live.measurement import Measurement


class Cache:
    """The trainings of one live benchmark, by the hash of the architecture.

    It holds only what was trained here: measurements that come with results folders are not put
    into it. Several processes may add to one file. The first measurement of an architecture stays,
    and is what everybody is answered. A last line that was not finished is ignored, and
    overwritten.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Measurement] = {}
        self._read_bytes = 0
        self._read_lines = 0

    def get(self, key: str) -> Measurement | None:
        """What was measured of an architecture. Raises UserError when the file is damaged."""
        if key not in self._known:
            self._read_on()
        return self._known.get(key)

    def count(self) -> int:
        """Number of architectures that were trained so far."""
        self._read_on()
        return len(self._known)

    def add(self, key: str, measured: Measurement) -> Measurement:
        """Stores a measurement on the disk, unless there is one already; returns the stored one.

        Raises UserError when the file is damaged or cannot be written.
        """
        line = json.dumps({"architecture": key} | asdict(measured)).encode() + b"\n"
        with self._writing() as file:
            if key in self._known:
                return self._known[key]
            os.ftruncate(file, self._read_bytes)  # a line that was not finished
            os.lseek(file, 0, os.SEEK_END)
            written = os.write(file, line)
            if written < len(line):
                raise OSError(None, "no space left for a whole line")
            os.fsync(file)
        self._read_on()
        return self._known[key]

    def check_writable(self) -> None:
        """Raises UserError when the file is damaged or cannot be written: before any training."""
        with self._writing():
            pass

    @contextmanager
    def _writing(self) -> Iterator[int]:
        """The file, open, locked and read to its end."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_suffix(".lock")):
                self._read_on()
                file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
                try:
                    yield file
                finally:
                    os.close(file)
        except OSError as error:
            raise UserError(
                f"trainings cannot be written to {self.path} ({error.strerror or error}); make "
                "room, or set NASARENA_DATA to a folder that can be written"
            ) from None

    def _read_on(self) -> None:
        """Read the whole lines that were added since."""
        try:
            with open_regular(self.path, follow_links=True) as file:
                file.seek(self._read_bytes)
                content = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise UserError(f"{self.path} cannot be read ({error.strerror})") from None
        # Only here does a line end: what else may look like an end is damage, within a line.
        *lines, _ = content.split(b"\n")
        for line in lines:
            key, measured = self._parsed(line)
            self._known.setdefault(key, measured)
            self._read_bytes += len(line) + 1
            self._read_lines += 1

    def _parsed(self, line: bytes) -> tuple[str, Measurement]:
        try:
            values = json.loads(line)
            key = values.pop("architecture")
            measured = Measurement(**values)
            complaint = measured.complaint() if isinstance(key, str) else "it names no architecture"
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            complaint = "it is not a training"
        if complaint:
            raise UserError(
                f"line {self._read_lines + 1} of {self.path} is damaged ({complaint}); remove that "
                "line, and its architecture is trained again"
            )
        return key, measured
