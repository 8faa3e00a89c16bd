"""How commands show audited cells: lines for people, fields for machines."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nasarena.suite.commands.output import console, counted

if TYPE_CHECKING:
    from nasarena.suite.audit.cells import AuditedCell


def cell_fields(cell: "AuditedCell") -> dict[str, Any]:
    """All that is known of a cell, for JSON."""
    return {
        "folder": str(cell.folder),
        **(asdict(cell.identity) if cell.identity else {}),
        "runs": len(cell.part.runs) if cell.part else None,
        "verdict": cell.mark,
        "faults": cell.faults,
        "remarks": cell.remarks,
        "rerun": cell.rerun,
        "decoy": cell.decoy,
    }


def print_cells(cells: "Sequence[AuditedCell]") -> None:
    """A line for each cell, below it what was found, and at the end how many there are of each."""
    from collections import Counter

    from rich.text import Text

    from nasarena.suite.checks.verdicts import MARKS
    from nasarena.suite.errors import one_line

    target = console()
    for cell in cells:
        runs = f" ({counted(len(cell.part.runs), 'run')})" if cell.part else ""
        # Text: what files say is no markup.
        target.print(Text(f"{cell.mark:12} {one_line(cell.name, 200)}{runs}"), soft_wrap=True)
        said = [f"wrong: {fault}" for fault in cell.faults]
        said += [f"note: {remark}" for remark in cell.remarks]
        said += [f"rerun: {cell.rerun}"] * bool(cell.rerun)
        said += [f"decoy: {cell.decoy}"] * bool(cell.decoy)
        for sentence in said:
            target.print(Text(f"  {one_line(sentence, 400)}"), soft_wrap=True)
    marks = Counter(cell.mark for cell in cells)
    counts = ", ".join(f"{marks[mark]} {mark}" for mark in MARKS if marks[mark])
    target.print(Text(f"{counted(len(cells), 'cell')}: {counts}"))
