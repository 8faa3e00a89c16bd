"""Downloads: gone on with where they were interrupted, and checked before they get their name."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from shutil import rmtree
from typing import Any, BinaryIO

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.files import locked
from nasarena.suite.tables.fetched.catalogue import PublishedFile

Progress = Callable[[int], object]
"""Told how many bytes came since it was last told; fewer than 0 when a download starts anew."""

CHUNK = 1 << 16
TIMEOUT = 60.0
"""Seconds until a server must have said something."""

LOCK = ".lock"
PART = "part"
AGAIN = "give the same command again"


def download(
    file: PublishedFile, path: Path, progress: Progress = lambda new: None, out: bool = False
) -> None:
    """Downloads a file to `path`, unless it is there.

    Only a file with the authors' checksum gets this name. What an interrupted download left beside
    it is gone on with. Raises UserError when it cannot be downloaded; `out` says that the user
    chose its folder.
    """
    import requests

    def unwritable(error: OSError) -> UserError:
        return UserError(
            f"{path} cannot be written ({error.strerror or one_line(str(error))}); "
            f"{'choose another --out' if out else 'set NASARENA_DATA to a folder'}, with "
            f"{file.shown_size} free"
        )

    try:
        if has_sha256(path, file.sha256):
            progress(file.size)
            return
        with _unfinished(path, unwritable) as part:
            if has_sha256(path, file.sha256):  # another process was faster
                progress(file.size)
                return
            resumed = _fill(part, file, progress)
            if resumed and not has_sha256(part, file.sha256):  # the first part was of another file
                progress(-part.stat().st_size)
                part.unlink()
                _fill(part, file, progress)
            if not has_sha256(part, file.sha256):
                part.unlink()
                raise UserError(
                    f"what came from {file.url} is not the file that its authors published (it has "
                    f"another sha256); {AGAIN}"
                )
            os.replace(part, path)
    except requests.HTTPError as error:
        status = None if error.response is None else error.response.status_code
        raise UserError(
            f"{file.url} cannot be fetched: the server says {status}; look whether it has moved, "
            "or fetch it in another way and give --from with its folder"
        ) from None
    except (requests.ConnectionError, requests.Timeout) as error:
        raise UserError(
            f"{file.url} cannot be reached ({_cause(error)}); look whether there is a network, "
            f"then {AGAIN}"
        ) from None
    except requests.RequestException as error:
        raise UserError(
            f"the download of {file.url} was broken off ({_cause(error)}); {AGAIN} to go on with it"
        ) from None
    except OSError as error:
        raise unwritable(error) from None


def has_sha256(path: Path, sha256: str) -> bool:
    """Whether a file is there and has this checksum. Raises OSError when it cannot be read."""
    if not path.is_file():
        return False
    with open(path, "rb") as opened:
        return file_digest(opened, "sha256").hexdigest() == sha256


def _fill(part: Path, file: PublishedFile, progress: Progress) -> bool:
    """Downloads what `part` lacks; returns whether it had a beginning.

    Raises requests' errors, and OSError when there is no room.
    """
    import requests

    with open(part, "ab") as opened:
        start = opened.tell()
        # Not compressed: what is asked for is counted in the file's own bytes.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                return start > 0  # it is whole, or another file
            response.raise_for_status()
            if response.status_code != requests.codes.partial_content:
                opened.truncate(0)
                start = 0
            progress(start)
            _write(response, opened, file, progress)
    return start > 0


def _write(response: Any, opened: BinaryIO, file: PublishedFile, progress: Progress) -> None:
    """Appends what comes; no more than a little beyond the file's size is taken."""
    most = file.size + file.size // 50 + CHUNK
    for chunk in response.iter_content(CHUNK):
        opened.write(chunk)
        progress(len(chunk))
        if opened.tell() > most:
            return


@contextmanager
def _unfinished(path: Path, unwritable: Callable[[OSError], UserError]) -> Iterator[Path]:
    """Where to download the file of `path` to, of one name, so that the next fetch finds it.

    Its folder is gone at the end unless it holds a part that can be gone on with. Raises UserError
    when another process has it.
    """
    import requests

    folder = path.with_name(f".nasarena-fetch-{path.name}")
    busy = f"another nasarena is fetching {path}; wait for it, then {AGAIN}"
    with locked(folder / LOCK, busy, unwritable):
        part = folder / PART
        try:
            yield part
        except OSError as error:
            if not isinstance(error, requests.RequestException):  # it takes up room in vain
                part.unlink(missing_ok=True)
            raise
        finally:
            if not part.is_file() or part.stat().st_size == 0:
                rmtree(folder, ignore_errors=True)


def _cause(error: Exception) -> str:
    """The innermost of nested errors, in a few words."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return one_line(str(inner)) or type(inner).__name__
