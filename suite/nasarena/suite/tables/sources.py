"""Where tables come from: data files in PyPI packages, or imported by the user; none is run."""

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from platformdirs import user_data_path

from nasarena.suite.errors import UserError
from nasarena.suite.plugins import BrokenPlugin


def data_folder() -> Path:
    """`NASARENA_DATA`, or the platform's folder for a user's data."""
    return Path(os.environ.get("NASARENA_DATA") or user_data_path("nasarena", appauthor=False))


class Source(Protocol):
    """The file that a benchmark is defined on."""

    @property
    def source(self) -> str:
        """Where the file comes from, in words."""

    @property
    def sha256(self) -> str:
        """The sha256 of the file as it was published."""

    @property
    def identity(self) -> str:
        """What its table depends on, in hexadecimal digits: the contents, and how they are read."""

    def read(self) -> bytes:
        """What the table is read from. Raises UserError when it is missing or another file."""


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

    @property
    def identity(self) -> str:
        """The file's sha256."""
        return self.sha256

    def installed(self) -> Path | None:
        """Where the file is, or would be; None where the package is not installed."""
        try:
            return Path(str(distribution(self.package).locate_file(self.path)))
        except PackageNotFoundError:
            return None

    def read(self) -> bytes:
        """The file's bytes.

        Raises UserError when the package is missing or holds another file.
        """
        install = f"install it with: python -m pip install {self.package}=={self.version}"
        path = self.installed()
        try:
            if path is None:
                raise FileNotFoundError
            content = path.read_bytes()
        except FileNotFoundError:
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


@dataclass(frozen=True)
class ImportedFile:
    """The columnar copy of a file that the user imported.

    `sha256` is that of the original file; `settings` are the rest that the table depends on, as
    text: how the file was read, or which part of it the table is.
    """

    path: Path
    sha256: str
    source: str
    settings: str = ""

    @property
    def identity(self) -> str:
        """The sha256 of the original file, or where there are settings of both."""
        if not self.settings:
            return self.sha256
        return sha256(f"{self.sha256}\0{self.settings}".encode()).hexdigest()

    def read(self) -> bytes:
        """The copy's bytes. Raises BrokenPlugin when they cannot be read."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise BrokenPlugin(
                f"the imported file {self.path} cannot be read ({error.strerror}); import "
                f"{self.source} again"
            ) from None


def unpickle(content: bytes, allowed: Mapping[tuple[str, str], Any]) -> Any:
    """What a pickle holds, if it names no other globals than `allowed` (by module and name)."""

    class Restricted(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            try:
                return allowed[module, name]
            except KeyError:
                raise pickle.UnpicklingError(f"{module}.{name} is not allowed here") from None

    return Restricted(BytesIO(content)).load()


def numpy_scalars() -> dict[tuple[str, str], Any]:
    """The names with which NumPy, before and since 2.0, pickles a number.

    They lead to stand-ins: NumPy's own make any type of whatever bytes, of pointers too.
    """
    return {
        ("numpy.core.multiarray", "scalar"): _scalar,
        ("numpy._core.multiarray", "scalar"): _scalar,
        ("numpy", "dtype"): _NumberType,
    }


class _NumberType:
    """What stands for a numpy.dtype in a pickle: a float64 or an int64, and nothing else."""

    __slots__ = ("dtype",)

    def __init__(self, name: str, align: bool = False, copy: bool = False) -> None:
        if name not in ("f8", "i8"):
            raise pickle.UnpicklingError(f"numbers of type {name!r} are not allowed here")
        self.dtype = np.dtype(f"<{name}")

    def __setstate__(self, state: object) -> None:
        """Takes the state that NumPy gives these types, little-endian, which says nothing more."""
        if state != (3, "<", None, None, None, -1, -1, 0):
            raise pickle.UnpicklingError("a number of another layout is not allowed here")


def _scalar(number_type: object, content: object) -> Any:
    """The number in 8 bytes. Raises UnpicklingError when they are not that."""
    if not isinstance(number_type, _NumberType) or not isinstance(content, bytes):
        raise pickle.UnpicklingError("a number is a type and bytes")
    if len(content) != number_type.dtype.itemsize:
        raise pickle.UnpicklingError(f"a number of {len(content)} bytes is not allowed here")
    return np.frombuffer(content, number_type.dtype)[0]
