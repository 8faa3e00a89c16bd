"""From run records to tables, figures and the static site."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasarena.leaderboard.figures.plots import plot_found as plot_found
    from nasarena.leaderboard.figures.plots import plot_regret as plot_regret
    from nasarena.leaderboard.site import write_site as write_site

_HOMES = {
    "plot_found": "nasarena.leaderboard.figures.plots",
    "plot_regret": "nasarena.leaderboard.figures.plots",
    "write_site": "nasarena.leaderboard.site",
}

__all__ = ["plot_found", "plot_regret", "write_site"]


def __getattr__(name: str) -> Any:
    # Imported when first used: importing the package loads neither pandas nor matplotlib.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nasarena.leaderboard' has no attribute '{name}'")
