"""What is registered in the entry-point groups `nasarena.*`, loaded only when asked for."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from suite.errors import UserError, nearest


@cache
def plugins(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name, in alphabetical order; nothing is imported."""
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda e: e.name)}


def load_plugin(group: str, name: str, what: str) -> Any:
    """The object registered under `name`; `what` names its sort in messages.

    Raises UserError when there is none, or when its module cannot be imported.
    """
    known = plugins(group)
    if name not in known:
        raise UserError(f"unknown {what} '{name}'; {nearest(name, known)}")
    try:
        return known[name].load()
    except Exception as error:  # a plug-in's module can raise anything
        raise UserError(
            f"{what} '{name}' ({known[name].value}) cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from None
