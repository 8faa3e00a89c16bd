"""A search in a process without the table: it asks for each label through a pipe.

What comes back is not trusted: it is read as JSON, and the ledger that counts is kept here.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection, Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.benchmarks.imported import HERE
from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
from nasarena.suite.benchmarks.rotated_mnist import ShippedFile
from nasarena.suite.errors import UserError
from nasarena.suite.methods import MethodChoice
from nasarena.suite.predictors import Predict, predict_all
from nasarena.suite.problem import (
    BudgetExhausted,
    OptimumFound,
    PatienceExhausted,
    Problem,
    SearchEnded,
)
from nasarena.suite.runs.checkpoints import Checkpoints
from nasarena.suite.runs.isolation import CannotIsolate, isolate
from nasarena.suite.runs.search import Searched, search
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.tables.cache import cache_folder
from nasarena.suite.tables.fidelities import Fidelities, ObservedTrainings
from nasarena.suite.tables.proxies import Proxies
from nasarena.suite.tables.sources import PackagedFile, data_folder
from nasarena.suite.workers.processes import start_process, start_worker
from nasarena.suite.workers.variables import variables

HIDDEN = "NASARENA_HIDDEN"
"""Names the folders and files that searches in a process of their own must not see."""

MOST_BYTES = 1 << 27
"""Of one message from the method's process: predictions for the largest space take 4 MB."""


@dataclass(frozen=True)
class Task:
    """What the method's process is told: all that a method may know, and its name and seed."""

    choice: MethodChoice
    benchmark: str
    seed: int
    space: CategoricalSpace
    budget: int
    patience: int
    classes: Ids | None
    judged: bool
    fidelities: Fidelities | None


@contextmanager
def hidden_from_methods(results: Path) -> Iterator[None]:
    """Searches in processes of their own, started in this block, see no results and no tables."""
    with variables({HIDDEN: hidden_paths(results)}):
        yield


def hidden_paths(*more: Path) -> str:
    """What `HIDDEN` is on this machine, with more files and folders, if they are there."""
    paths = [*more, cache_folder(), data_folder(), HERE, *_packaged_files()]
    return os.pathsep.join(str(path.resolve()) for path in paths if path.exists())


def _packaged_files() -> Iterator[Path]:
    """The data files of packages, nasarena's own among them, that benchmarks are made from."""
    for name in benchmark_names():
        try:
            file = load_benchmark(name).file
        except UserError:  # a broken plug-in
            continue
        if isinstance(file, PackagedFile | ShippedFile) and (path := file.installed()) is not None:
            yield path


def confined_search(task: Task, new_problem: Callable[[], Problem]) -> tuple[Searched, float]:
    """As `search`, in another process; and the CPU seconds that it took there.

    The process serves all later runs of this one. Raises CannotIsolate where the system has no
    means.
    """
    confined = _confined()
    try:
        before = confined.cpu_seconds()
        confined.connection.send(task)
        error, changed = _serve(confined.connection, new_problem)
    except Exception as raised:  # it died, or says what no search says: anything at all
        confined.end()
        _confined.cache_clear()
        said = "died" if isinstance(raised, (EOFError, OSError)) else "sent what is no message"
        return Searched(f"the method's process {said}", ()), 0.0
    return Searched(error, changed), confined.cpu_seconds() - before


