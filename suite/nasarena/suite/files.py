"""Files written whole or not at all."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

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
