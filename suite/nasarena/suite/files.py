"""Files: read up to a limit, written whole or not at all, and by one process at a time."""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from nasarena.suite.errors import UserError

TEMPORARY = ".*.unfinished-????????"
"""What files are called while they are written."""


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a new file beside `path`, then put it in `path`'s place.

    Whoever reads `path` sees the old contents or the new ones, whatever happens in between.
    Raises OSError, leaving `path` as it was.
    """
    temporary = path.with_name(f".{path.name}.unfinished-{secrets.token_hex(4)}")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class Unreadable(OSError):
    """A file that is there and is not read, for a reason in words: `strerror`."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EINVAL, why)

    def __str__(self) -> str:
        return str(self.strerror)


def open_regular(path: Path, follow_links: bool = False) -> BufferedReader:
    """A regular file, opened to be read; nothing else is: no pipe, no device, no folder.

    Links are opened where the user named them (`follow_links`), not where they lie in a folder of
    others. Raises OSError.
    """
    # A pipe that nobody writes into would be waited for, even to be opened.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise Unreadable("it is not a regular file")
        if not follow_links and path.is_symlink():
            raise Unreadable("it is a link; put the file itself there")
        return open(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise


def read_regular(path: Path, most_bytes: int, follow_links: bool = False) -> bytes:
    """What a regular file of at most `most_bytes` holds; see `open_regular`. Raises OSError."""
    with open_regular(path, follow_links) as file:
        # Room is made for what there is, not for all that is allowed.
        content = file.read(min(os.fstat(file.fileno()).st_size, most_bytes) + 1)
    if len(content) > most_bytes:
        raise Unreadable(f"it has more than {most_bytes:,} bytes, the most that are read")
    return content


@contextmanager
def locked(
    lock: Path, busy: str, unwritable: Callable[[OSError], UserError], wait_seconds: float = 0
) -> Iterator[None]:
    """Keeps other processes that lock the file `lock` out until the end of the block.

    Its folder is made if there is none. Raises UserError: `busy` when another process still has
    the lock after `wait_seconds`, what `unwritable` returns when the file cannot be written.
    """
    file = FileLock(lock, timeout=wait_seconds)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file.acquire()
    except Timeout:
        raise UserError(busy) from None
    except OSError as error:
        raise unwritable(error) from None
    try:
        yield
    finally:
        file.release()
