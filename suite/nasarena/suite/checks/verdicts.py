"""What an audit found of a cell, stored beside its records and void when one of them changes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter

from nasarena.suite.files import read_regular, write_atomically
from nasarena.suite.records.parquet import MOST_FILE_BYTES
from nasarena.suite.records.store import EXECUTIONS, NEW_EXECUTIONS, NEW_RUNS, RUNS

VERDICT = "audit.json"
MOST_BYTES = 1 << 20

Mark = Literal["verified", "consistent", "not audited", "rejected"]
MARKS: tuple[Mark, ...] = get_args(Mark)
"""What is known of a cell, from best to worst.

* verified: its records are valid, runs made again were equal, and the decoy test was passed.
* consistent: its records are valid; that its method makes them was not shown.
* not audited: nobody looked, or the files changed since.
* rejected: something in it is wrong.
"""

JUDGED = (RUNS, EXECUTIONS, NEW_RUNS, NEW_EXECUTIONS, "measured.parquet")
"""The files that a verdict is about, as far as a cell has them."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of an audit of a cell.

    `faults` are what is wrong, `remarks` what a person should know. `rerun` and `decoy` say how
    those tests went, empty where they were not made. `files` are the sha256 of what was judged.
    """

    mark: Mark
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    rerun: str = ""
    decoy: str = ""
    files: dict[str, str] = field(default_factory=dict)
    nasarena: str = ""


NOT_AUDITED = Verdict("not audited")
_ADAPTER = TypeAdapter(Verdict)


def digests(folder: Path) -> dict[str, str]:
    """The sha256 of each of a cell's files. Raises OSError or ValueError for what is no file."""
    return {
        name: sha256(read_regular(folder / name, MOST_FILE_BYTES)).hexdigest()
        for name in JUDGED
        if (folder / name).exists() or (folder / name).is_symlink()
    }


def write_verdict(folder: Path, verdict: Verdict) -> None:
    """Store a verdict beside the records. Raises OSError."""
    content = json.dumps(asdict(verdict), indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / VERDICT, lambda file: file.write(content.encode()))


def read_verdict(folder: Path) -> Verdict:
    """The verdict on a cell as its files are now; `NOT_AUDITED` where there is none for them."""
    try:
        return verdict_on(folder, digests(folder)) if (folder / VERDICT).exists() else NOT_AUDITED
    except (OSError, ValueError):
        return NOT_AUDITED


def verdict_on(folder: Path, files: Mapping[str, str]) -> Verdict:
    """The verdict on a cell whose files have these `digests`."""
    try:
        verdict = _ADAPTER.validate_python(json.loads(read_regular(folder / VERDICT, MOST_BYTES)))
        return verdict if verdict.files == files else NOT_AUDITED
    except (OSError, ValueError, RecursionError):  # whatever it is, it is no verdict
        return NOT_AUDITED


def worst(marks: Iterable[Mark]) -> Mark:
    """The mark of what is put together from parts with these."""
    return max(marks, key=MARKS.index, default="not audited")
