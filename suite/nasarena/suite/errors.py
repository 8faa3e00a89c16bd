"""Errors and sentences for users who gave something that cannot be used."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence: what is wrong, where, and what to do. The command line prints it
    without a traceback and ends with `exit_code`. Several complaints stand on a line each.
    """

    exit_code = 2


class RunsFailed(UserError):
    """The input was fine and everything finished is stored, but some runs failed.

    Measurements and trainings are runs in this sense. The message has a line for each method.
    """

    exit_code = 1


def printable(text: str, kept: str = "") -> str:
    """A text without what would steer a terminal or break a line or an SVG: shown, not sent.

    Such characters are replaced by U+FFFD, but for those `kept`.
    """
    return "".join(
        letter if letter.isprintable() or letter in kept else "\ufffd" for letter in text
    )


def one_line(text: str, limit: int = 300) -> str:
    """Any text as one printable line of bounded length."""
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return line if len(line) <= limit else line[: limit - 3] + "..."


MOST_LISTED = 10


def listed(names: Iterable[str]) -> str:
    """Names between commas, the first ten where there are more: `a, b, ... and 270 more`."""
    every = [one_line(name, 60) for name in names]
    more = len(every) - MOST_LISTED
    if more < 2:
        return ", ".join(every)
    return f"{', '.join(every[:MOST_LISTED])}, ... and {more:,} more"


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, or all of them."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {listed(known)}" if known else "none is known"


def wrong_columns(expected: Iterable[str], found: Iterable[str]) -> str:
    """What is wrong with the columns of a file: those that are missing, and those found instead."""
    expected, found = list(expected), list(found)
    missing = [name for name in expected if name not in found]
    other = [name for name in found if name not in expected]
    if not missing and not other:
        return one_line(f"wrong order of columns: expected {', '.join(expected)}")
    return one_line(
        f"wrong columns: expected {', '.join(missing) or 'no more'}; "
        f"found {', '.join(other) or 'no such column'}"
    )
