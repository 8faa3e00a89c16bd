"""What is registered in the entry-point groups `nasarena.*`, loaded only when asked for."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from nasarena.suite.errors import UserError, nearest, one_line


class BrokenPlugin(UserError):
    """A registered object that cannot be loaded; the others can still be used."""


@cache
def plugins(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name, in alphabetical order; nothing is imported."""
    found = sorted(entry_points(group=group), key=lambda entry: (entry.name, _is_ours(entry)))
    return {entry.name: entry for entry in found}


def _is_ours(entry: EntryPoint) -> bool:
    """Sorted last, nasarena's own is the one taken where another package has its name."""
    return entry.dist is not None and entry.dist.name == "nasarena"


def load_plugin(group: str, name: str, what: str) -> Any:
    """The object registered under `name`; `what` names its kind in messages.

    Raises UserError when there is none, BrokenPlugin when its module cannot be imported.
    """
    known = plugins(group)
    if name not in known:
        raise UserError(f"unknown {what} '{name}'; {nearest(name, known)}")
    try:
        return known[name].load()
    except (Exception, SystemExit) as error:  # a plug-in's module can raise anything
        raise BrokenPlugin(
            f"{what} '{name}' ({known[name].value}) cannot be loaded: "
            f"{one_line(f'{type(error).__name__}: {error}')}"
        ) from None
