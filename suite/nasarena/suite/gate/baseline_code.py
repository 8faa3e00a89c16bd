"""The baseline's code beside the candidate's: from a wheel, a project's folder or a revision."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.gate.second_environment import SecondEnvironment
from nasarena.suite.names import Spec
from nasarena.suite.workers.processes import interrupts_held

PROJECT_FILES = ("pyproject.toml", "setup.py")

_SET_FOR_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""By git itself: a worktree that is made inside a hook would write to the user's index."""


@dataclass(frozen=True)
class BaselineCode:
    """Old code that can be run until its block ends.

    * `given`: the path or revision, as the user gave it.
    * `python`: the interpreter that imports it, and behind it what the current process can import.
    * `root`, `folder`: `folder` holds the old files of `root`; None for a wheel.
    """

    given: str
    python: Path
    root: Path | None = None
    folder: Path | None = None

    def located(self, method: str) -> str:
        """A method as the old code's process is told it: `file.py:Class` with the old file.

        Raises UserError when the old code does not have the file.
        """
        spec = Spec.parse(method)
        if ".py:" not in spec.name:
            return method
        path, _, class_name = spec.name.rpartition(":")
        if self.root is None or self.folder is None:
            raise UserError(
                f"the method {spec.name} is in a file, and the wheel {self.given} holds no such "
                "file; give --baseline-code a git revision, or the folder that the old file is in"
            )
        old = counterpart(Path(path), self.root, self.folder)
        if old is None or not old.is_file():
            raise UserError(
                f"the baseline's code ({self.given}) has no file {path} with the method "
                f"{class_name}; give --baseline-code a version that has it"
            )
        return str(Spec(f"{old}:{class_name}", spec.parameters))


@contextmanager
def baseline_code(given: Path | str) -> Iterator[BaselineCode]:
    """Make old code importable in an environment of its own; both are removed afterwards.

    `given` is a wheel, a project's folder, or a revision of the git repository that the current
    folder is in. A path that exists is taken before a revision of the same name. A revision is
    checked out into a temporary worktree. A project (a folder with pyproject.toml or setup.py) is
    installed without its dependencies: they are those of the current environment. Others are not
    installed: what is imported here from folders of the repository (PYTHONPATH) is then imported
    from the old ones.

    Raises UserError when there is no such code, or it cannot be installed.
    """
    temporary = Path(tempfile.mkdtemp(prefix="nasarena-baseline-")).resolve()
    repository, checkout = None, temporary / "code"
    try:
        path = Path(given)
        if path.is_dir():
            yield _from_folder(str(given), Path.cwd(), path.resolve(), temporary)
        elif path.exists() or path.suffix == ".whl":
            yield _from_wheel(path, temporary)
        else:
            repository, commit = _revision(str(given))
            _check_out(repository, str(given), commit, checkout)
            yield _from_folder(str(given), repository, checkout, temporary)
    finally:
        with interrupts_held():  # a second Ctrl-C waits until all is removed
            if repository is not None:
                _git(repository, "worktree", "remove", "--force", str(checkout))
            shutil.rmtree(temporary, ignore_errors=True)


def counterpart(path: Path, root: Path, folder: Path) -> Path | None:
    """Where `folder`, a copy of `root`, has what `path` is; None for a path outside of `root`."""
    here = Path(os.path.normpath(Path.cwd() / path))
    return folder / here.relative_to(root) if here.is_relative_to(root) else None


def _from_wheel(path: Path, temporary: Path) -> BaselineCode:
    if not path.is_file():
        raise UserError(f"there is no wheel {path} to take the baseline's code from")
    if path.suffix != ".whl":
        raise UserError(
            f"{path} is not a wheel (.whl); give --baseline-code a wheel, a project's folder or a "
            "git revision"
        )
    environment = SecondEnvironment(temporary)
    environment.install(path.resolve(), str(path))
    return BaselineCode(str(path), environment.python)


def _from_folder(given: str, root: Path, folder: Path, temporary: Path) -> BaselineCode:
    environment = SecondEnvironment(temporary, lambda entry: counterpart(entry, root, folder))
    project = _project(counterpart(Path(), root, folder) or folder, folder)
    if project is not None:
        environment.install(project, given)
    return BaselineCode(given, environment.python, root, folder)


def _project(start: Path, folder: Path) -> Path | None:
    """The project that `start` is in, no further up than `folder`."""
    above = [start, *start.parents]
    for one in above[: above.index(folder) + 1]:
        if any((one / name).is_file() for name in PROJECT_FILES):
            return one
    return None


def _revision(given: str) -> tuple[Path, str]:
    """The repository that the current folder is in, and the commit that a revision names."""
    here = _git(Path.cwd(), "rev-parse", "--show-toplevel")
    if here.returncode != 0:
        raise UserError(
            f"there is no wheel or folder {given} to take the baseline's code from, and no git "
            f"revision can be taken in this folder: {_last_line(here.stderr)}"
        )
    repository = Path(here.stdout.strip())
    commit = _git(repository, "rev-parse", "--verify", "--quiet", f"{given}^{{commit}}")
    if commit.returncode != 0 or given.startswith("-"):
        raise UserError(
            f"there is no git revision '{given}' in this repository, and no wheel or folder of "
            f"that name; if it is a shallow clone, fetch it first: git fetch origin {given}"
        )
    return repository, commit.stdout.strip()


def _check_out(repository: Path, given: str, commit: str, checkout: Path) -> None:
    done = _git(
        *(repository, "-c", f"core.hooksPath={os.devnull}"),
        *("worktree", "add", "--detach", "--quiet", str(checkout), commit),
    )
    if done.returncode != 0:
        raise UserError(
            f"git cannot check out '{given}' into a temporary worktree: {_last_line(done.stderr)}"
        )


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in _SET_FOR_HOOKS}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise UserError(
            "git is not installed, so that no revision can be checked out; install it, or give "
            "--baseline-code a wheel or a project's folder"
        ) from None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return one_line(lines[-1]) if lines else "git gave no reason"
