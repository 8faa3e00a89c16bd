"""What git says of a commit."""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime

from nasarena.suite.errors import UserError, one_line

HASH = re.compile("[0-9a-f]{7,64}")
"""A commit's hash, whole or shortened."""


@dataclass(frozen=True)
class Commit:
    """A commit: its hash, when it was made (in UTC), and the first line of its message."""

    sha: str
    time: datetime
    subject: str


def commit_of(
    name: str | None = None, date: str | None = None, subject: str | None = None
) -> tuple[Commit, bool]:
    """A commit, and whether the work tree has changes that it does not have.

    What is not given is read from git in the current folder; `name` is then any name of a commit,
    without it the one that is checked out. A `date` in ISO 8601 without a zone is in UTC. Raises
    UserError.
    """
    time = None if date is None else _time(date)
    shown = ("--no-show-signature", "--format=%H%n%cI%n%s")
    said = _git("log", "-1", *shown, "--end-of-options", name or "HEAD", "--")
    if said is not None:
        sha, committed, first_line = [*said.split("\n"), "", ""][:3]
        time, subject = time or _time(committed), first_line if subject is None else subject
        return Commit(sha, time, subject), _is_changed(sha)
    if name is None or time is None:
        which = "no commit" if name is None else f"no commit {one_line(name, 80)}"
        raise UserError(
            f"git knows {which} in this folder; give --commit and --date, or go to the repository"
        )
    if not HASH.fullmatch(name):
        raise UserError(
            f"--commit {one_line(name, 80)!r} is not the hash of a commit; give 7 to 64 "
            "hexadecimal digits in small letters"
        )
    return Commit(name, time, subject or ""), False


def _time(date: str) -> datetime:
    try:
        time = datetime.fromisoformat(date)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError(
            f"--date {one_line(date, 80)!r} is not a date; give one as in 2026-11-26 or "
            "2026-11-26T14:05:00+01:00"
        ) from None


def _is_changed(sha: str) -> bool:
    """Whether this commit is checked out, and files that it has were changed since."""
    head = _git("rev-parse", "HEAD")
    return head == sha and bool(_git("status", "--porcelain", "--untracked-files=no"))


def _git(*arguments: str) -> str | None:
    """What git prints in the current folder, without the last line's end; None where it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return str(done.stdout).removesuffix("\n")
