"""A virtual environment with other code, and behind it all that the current process can import."""

import importlib.util
import os
import re
import site
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.settings_file import read_settings

PATHS_FILE = "behind.pth"
"""In the environment's site-packages: what it imports from the current environment."""


class SecondEnvironment:
    """A new environment under `temporary`, which its caller removes.

    `moved` says where the old version of a folder on the import path is; None where there is none,
    and for packages, which are not asked about.
    """

    def __init__(
        self, temporary: Path, moved: Callable[[Path], Path | None] = lambda entry: None
    ) -> None:
        self._temporary, self._moved = temporary, moved
        home = temporary / "environment"
        try:
            venv.create(
                home, symlinks=os.name != "nt", with_pip=not importlib.util.find_spec("pip")
            )
        except subprocess.CalledProcessError:
            raise UserError(
                "there is no pip to install the baseline's code with; run: python -m ensurepip, "
                "or: uv pip install pip"
            ) from None
        places = {"base": str(home), "platbase": str(home)}
        self._packages = Path(sysconfig.get_path("purelib", "venv", places))
        scripts = Path(sysconfig.get_path("scripts", "venv", places))
        self.python = scripts / ("python.exe" if os.name == "nt" else "python")
        self._write_paths(left_out=set())

    def install(self, source: Path, given: str) -> None:
        """Install a wheel or a project without its dependencies.

        What was installed is then taken from here alone: an editable installation of the same
        package in the current environment is not behind it. Raises UserError that names the code
        as it was `given`.
        """
        build = ["--no-build-isolation"] if source.is_dir() and _can_build(source) else []
        done = subprocess.run(
            [
                *(str(self.python), "-m", "pip", "install", "--no-deps", "--ignore-installed"),
                *("--quiet", "--disable-pip-version-check", "--no-input", *build, str(source)),
            ],
            env=variables_without_python_path() | {"TMPDIR": str(self._temporary)},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            raise UserError(
                f"the baseline's code {given} cannot be installed: {_complaint(done.stderr)}"
            )
        names = {one.name for one in distributions(path=[str(self._packages)])}
        self._write_paths(
            {
                Path(str(one.locate_file(file))).resolve()
                for name in names
                for one in distributions(name=name)
                for file in one.files or ()
                if file.suffix == ".pth"
            }
        )

    def _write_paths(self, left_out: set[Path]) -> None:
        """Put what the current process can import behind the environment's own packages.

        Without what the `.pth` files `left_out` name: editable installations of what is installed
        here.
        """
        hidden = {file.parent / line for file in left_out for line in _lines(file)}
        # Python's own library is there without being named. Named, it would be missing where pip
        # builds a project: pip takes what such files name off the path there.
        hidden |= _standard_library()
        entries = [Path(entry).absolute() for entry in sys.path]
        lines = [str(self._place(entry)) for entry in entries if entry not in hidden]
        for folder in _site_folders():
            for file in sorted(folder.glob("*.pth")):
                if file.resolve() not in left_out:
                    # Path lines are on sys.path already; import lines must run here as well.
                    lines += [line for line in _lines(file) if line.startswith("import")]
        self._packages.joinpath(PATHS_FILE).write_text("\n".join(lines), encoding="utf-8")

    def _place(self, entry: Path) -> Path:
        if any(entry.is_relative_to(home) for home in (sys.prefix, sys.base_prefix)):
            return entry
        moved = self._moved(entry)
        return moved if moved is not None and moved.is_dir() else entry


def variables_without_python_path() -> dict[str, str]:
    """PYTHONPATH would come before the environment's packages; its folders are behind them."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def _standard_library() -> set[Path]:
    """Where Python's own library is on the import path."""
    folders = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    zipped = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    return {
        place
        for folder in folders
        for place in (folder, folder / "lib-dynload", folder.parent / zipped)
    }


def _site_folders() -> Iterator[Path]:
    """Where the current process has read `.pth` files."""
    folders = [
        *site.getsitepackages(),
        *([site.getusersitepackages()] if site.ENABLE_USER_SITE else []),
    ]
    yield from map(Path, dict.fromkeys(folders))


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]


def _can_build(project: Path) -> bool:
    """Whether what builds the project is installed here, so that pip need not fetch it."""
    try:
        file = project / "pyproject.toml"
        needed = read_settings(file, str(file))["build-system"]["requires"]
    except (UserError, KeyError, TypeError):
        needed = ["setuptools"]
    names = [match[0] for one in needed if (match := re.match(r"[\w.-]+", str(one)))]
    return all(any(distributions(name=name)) for name in names)


def _complaint(said: str) -> str:
    """What pip complains about, in a line."""
    lines = said.strip().splitlines() or ["pip gave no reason"]
    errors = [line for line in lines if line.lower().startswith("error: ")]
    return one_line((errors or lines)[-1].partition("rror: ")[2] or lines[-1])
