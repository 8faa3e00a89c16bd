"""What is known of a method from its class, if it is registered here."""

from fnmatch import fnmatchcase
from typing import Literal

from nasarena.leaderboard.pages.commands import base_name
from nasarena.suite.errors import UserError
from nasarena.suite.methods import MethodCard, method_card, method_names


def card_of(method: str) -> MethodCard | None:
    """The card of a method of any parameters; None for one that is not registered or broken."""
    base = base_name(method)
    if base not in method_names():
        return None
    try:
        return method_card(base)
    except UserError:
        return None


def tuned_here(method: str, benchmark: str) -> Literal["yes", "no", "not stated"]:
    """Whether a method's defaults were chosen on this benchmark."""
    card = card_of(method)
    if card is None or card.tuned_on is None:
        return "not stated"
    is_tuned = any(fnmatchcase(benchmark, pattern) for pattern in card.tuned_on)
    return "yes" if is_tuned else "no"
