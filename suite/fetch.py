"""Official files that are too large to come with the installation, fetched and checked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from suite.errors import UserError, nearest, one_line

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

    Nothing lies there under its name that has another checksum than the authors'. Raises UserError
    when the file cannot be had; nothing is left of it then.
    """
    import pooch
    import requests

    path = folder / file.name
    pooch.get_logger().setLevel("ERROR")  # nasarena says itself what is to be said
    again = "give the same command again"
    try:
        pooch.retrieve(
            file.url,
            known_hash=f"sha256:{file.sha256}",
            fname=file.name,
            path=folder,
            downloader=pooch.HTTPDownloader(progressbar=_Bar(progress), timeout=60),
        )
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
            f"what came from {file.url} is not the file its authors published (its sha256 is "
            f"another); {again}"
        ) from None
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}); choose another --out, with "
            f"{file.size / 1e6:.0f} MB free"
        ) from None
    return path


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
        """Pooch goes back to the start before it says all at once: that is no news."""
        self._progress(-self._done)
        self._done = 0

    def close(self) -> None:
        pass
