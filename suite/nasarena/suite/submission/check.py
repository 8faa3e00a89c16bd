"""Everything that a submission must be, beyond what an audit asks of any results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from nasarena.suite.audit.cells import AuditedCell, audit_cells
from nasarena.suite.audit.copies import remark_copies
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.files import read_regular
from nasarena.suite.names import Spec
from nasarena.suite.protocol import protocol_names
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.records.parquet import MOST_FILE_BYTES
from nasarena.suite.records.store import RUNS
from nasarena.suite.submission.completeness import incomplete
from nasarena.suite.submission.files import foreign_files
from nasarena.suite.submission.known_names import misused_name
from nasarena.suite.submission.seeds import seed_problem, seed_remarks
from nasarena.suite.submission.sources import other_method_on_board, source_problems

HASHED = (RUNS, DESCRIPTION)
"""The files of a cell that make a submission: those that are the same if it is made again."""


@dataclass(frozen=True)
class Problem:
    """Something to put right, or to know: where it is (a cell or a method), and a sentence."""

    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{one_line(self.where, 200)}: {self.sentence}" if self.where else self.sentence


@dataclass
class Submission:
    """A results folder that is proposed for a board, and what was found of it.

    `wrong` is what an audit does not call a fault: what a submission lacks, or has too much.
    """

    results: Path
    cells: list[AuditedCell]
    sha256: str
    wrong: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @property
    def sound_cells(self) -> list[AuditedCell]:
        """The cells that can be run again: readable, without a fault, of a table."""
        return [
            cell
            for cell in self.cells
            if cell.part and cell.usable and not cell.faults and not cell.is_live
        ]

    @property
    def methods(self) -> dict[str, list[AuditedCell]]:
        """The readable cells by the name of their method."""
        found: dict[str, list[AuditedCell]] = {}
        for cell in self.cells:
            if cell.identity is not None:
                found.setdefault(cell.identity.method, []).append(cell)
        return found

    @property
    def problem_count(self) -> int:
        """How many things are wrong, with the faults of its cells."""
        return len(self.wrong) + sum(len(cell.faults) for cell in self.cells)


def read_submission(results: Path) -> Submission:
    """A submission with its cells audited. Raises UserError for what is no results folder."""
    cells = audit_cells(results)
    remark_copies(cells)
    return Submission(results, cells, _hash(cells))


def check_submission(
    submission: Submission, seeds: range = range(1), board: Sequence[Path] = ()
) -> None:
    """Note everything that is wrong with a submission, and what its reader should know.

    Each cell needs all of `seeds`, and can have those that follow. In the results folders of the
    `board`, no method of the same name may have other source. Raises UserError for a board that
    cannot be read.
    """
    submission.wrong += [
        Problem("", one) for one in foreign_files(submission.results, submission.cells)
    ]
    for cell in submission.cells:
        submission.wrong += [Problem(cell.name, one) for one in _cell_problems(cell, seeds)]
    for method, cells in submission.methods.items():
        found = [
            *misused_name(method, cells),
            *incomplete(method, cells),
            *source_problems(cells),
            *other_method_on_board(method, cells, board),
        ]
        submission.wrong += [Problem(method, one) for one in found]
        submission.notes += [Problem(method, one) for one in seed_remarks(cells)]
    protocols = {cell.identity.protocol for cell in submission.cells if cell.identity}
    submission.notes += [
        Problem(one, "nasarena does not ship this protocol, so the board must know its rules")
        for one in sorted(protocols)
        if not _is_shipped_protocol(one)
    ]


def _is_shipped_protocol(name: str) -> bool:
    try:
        return Spec.parse(name).name in protocol_names()
    except UserError:
        return False


def _cell_problems(cell: AuditedCell, seeds: range) -> Iterator[str]:
    if not cell.usable:
        yield f"it cannot be checked: {'; '.join(cell.remarks)}"
    if cell.part is None:
        return
    if cell.is_live:
        yield "its benchmark has no table, so that its labels cannot be checked: leave it out"
    failed = cell.part.runs["stop_reason"].to_pylist().count("failed")
    if failed:
        yield (
            f"{failed} of {len(cell.part.runs)} runs failed, and a method with failed runs is not "
            "ranked: mend the method and run it again"
        )
    if problem := seed_problem(cell.part.runs["seed"].to_pylist(), seeds):
        yield problem


def _hash(cells: Sequence[AuditedCell]) -> str:
    """The sha256 of the names and contents of what makes a submission."""
    digest = sha256()
    for cell in cells:
        for name in HASHED:
            try:
                content = sha256(read_regular(cell.folder / name, MOST_FILE_BYTES)).hexdigest()
            except OSError as error:
                content = "none" if isinstance(error, FileNotFoundError) else "unreadable"
            digest.update(f"{cell.name}/{name}\0{content}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
