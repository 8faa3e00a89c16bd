"""Files written whole or not at all, and by one process at a time."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
