"""WeakNAS, its predictors, and the project's own contenders."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasarena.methods.path_gp import PathGP as PathGP
    from nasarena.methods.weaknas import WeakNAS as WeakNAS
    from nasarena.methods.weaknas_lite import WeakNASLite as WeakNASLite

_HOMES = {
    "PathGP": "nasarena.methods.path_gp",
    "WeakNAS": "nasarena.methods.weaknas",
    "WeakNASLite": "nasarena.methods.weaknas_lite",
}

__all__ = ["PathGP", "WeakNAS", "WeakNASLite"]


def __getattr__(name: str) -> Any:
    # Imported when first used: each may need libraries of its own.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nasarena.methods' has no attribute '{name}'")
