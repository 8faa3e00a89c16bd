"""The seeds of a submission: all from the first on, so that nobody has chosen among them."""

from collections.abc import Iterator, Sequence

from nasarena.suite.audit.cells import AuditedCell


def seed_problem(seeds: Sequence[int], asked: range) -> str | None:
    """A sentence where seeds are not all from the first that is asked for on, or too few."""
    every = range(asked.start, asked.start + len(seeds))
    if missing := sorted(set(every) - set(seeds)):
        return (
            f"its {len(seeds)} seeds are not {every.start} to {every.stop - 1}, so that they may "
            f"have been chosen: run them all (seed {missing[0]} is missing, and {max(seeds)} is "
            "there)"
        )
    if len(seeds) < len(asked):
        wanted = f"{asked.start}:{asked.stop}"
        return (
            f"it has {len(seeds)} seeds, and the board asks for {len(asked)}: run --seeds {wanted}"
        )
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
