"""What is installed: nasarena itself, optional packages, and how to add missing ones."""

import json
import subprocess
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

LEARNED = {"lightgbm", "nasbench_pytorch", "torch", "xgboost"}
"""The packages of the extra `nasarena[learned]`."""

DASK = {"dask", "distributed"}
"""Those of the extra `nasarena[dask]`."""

FRONTS = {"pymoo"}
"""That of the extra `nasarena[fronts]`."""


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
    what = " ".join(names)
    extras = {"learned": LEARNED, "dask": DASK, "fronts": FRONTS}
    for extra, packages_of_it in extras.items():
        if set(names) <= packages_of_it:
            what = f"'nasarena[{extra}]'"
    return f"python -m pip install {what}"


@cache
def nasarena_version() -> str:
    """The installed version, with the commit where that is known: `0.1.0 (commit 1a2b3c4)`."""
    installed = distribution("nasarena")
    commit = _commit(installed.read_text("direct_url.json"))
    return f"{installed.version} (commit {commit})" if commit else installed.version


def _commit(direct_url: str | None) -> str | None:
    """The commit of an installation from a repository or a clone, as pip recorded it (PEP 610)."""
    origin = json.loads(direct_url or "{}")
    if "vcs_info" in origin:
        return str(origin["vcs_info"]["commit_id"])[:7]
    if not origin.get("dir_info", {}).get("editable"):  # the clone may have moved on since
        return None
    folder = unquote(urlsplit(origin["url"]).path)
    command = ["git", "-C", folder, "rev-parse", "--short=7", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return str(done).strip()


@cache
def code_digest() -> str:
    """The digest of nasarena's code: equal where the same code runs, wherever it is installed."""
    import nasarena

    digest = sha256()
    files = {
        path.relative_to(root).as_posix(): path
        for root in map(Path, nasarena.__path__)
        for path in root.rglob("*.*")
        if path.suffix in {".py", ".toml"}
    }
    for name, path in sorted(files.items()):
        digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
