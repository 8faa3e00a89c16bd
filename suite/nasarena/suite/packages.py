"""Which optional packages are installed, and the command that installs those that are not."""

from collections.abc import Iterable
from importlib.util import find_spec

LEARNED = {"lightgbm", "nasbench_pytorch", "torch", "xgboost"}
"""The packages of the extra `nasarena[learned]`."""


def is_installed(package: str) -> bool:
    """Whether a package (or a dotted module) can be imported; it is not loaded."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the parent of a dotted name is missing
        return False


def missing(packages: Iterable[str]) -> list[str]:
    """Those of `packages` that are not installed."""
    return [name for name in packages if not is_installed(name)]


def install_command(packages: Iterable[str]) -> str:
    """The command that installs `packages`: the extra, where it has them all."""
    names = list(packages)
    what = "'nasarena[learned]'" if set(names) <= LEARNED else " ".join(names)
    return f"python -m pip install {what}"
