"""Data files shipped inside PyPI packages, read without running those packages' code."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from typing import Any

from suite.errors import UserError


@dataclass(frozen=True)
class PackagedFile:
    """One data file of an installed package, pinned by its contents."""

    package: str
    version: str
    path: str
    sha256: str

    @property
    def source(self) -> str:
        """Where the file comes from, in words."""
        return f"{self.package}=={self.version} (PyPI), {self.path}"

    def read(self) -> bytes:
        """The file's bytes.

        Raises UserError when the package is missing or holds another file.
        """
        install = f"install it with: python -m pip install {self.package}=={self.version}"
        try:
            path = Path(str(distribution(self.package).locate_file(self.path)))
            content = path.read_bytes()
        except (PackageNotFoundError, FileNotFoundError):
            raise UserError(
                f"the data package {self.package} is not installed with {self.path}; {install}"
            ) from None
        found = sha256(content).hexdigest()
        if found != self.sha256:
            raise UserError(
                f"{path} is not the file this benchmark is defined on (sha256 {found[:12]}..., "
                f"expected {self.sha256[:12]}...); {install}"
            )
        return content


def unpickle(content: bytes, allowed: Mapping[tuple[str, str], Any]) -> Any:
    """What a pickle holds, if it names no other globals than `allowed` (by module and name)."""

    class Restricted(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            try:
                return allowed[module, name]
            except KeyError:
                raise pickle.UnpicklingError(f"{module}.{name} is not allowed here") from None

    return Restricted(BytesIO(content)).load()
