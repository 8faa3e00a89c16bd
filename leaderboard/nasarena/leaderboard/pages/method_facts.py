"""What is known of a method: from its class, if it is registered here, or from its runs."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from nasarena.leaderboard.pages.commands import base_name
from nasarena.leaderboard.pages.findings import Findings
from nasarena.suite.errors import UserError
from nasarena.suite.methods import MethodCard, describe, method_card, method_names
from nasarena.suite.records.method_description import MethodDescription


def card_of(method: str) -> MethodCard | None:
    """The card of a method of any parameters; None for one that is not registered or broken."""
    base = base_name(method)
    if base not in method_names():
        return None
    try:
        return method_card(base)
    except UserError:
        return None


def descriptions_of(method: str, findings: Sequence[Findings]) -> list[MethodDescription]:
    """What the installed class says of a method, or else what is stored with its runs.

    Each once: what is stored can differ between benchmarks. Empty where nothing is known.
    """
    if (card := card_of(method)) is not None:
        return [describe(card)]
    stored: list[MethodDescription] = []
    for one in findings:
        for cells in one.comparison.run_sets.values():
            said = cells[method].description if method in cells else None
            if said is not None and said not in stored:
                stored.append(said)
    return stored


def tuned_here(
    findings: Findings, method: str, benchmark: str
) -> Literal["yes", "no", "not stated"]:
    """Whether a method's defaults were chosen on this benchmark."""
    card = card_of(method)
    said = card or next(iter(descriptions_of(method, [findings])), None)
    if said is None or said.tuned_on is None:
        return "not stated"
    return "yes" if any(fnmatchcase(benchmark, pattern) for pattern in said.tuned_on) else "no"
