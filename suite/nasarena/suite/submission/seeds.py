"""The seeds of a submission: all from 0 on, so that nobody has chosen among them."""

from collections.abc import Iterator, Sequence

from nasarena.suite.audit.cells import AuditedCell


def seed_problem(seeds: Sequence[int], least: int = 1) -> str | None:
    """A sentence where seeds are not 0 to n - 1, or fewer than the board asks for."""
    missing = sorted(set(range(len(seeds))) - set(seeds))
    if missing:
        return (
            f"its {len(seeds)} seeds are not 0 to {len(seeds) - 1}, so that they may have been "
            f"chosen: run them all (seed {missing[0]} is missing, and {max(seeds)} is there)"
        )
    if len(seeds) < least:
        return f"it has {len(seeds)} seeds, and the board asks for {least}: run --seeds {least}"
    return None


def seed_remarks(cells: Sequence[AuditedCell]) -> Iterator[str]:
    """A sentence where a method stopped after other numbers of seeds on other benchmarks."""
    counts: dict[str, set[int]] = {}
    for cell in cells:
        if cell.part is not None:
            counts.setdefault(cell.part.identity.protocol, set()).add(len(cell.part.runs))
    for protocol, found in counts.items():
        if len(found) > 1:
            yield (
                f"it has {min(found)} to {max(found)} seeds under {protocol}: where it stopped may "
                "have been chosen"
            )