@dataclass(frozen=True)
class _Confined:
    process: BaseProcess
    connection: Connection

    def cpu_seconds(self) -> float:
        """What it has used so far, of all its threads; as the system counts it."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        self.connection.close()
        self.process.kill()


@cache
def _confined() -> _Confined:
    """The process in which methods search for this one. Raises CannotIsolate."""
    ours, theirs = Pipe()
    hidden = [Path(path) for path in os.environ[HIDDEN].split(os.pathsep)]
    process = start_process(_search_for, theirs, dict(os.environ), hidden)
    theirs.close()
    said = ours.recv_bytes(MOST_BYTES).decode()
    if said:
        raise CannotIsolate(said)
    return _Confined(process, ours)


def _serve(
    connection: Connection, new_problem: Callable[[], Problem]
) -> tuple[str | None, tuple[str, ...]]:
    """Answer a search until it ends: its error, and the settings that it changed."""
    problem = None
    while True:
        kind, *values = json.loads(connection.recv_bytes(MOST_BYTES))
        if kind == "begin":
            problem = new_problem()
            continue
        if kind == "done":
            error, changed = values
            return error and str(error), tuple(map(str, changed))
        if problem is None:
            raise ValueError("no search has begun")
        if kind == "labels":
            connection.send_bytes(_said(_labels(problem, *values)))
        elif kind == "recommend":
            problem.recommend(values[0])
        elif kind == "note":
            problem.note(*values)
        elif kind == "proxies":
            connection.send(_proxies(problem, values[0]))
        elif kind == "metric":
            connection.send(_metric(problem, str(values[0])))
        elif kind == "predictor":
            predicted = np.frombuffer(connection.recv_bytes(MOST_BYTES), dtype=np.float64)
            problem.show_predictor(predicted.__getitem__)
        elif kind == "patience":
            problem.give_up()
        else:
            raise ValueError(f"no message is called {kind}")


def _labels(problem: Problem, ids: Sequence[int], fidelity: int | None) -> Any:
    """What queries answer, or how they ended the search."""
    try:
        return problem.query(np.array(ids, dtype=np.int64), fidelity).tolist()
    except SearchEnded as ended:
        return ended.stop_reason


def _proxies(problem: Problem, names: Sequence[str]) -> Proxies | str:
    """The zero-cost scores that were asked for, or a sentence about why there are none."""
    try:
        return problem.proxies(*map(str, names))
    except UserError as error:
        return str(error)


def _metric(problem: Problem, name: str) -> NDArray[np.float64] | str:
    """The metric that was asked for, or a sentence about why there is none."""
    try:
        return problem.metric(name, np.arange(problem.space.size))
    except UserError as error:
        return str(error)


def _said(value: Any) -> bytes:
    return json.dumps(value).encode()


def _search_for(connection: Connection, environment: dict[str, str], hidden: list[Path]) -> None:
    """Lives in the other process: searches, one task after another."""
    try:
        isolate(hidden)
    except CannotIsolate as refused:
        connection.send_bytes(str(refused).encode())
        return
    start_worker(environment)
    connection.send_bytes(b"")
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return

        def new_problem(task: Task = task) -> Problem:
            connection.send_bytes(_said(["begin"]))
            return _RemoteProblem(task, connection)

        # It sees no folder to keep a checkpoint in.
        nothing_kept = Checkpoints(None)
        error, changed = search(task.choice, task.benchmark, task.seed, new_problem, nothing_kept)
        connection.send_bytes(_said(["done", error, changed]))


class _RemoteLabels:
    """Stands for an array of labels: each is asked for when it is charged."""

    def __init__(self, size: int, connection: Connection, fidelity: int | None = None) -> None:
        self.size = size
        self._connection = connection
        self._fidelity = fidelity

    def item(self, id: int) -> float:
        """The label of one architecture."""
        return self[np.array([id])].item()

    def __getitem__(self, ids: Ids) -> Accuracies:
        """The labels of architectures (count,). Raises SearchEnded where they end the search."""
        self._connection.send_bytes(_said(["labels", ids.tolist(), self._fidelity]))
        answer = json.loads(self._connection.recv_bytes())
        if isinstance(answer, str):
            raise {"optimum": OptimumFound, "patience": PatienceExhausted}.get(
                answer, BudgetExhausted
            )
        return np.array(answer, dtype=np.float64)


def _remote_trainings(task: Task, connection: Connection) -> ObservedTrainings | None:
    if task.fidelities is None:
        return None
    size, shorter = task.space.size, task.fidelities.epochs[:-1]
    labels = [_RemoteLabels(size, connection, epochs) for epochs in shorter]
    return ObservedTrainings(task.fidelities, labels)


class _RemoteProblem(Problem):
    """A problem whose labels are elsewhere, where another ledger counts as well."""

    def __init__(self, task: Task, connection: Connection) -> None:
        def judge(charged: int, predict: Predict) -> None:
            predicted = predict_all(predict, task.space.size).astype(np.float64)
            connection.send_bytes(_said(["predictor"]))
            connection.send_bytes(predicted.tobytes())

        def metrics(name: str) -> NDArray[np.float64]:
            connection.send_bytes(_said(["metric", name]))
            answer: NDArray[np.float64] | str = connection.recv()
            if isinstance(answer, str):
                raise UserError(answer)
            return answer

        super().__init__(
            task.space,
            _RemoteLabels(task.space.size, connection),
            task.budget,
            task.patience,
            task.classes,
            judge=judge if task.judged else None,
            metrics=metrics,
            trainings=_remote_trainings(task, connection),
        )
        self._connection = connection

    def query(self, ids: Any, fidelity: int | None = None) -> Any:
        """As a problem's own; the other ledger does not see repeats, and is told of the last."""
        try:
            return super().query(ids, fidelity)
        except PatienceExhausted:
            self._connection.send_bytes(_said(["patience"]))
            raise

    def recommend(self, id: int) -> None:
        """As a problem's own."""
        super().recommend(id)
        self._connection.send_bytes(_said(["recommend", int(id)]))

    def note(self, name: str, value: float) -> None:
        """As a problem's own."""
        super().note(name, value)
        self._connection.send_bytes(_said(["note", name, float(value)]))

    def proxies(self, *names: str) -> Proxies:
        """As a problem's own."""
        self._connection.send_bytes(_said(["proxies", names]))
        answer: Proxies | str = self._connection.recv()
        if isinstance(answer, str):
            raise UserError(answer)
        return answer
