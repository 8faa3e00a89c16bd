"""Names that belong to the methods that nasarena ships."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.audit.methods import Methods
from nasarena.suite.errors import UserError
from nasarena.suite.methods import GROUP
from nasarena.suite.names import Spec
from nasarena.suite.plugins import plugins


@cache
def shipped_names() -> frozenset[str]:
    """The names of the methods that come with nasarena."""
    return frozenset(
        name
        for name, entry in plugins(GROUP).items()
        if entry.dist is not None and entry.dist.name == "nasarena"
    )


def is_shipped(method: str) -> bool:
    """Whether a method, with any parameters, has the name of one that nasarena ships."""
    try:
        return Spec.parse(method).name in shipped_names()
    except UserError:
        return False


def misused_name(method: str, cells: Sequence[AuditedCell]) -> Iterator[str]:
    """A sentence where runs have the name of a shipped method, or nearly, and are not of it."""
    try:
        base = Spec.parse(method).name
    except UserError:  # the audit has said so
        return
    alike = [name for name in shipped_names() if _folded(name) == _folded(base)]
    if alike and base != alike[0]:
        yield (
            f"its name reads as that of {alike[0]}, which nasarena ships: give the class another "
            "`name`"
        )
    if base not in shipped_names():
        return
    at_hand = Methods()
    for cell in cells:
        found = at_hand.of(cell)
        if isinstance(found, str) or not found.same_source:
            why = found if isinstance(found, str) else "no source is recorded with them"
            yield (
                "nasarena ships a method of this name, and these runs cannot be shown to be its "
                f"({why}): give the class another `name`, or run the shipped one"
            )
            return


def _folded(name: str) -> str:
    """A name without what readers overlook: letter case, compatibility forms, separators."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if letter.isalnum())
