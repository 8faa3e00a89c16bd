"""The history of a project's methods: the outcomes of their runs, one file for each commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.gate.baseline import (
    FILE,
    checksum,
    read_baseline,
    read_outcomes,
    write_outcomes,
)
from nasarena.suite.gate.commits import HASH, Commit
from nasarena.suite.gate.outcomes import Outcomes, load_outcomes

ENDING = ".parquet"

_AGAIN = "write it again with nasarena history add --replace"


@dataclass(frozen=True)
class Entry:
    """What a history has of one commit: its outcomes by method and benchmark."""

    commit: Commit
    cells: Sequence[Outcomes]

    @property
    def methods(self) -> list[str]:
        """Their names."""
        return sorted({one.identity.method for one in self.cells})

    @property
    def benchmarks(self) -> list[str]:
        """Their names."""
        return sorted({one.identity.benchmark for one in self.cells})

    @property
    def seeds(self) -> tuple[int, int]:
        """The fewest and the most runs of a method on a benchmark."""
        counts = [one.count for one in self.cells]
        return min(counts, default=0), max(counts, default=0)


def outcomes_in(folder: Path) -> list[Outcomes]:
    """The outcomes of a folder of run records, or of a baseline. Raises UserError."""
    cells = read_baseline(folder) if (folder / FILE).is_file() else load_outcomes(folder)
    if not cells:
        raise UserError(f"{folder} has no runs; run methods first: nasarena run --results {folder}")
    return cells


def add_entry(history: Path, entry: Entry, replace: bool = False) -> Path:
    """Add a commit to the history in a folder; returns its file.

    Nothing is written where the same is there. Raises UserError where something else is there,
    unless it is to be replaced, and where the folder cannot be written to.
    """
    commit = entry.commit
    path = history / f"{commit.sha}{ENDING}"
    if path.exists() and not replace:
        there = read_entry(path)
        if there.commit == commit and checksum(there.cells) == checksum(entry.cells):
            return path
        raise UserError(
            f"{path} has other runs, or another date or subject, of commit {commit.sha[:12]}; "
            "add --replace to write these in their place"
        )
    notes = {"commit": commit.sha, "time": commit.time.isoformat(), "subject": commit.subject}
    try:
        history.mkdir(parents=True, exist_ok=True)
        write_outcomes(path, entry.cells, **notes)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}); choose another --history"
        ) from None
    return path


def read_history(history: Path) -> list[Entry]:
    """All entries of a history, in order of time; of one time, in order of their hashes.

    Raises UserError where there are none, and where one cannot be read.
    """
    entries = [read_entry(path) for path in sorted(history.glob(f"*{ENDING}"))]
    if not entries:
        what = "has no commits" if history.is_dir() else "does not exist"
        raise UserError(
            f"the history {history} {what}; add runs first: nasarena history add RESULTS "
            f"--history {history}"
        )
    return sorted(entries, key=lambda entry: (entry.commit.time, entry.commit.sha))


def read_entry(path: Path) -> Entry:
    """One file of a history. Raises UserError where it is damaged, or not of a history."""
    cells, notes = read_outcomes(path, _AGAIN)
    try:
        commit = Commit(notes["commit"], datetime.fromisoformat(notes["time"]), notes["subject"])
        is_named = path.name == f"{commit.sha}{ENDING}" and HASH.fullmatch(commit.sha)
        if not is_named or commit.time.tzinfo is None:
            raise ValueError
    except (KeyError, ValueError):
        raise UserError(
            f"{one_line(str(path))} is not of a history: it does not say which commit it is of; "
            "leave only files that nasarena history add wrote in this folder"
        ) from None
    return Entry(commit, cells)
