"""The suite's own table: every small cell trained, the best ones more often, on all processors."""

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from functools import cache, partial
from pathlib import Path

import numpy as np

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.files import locked
from nasarena.suite.packages import install_command, missing
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.training.plan import BEST, EVERY_CELL, FRESH_SEEDS, TOP, TOP_SEEDS, VERTICES
from nasarena.suite.training.rotated_digits import rotated_digits
from nasarena.suite.training.stored_trainings import Group, load_trainings, save_trainings
from nasarena.suite.training.train_cell import Trainings, train_cell
from nasarena.suite.workers.places import run_tasks
from nasarena.suite.workers.waiting import Waiting

SAVED_EVERY_SECONDS = 30.0

Progress = Callable[[int], object]
"""Told how many trainings were finished since it was last told; first, how many were there."""


@cache
def space() -> NASBench101:
    """All cells of at most five vertices."""
    return NASBench101(VERTICES)


@cache
def cells() -> dict[str, int]:
    """The official hash of every cell, in the order of the space, and its id."""
    return {space().key(id): id for id in range(space().size)}


def require_libraries() -> None:
    """Raises UserError when a library that training needs is not installed."""
    if lacking := missing(("nasbench_pytorch", "torch")):
        raise UserError(
            f"training needs {' and '.join(lacking)}, which is not installed; "
            f"run: {install_command(lacking)}"
        )
    rotated_digits()


def train_table(path: Path, workers: int, progress: Progress = lambda finished: None) -> None:
    """Trains what the file at `path` does not hold yet.

    The file is written again every half minute, and at the end, also after an error. Raises
    UserError when it is another file, another process trains it, it cannot be written, or a worker
    process dies; finished trainings are then kept.
    """
    # Others that train the file meanwhile would each write only what they trained.
    lock = path.with_name(f".{path.name}.lock")
    busy = f"another nasarena is training {path}; wait for it or choose another --out"
    with locked(lock, busy, partial(_unwritable, path)):
        _train_table(path, workers, progress)


def _train_table(path: Path, workers: int, progress: Progress) -> None:
    trainings = load_cells(path)
    save(trainings, path)  # at once, so that a folder that cannot be written is found now
    progress(sum(group.seeds for group in trainings))
    for stage in (every_cell, top_cells, best_cells):
        waiting = [group for group in stage(trainings) if group not in trainings]
        saved = time.monotonic()
        try:
            with closing(train_groups(waiting, workers)) as results:
                for group, training in results:
                    trainings[group] = training
                    progress(group.seeds)
                    if time.monotonic() - saved >= SAVED_EVERY_SECONDS:
                        save(trainings, path)
                        saved = time.monotonic()
        finally:
            save(trainings, path)


def save(trainings: Mapping[Group, Trainings], path: Path) -> None:
    """Writes the file. Raises UserError when it cannot be written."""
    try:
        save_trainings(trainings, path)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be written ({error.strerror or error}); choose another --out")


def load_cells(path: Path) -> dict[Group, Trainings]:
    """The trainings in a file, none where there is no file.

    Raises UserError when it is damaged, or holds trainings of another recipe or of other cells.
    """
    trainings = load_trainings(path)
    unknown = next((group.cell for group in trainings if group.cell not in cells()), None)
    if unknown is not None:
        raise UserError(
            f"{path} holds a training of '{one_line(unknown, 60)}', which is not one of "
            f"the {len(cells()):,} cells of at most {VERTICES} vertices; choose another --out"
        )
    return trainings


def every_cell(trainings: Mapping[Group, Trainings]) -> list[Group]:
    """Each cell with the seeds for all; shuffled, so that what is there is a fair sample."""
    shuffled = np.random.default_rng(0).permutation(list(cells()))
    return [_group(str(cell), EVERY_CELL) for cell in shuffled]


def top_cells(trainings: Mapping[Group, Trainings]) -> list[Group]:
    """The cells best by the seeds for all, with more seeds."""
    best = _best(trainings, [EVERY_CELL], list(cells()), TOP)
    return [_group(cell, TOP_SEEDS) for cell in best]


def best_cells(trainings: Mapping[Group, Trainings]) -> list[Group]:
    """The cells best by all seeds of the table, with fresh ones."""
    top = [group.cell for group in top_cells(trainings)]
    return [_group(c, FRESH_SEEDS) for c in _best(trainings, [EVERY_CELL, TOP_SEEDS], top, BEST)]


def _group(cell: str, seeds: range) -> Group:
    return Group(cell, seeds.start, len(seeds))


def _best(
    trainings: Mapping[Group, Trainings], seeds: list[range], among: list[str], count: int
) -> list[str]:
    """The cells of the best mean validation accuracies; of equal ones the earlier."""
    means = [
        np.concatenate([trainings[_group(cell, some)].validation[:, -1] for some in seeds]).mean()
        for cell in among
    ]
    return [among[place] for place in np.argsort(-np.array(means), kind="stable")[:count]]


def train_group(group: Group) -> Trainings:
    """Trains one group, as the file names it."""
    import torch

    torch.set_num_threads(1)
    return train_cell(*space().cell(cells()[group.cell]), list(group.range))


def train_groups(waiting: Iterable[Group], workers: int) -> Generator[tuple[Group, Trainings]]:
    """Trains groups on so many worker processes; yields each as it finishes, in any order.

    Raises WorkerDied when a process dies.
    """
    for finished in run_tasks(train_group, Waiting(waiting), workers):
        yield from finished
