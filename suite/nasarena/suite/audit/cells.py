"""The cells of a results folder, each checked by itself: what is wrong, and what to know."""

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from nasarena.suite.audit.remarks import remarks
from nasarena.suite.benchmarks.registry import UnknownBenchmark, load_benchmark
from nasarena.suite.checks.verdicts import Mark, Verdict, digests, write_verdict
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.methods.cards import METHOD_NAME
from nasarena.suite.names import Spec
from nasarena.suite.packages import nasarena_version
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.records.store import (
    cell_folder,
    find_cells,
    open_results,
    read_executions,
)
from nasarena.suite.statistics.load_run_sets import Part, part_description, read_part, run_set_of


@dataclass
class AuditedCell:
    """The runs of a method on a benchmark in one folder, and what an audit found of them.

    `part` is None where the runs cannot be used. `rerun` and `decoy` say how those tests went;
    `reproduced` and `unmasked` are None where they were not made or told nothing.
    """

    results: Path
    folder: Path
    part: Part | None = None
    executions: pa.Table | None = None
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    rerun: str = ""
    decoy: str = ""
    reproduced: bool | None = None
    honest: bool | None = None
    usable: bool = True

    @property
    def identity(self) -> CellIdentity | None:
        """What the runs share; None where they cannot be used."""
        return self.part.identity if self.part else None

    @property
    def is_live(self) -> bool:
        """Whether the benchmark trains, or is a surrogate: nothing of it is run again."""
        return self.part is not None and isinstance(
            load_benchmark(self.part.identity.benchmark), LiveBenchmark
        )

    @property
    def name(self) -> str:
        """The folder below that of the results."""
        return self.folder.relative_to(self.results).as_posix()

    @property
    def mark(self) -> Mark:
        """What is known of the cell, all in all."""
        if not self.usable:
            return "not audited"
        if self.faults or self.reproduced is False or self.honest is False:
            return "rejected"
        return "verified" if self.reproduced and self.honest else "consistent"

    def verdict(self) -> Verdict:
        """What is stored beside the records. Raises OSError or ValueError for unreadable files."""
        return Verdict(
            mark=self.mark,
            faults=self.faults,
            remarks=self.remarks,
            rerun=self.rerun,
            decoy=self.decoy,
            files=digests(self.folder),
            nasarena=nasarena_version(),
        )


def audit_cells(results: Path) -> list[AuditedCell]:
    """Every cell of a results folder, checked. Raises UserError for a folder that has none."""
    cells = [_audited(results, folder) for folder in find_cells(open_results(results))]
    if not cells:
        raise UserError(f"there are no runs in {results}; make some with `nasarena run`")
    return cells


def store_verdicts(cells: list[AuditedCell]) -> list[str]:
    """Write each cell's verdict beside its records; a sentence for each that cannot be written."""
    complaints = []
    for cell in cells:
        # What a link points to is somebody else's.
        if not cell.usable or cell.folder.is_symlink():
            continue
        try:
            write_verdict(cell.folder, cell.verdict())
        except (OSError, ValueError) as error:
            complaints.append(f"the verdict on {cell.folder} is not stored: {error}")
    return complaints


def _audited(results: Path, folder: Path) -> AuditedCell:
    cell = AuditedCell(results, folder)
    try:
        cell.part = read_part(folder)
    except UnknownBenchmark as error:
        cell.usable, cell.remarks = False, [str(error)]
        return cell
    except UserError as error:
        cell.faults = [_without_path(str(error), folder)]
        return cell
    cell.faults += _misplaced(cell, cell.part.identity)
    try:
        cell.executions = read_executions(folder)
    except UserError as error:
        cell.faults.append(_without_path(str(error), folder))
        return cell
    try:
        part_description(cell.part)
    except UserError as error:
        cell.remarks.append(_without_path(str(error), folder).partition("; give ")[0])
    runs = run_set_of(cell.part)
    cell.remarks += remarks(runs, cell.executions, {path.name for path in folder.iterdir()})
    return cell


def _misplaced(cell: AuditedCell, identity: CellIdentity) -> list[str]:
    """What the names of the cell contradict."""
    faults = []
    expected = cell_folder(cell.results, identity.protocol, identity.benchmark, identity.method)
    if expected != cell.folder:
        faults.append(
            f"it holds runs of {one_line(identity.method, 60)} on {identity.benchmark} under "
            f"{one_line(identity.protocol, 60)}, which belong into another folder"
        )
    try:
        possible = METHOD_NAME.fullmatch(Spec.parse(identity.method).name)
    except UserError:
        possible = None
    if not possible:
        faults.append(f"no method can be named '{one_line(identity.method, 60)}'")
    return faults


def _without_path(said: str, folder: Path) -> str:
    """A sentence about a file of the cell, without its folder and what to do about it."""
    return said.replace(f"{folder}/", "").partition("; remove ")[0]
