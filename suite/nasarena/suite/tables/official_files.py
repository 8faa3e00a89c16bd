"""Official files that are too large to come with the installation, fetched and checked."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from humanize import naturalsize

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.files import locked

Progress = Callable[[int], object]
"""Told how many bytes came since it was last told."""


@dataclass(frozen=True)
class OfficialFile:
    """A published file: where it lies, what its authors say it is, and what is done with it."""

    url: str
    sha256: str
    size: int
    """Bytes, about."""

    next: str
    """The command that makes benchmarks of it; the file's path takes the place of FILE."""

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.url.rpartition("/")[2]


FILES = {
    "nasbench101": OfficialFile(
        "https://storage.googleapis.com/nasbench/nasbench_only108.tfrecord",
        "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1",
        499_000_000,
        "nasarena import nasbench101 FILE",
    ),
    "nasbench101-full": OfficialFile(
        "https://storage.googleapis.com/nasbench/nasbench_full.tfrecord",
        "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c",
        1_950_000_000,
        "nasarena import nasbench101 FILE",
    ),
}
"""By the name that users give; addresses and checksums are those of the authors' README
(github.com/google-research/nasbench)."""


def official_file(name: str) -> OfficialFile:
    """The file of this name. Raises UserError when there is none."""
    if name not in FILES:
        raise UserError(f"unknown file '{name}'; {nearest(name, FILES)}")
    return FILES[name]


def fetch(file: OfficialFile, folder: Path, progress: Progress = lambda new: None) -> Path:
    """Downloads a file into a folder, unless it is there; returns its path.

    Only a file with the authors' checksum gets its name. Raises UserError when it cannot be
    downloaded; nothing is left of it then. What a killed download leaves behind, the next one
    removes.
    """
    import pooch
    import requests

    path = folder / file.name

    def unwritable(error: OSError) -> UserError:
        return UserError(
            f"{path} cannot be written ({error.strerror or one_line(str(error))}); choose another "
            f"--out, with {naturalsize(file.size, format='%.3g')} free"
        )

    pooch.get_logger().setLevel("ERROR")  # nasarena says itself what is to be said
    again = "give the same command again"
    try:
        if path.is_file() and pooch.file_hash(path) == file.sha256:
            return path
        with _unfinished(path, unwritable) as unfinished:
            pooch.retrieve(
                file.url,
                known_hash=f"sha256:{file.sha256}",
                fname=file.name,
                path=unfinished,
                downloader=pooch.HTTPDownloader(progressbar=_Bar(progress), timeout=60),
            )
            os.replace(unfinished / file.name, path)
    except requests.HTTPError as error:
        status = None if error.response is None else error.response.status_code
        raise UserError(
            f"{file.url} cannot be fetched: the server says {status}; look whether it has moved, "
            "or import a copy that you have"
        ) from None
    except (requests.ConnectionError, requests.Timeout) as error:
        raise UserError(
            f"{file.url} cannot be reached ({_cause(error)}); look whether there is a network, "
            f"then {again}"
        ) from None
    except requests.RequestException as error:
        raise UserError(
            f"the download of {file.url} was broken off ({_cause(error)}); {again}"
        ) from None
    except ValueError:  # what pooch says of another checksum
        raise UserError(
            f"what came from {file.url} is not the file that its authors published (it has another "
            f"sha256); {again}"
        ) from None
    except OSError as error:
        raise unwritable(error) from None
    return path


LOCK = ".lock"


@contextmanager
def _unfinished(path: Path, unwritable: Callable[[OSError], UserError]) -> Iterator[Path]:
    """A folder beside `path` to download it into, of one name, so that the next fetch finds it.

    Empty at the start, and gone at the end. Raises UserError when another process has it.
    """
    folder = path.with_name(f".nasarena-fetch-{path.name}")
    busy = f"another nasarena is fetching {path}; wait for it or choose another --out"
    with locked(folder / LOCK, busy, unwritable):
        try:
            for left in folder.iterdir():
                if left.name != LOCK:
                    left.unlink()
            yield folder
        finally:
            rmtree(folder, ignore_errors=True)


def _cause(error: Exception) -> str:
    """The innermost of nested errors, in a few words."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return one_line(str(inner)) or type(inner).__name__


class _Bar:
    """What pooch asks of a progress bar."""

    def __init__(self, progress: Progress) -> None:
        self.total = 0
        self._progress = progress
        self._done = 0

    def update(self, new: int) -> None:
        self._done += new
        self._progress(new)

    def reset(self) -> None:
        """Pooch resets the bar before it reports the whole size at once: not a new download."""
        self._progress(-self._done)
        self._done = 0

    def close(self) -> None:
        pass
