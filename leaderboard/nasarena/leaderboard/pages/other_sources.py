"""Runs under the name of an installed method that its source, as it is here, did not make."""

from functools import cache

from nasarena.suite.errors import UserError, printable
from nasarena.suite.methods import choose_methods, method_names
from nasarena.suite.names import Spec
from nasarena.suite.records.run_record import BY_DEFINITION
from nasarena.suite.runs.execute import source_digest_of
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.run_set import RunSet


def is_of_other_source(runs: RunSet) -> bool:
    """Whether the installed method of their name cannot be said to have made some runs.

    Either they say that other source did, or some do not say what did. Digests of whole modules
    tell nothing, and are no difference.
    """
    if runs.unaccounted:
        return Spec.parse(runs.identity.method).name in method_names()
    recorded = {digest for digest in runs.sources if digest.startswith(BY_DEFINITION)}
    here = _digest_here(runs.identity.method) if recorded else None
    return here is not None and recorded != {here}


def other_source_notes(comparison: Comparison) -> dict[str, str]:
    """A sentence for each method with such runs."""
    notes = {}
    for method in comparison.methods:
        places = [
            benchmark
            for benchmark, cells in comparison.run_sets.items()
            if method in cells and is_of_other_source(cells[method])
        ]
        if places:
            notes[method] = (
                f"The runs of {printable(method)} on {', '.join(places)} were not made by the "
                f"{printable(method)} that is installed here: they say that other source made "
                "them, or do not say what did. They may be of another version, or somebody else's "
                "under its name."
            )
    return notes


@cache
def _digest_here(method: str) -> str | None:
    """The digest of the installed method's source; None where there is none that can be built."""
    try:
        if Spec.parse(method).name not in method_names():
            return None
        (choice,) = choose_methods([method])
    except UserError:
        return None
    digest = source_digest_of(choice)
    return digest if digest.startswith(BY_DEFINITION) else None
