"""Runs that are made anew: the old ones stay aside until the new ones are complete."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nasarena.suite.errors import UserError
from nasarena.suite.records.store import EXECUTIONS, RUNS, read_runs
from nasarena.suite.records.stored_runs import merge_new

SUFFIX = ".replaced"
"""Added to the names of the files of a cell whose runs are made anew; no reader takes them."""


def set_aside(folders: Iterable[Path], seeds: Sequence[int]) -> None:
    """Put the stored runs of cells aside, so that all are made anew.

    Where an earlier command did so and was stopped, its new runs are kept. Raises UserError, and
    changes nothing, where `seeds` leave out a stored run.
    """
    stored = [path for path in folders if (path / RUNS).exists() and not _replaced(path).exists()]
    for folder in stored:
        merge_new(folder)
        left_out = _seeds(folder / RUNS) - set(seeds)
        if left_out:
            raise UserError(
                f"--fresh replaces all runs in {folder}, but --seeds leaves out {len(left_out)} of "
                f"them (seed {min(left_out)}, for example); give --seeds that include them all"
            )
    for folder in stored:
        # The runs first: without them, executions that a killed command left count for nothing.
        for name in (RUNS, EXECUTIONS):
            if (folder / name).exists():
                (folder / name).replace(folder / f"{name}{SUFFIX}")


def remove_replaced(finished: Mapping[Path, set[int]]) -> list[str]:
    """Remove what was set aside in cells whose runs are complete again.

    `finished` has the seeds of the finished runs by the folder of their cell. Returns a sentence
    for each cell whose old runs have to stay.
    """
    waiting = []
    for folder, seeds in finished.items():
        if not _replaced(folder).exists():
            continue
        missing = _seeds(_replaced(folder)) - seeds
        if missing:
            waiting.append(
                f"{len(missing)} runs in {folder} are not made anew yet; the old ones stay in "
                f"{RUNS}{SUFFIX} until they are: run the same command again"
            )
            continue
        for name in (RUNS, EXECUTIONS):
            (folder / f"{name}{SUFFIX}").unlink(missing_ok=True)
    return waiting


def _replaced(folder: Path) -> Path:
    return folder / f"{RUNS}{SUFFIX}"


def _seeds(path: Path) -> set[int]:
    return set(read_runs(path.parent, path.name)["seed"].to_pylist())
