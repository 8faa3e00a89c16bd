"""Which comparison the overview starts with."""

from collections.abc import Sequence

from nasarena.suite.errors import UserError, printable
from nasarena.suite.statistics.comparisons import Comparison


def headline_first(compared: Sequence[Comparison], headline: str | None) -> list[Comparison]:
    """The comparison of the protocol `headline` first, the others by cells, most first.

    Without `headline`, that with most cells comes first: pairs of a method and a benchmark that it
    was run on. Not that with most runs: more seeds of one method would turn the headline. A name is
    a protocol's, with its budget or without. Raises UserError where no comparison has it.
    """
    ordered = sorted(compared, key=lambda one: (-cell_count(one), one.name))
    if headline is None:
        return ordered
    chosen = [one for one in ordered if headline == one.name] or [
        one for one in ordered if headline in _protocols(one)
    ]
    if not chosen:
        known = ", ".join(printable(one.name) for one in ordered) or "none whose optimum is known"
        raise UserError(
            f"--headline {printable(headline)}: the results hold no runs under this protocol; "
            f"they hold {known}"
        )
    return [chosen[0], *(one for one in ordered if one is not chosen[0])]


def first_because(compared: Sequence[Comparison], headline: str | None) -> str:
    """Why the first comparison comes first, in a sentence; empty where there is one or none."""
    if len(compared) < 2:
        return ""
    name = printable(compared[0].name)
    if headline is not None:
        return f"Shown first: {name}, as chosen with --headline."
    count = cell_count(compared[0])
    tied = sum(cell_count(one) == count for one in compared) > 1
    return (
        f"Shown first: {name}; {'no other has more' if tied else 'it has the most'} methods x "
        f"benchmarks ({count}). Choose another one with --headline."
    )


def cell_count(comparison: Comparison) -> int:
    """In how many pairs of a method and a benchmark there are runs."""
    return sum(len(cells) for cells in comparison.run_sets.values())


def _protocols(comparison: Comparison) -> set[str]:
    return {
        runs.identity.protocol for cells in comparison.run_sets.values() for runs in cells.values()
    }
