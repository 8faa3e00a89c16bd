"""What a submission must say of its methods, so that a reader knows what was run."""

import re
from collections.abc import Iterator, Sequence

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.errors import UserError
from nasarena.suite.records.method_description import DESCRIPTION, MethodDescription
from nasarena.suite.statistics.load_run_sets import part_description
from nasarena.suite.submission.known_names import is_shipped

ADDRESS = re.compile(r"https?://\S|\barXiv:\s*\S|\bdoi:\s*\S|\b10\.\d{4,9}/\S", re.IGNORECASE)
"""What readers can follow."""

AGAIN = "give the command that made the runs again: no run is made anew"


def incomplete(method: str, cells: Sequence[AuditedCell]) -> Iterator[str]:
    """A sentence for each thing that the descriptions of a method lack, naming what to add."""
    if is_shipped(method):
        return
    found: list[MethodDescription] = []
    missing, unusable = 0, ""
    for cell in cells:
        assert cell.part is not None
        try:
            said = part_description(cell.part)
        except UserError as error:
            unusable = unusable or str(error).replace(f"{cell.results}/", "")
            continue
        if said is None:
            missing += 1
        elif said not in found:
            found.append(said)
    if unusable:
        yield unusable
    if missing:
        yield f"{missing} of {len(cells)} cells have no {DESCRIPTION}: {AGAIN}"
    if len(found) > 1:
        yield f"its {DESCRIPTION} differs between benchmarks: {AGAIN}"
    if found:
        yield from _lacks(found[0])


def _lacks(said: MethodDescription) -> Iterator[str]:
    if not said.description.strip():
        yield f"it has no description: add a docstring to the class, and {AGAIN}"
    if not said.paper:
        yield (
            "it names no paper: add paper = 'Title, https://...' to the class (of an unpublished "
            f"method the address of its code), and {AGAIN}"
        )
    elif not ADDRESS.search(said.paper):
        yield (
            "its paper has no address: add https://..., arXiv:... or doi:... to `paper` in the "
            f"class, and {AGAIN}"
        )
    if said.tuned_on is None:
        yield (
            "it does not state on which benchmarks its defaults were chosen: add tuned_on = () "
            f"for none, or their names, to the class, and {AGAIN}"
        )
    if said.reference is None:
        yield (
            "it does not say where its class is: run it as path/to/file.py:ClassName or "
            "package.module:ClassName"
        )
