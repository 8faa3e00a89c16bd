"""TOML files of users: experiments, protocols, columns of tables."""

import re
import tomllib
from pathlib import Path
from typing import Any

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.files import read_regular

MOST_BYTES = 1_000_000

MOST_DOTS = 100
"""In one key. Each makes a table in a table, and they cost the square of their number to read."""

_DEEP_KEY = re.compile(rf"""(?<![\w"'-])(?:["']?[\w-]+["']?[ \t]*\.[ \t]*){{{MOST_DOTS}}}""")


def read_settings(file: Path, where: str) -> dict[str, Any]:
    """What a TOML file says; `where` names the file in complaints.

    Raises UserError for what cannot be read, is not TOML, or could not be shown in a complaint:
    numbers of thousands of digits, thousands of brackets in one another.
    """
    try:
        text = read_regular(file, MOST_BYTES, follow_links=True).decode()
    except OSError as error:
        raise UserError(f"{where} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{where} is not TOML: {error}") from None
    if _DEEP_KEY.search(text):
        raise UserError(f"{where} has a key of more than {MOST_DOTS} parts; write plain keys")
    try:
        given = tomllib.loads(text)
        repr(given)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{where} is not TOML: {one_line(str(error))}") from None
    except (ValueError, RecursionError):
        raise UserError(
            f"{where} has a number of thousands of digits, or thousands of brackets in one "
            "another; no setting needs either"
        ) from None
    return given
