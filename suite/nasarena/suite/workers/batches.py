"""What a Dask worker does: a few tasks of one group, in a child process."""

import pickle
import socket
from collections.abc import Callable, Hashable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.packages import code_digest, nasarena_version
from nasarena.suite.workers.limits import Limits
from nasarena.suite.workers.rooms import allow_children, rooms_of
from nasarena.suite.workers.waiting import Waiting

if TYPE_CHECKING:
    from distributed import Worker

WAKE_SECONDS = 1.0
"""So often a worker looks whether anybody still waits for what it does."""

MOST_SECONDS = 2.0
"""A batch that takes longer begins no other task: they are sent again, in smaller batches."""


class Needed(Protocol):
    """What tasks need on the disk of a worker, which a client can send."""

    def prepare(self, sent: Any) -> Mapping[str, str] | None:
        """On the worker: the environment in which processes find it; None where it is lacking.

        `sent` is what `supply` gave, None before it was asked.
        """

    def supply(self) -> Any:
        """On the client: what is sent to workers that lack it. Raises UserError."""


@dataclass(frozen=True)
class Batch:
    """Tasks of one group. `environment` is added to that of the worker in the process
    that does the tasks.
    """

    function: Callable[[Any], Any]
    instead: Callable[[Any, str], Any] | None
    tasks: list[Any]
    group: Hashable
    limits: Limits
    environment: Mapping[str, str]
    needed: Needed | None


@dataclass(frozen=True)
class Outcome:
    """What came of a batch: results by the task's place in it. Tasks without one wait again.

    `error` is the first that a task raised. `lacking`: what is needed has to be sent.
    """

    results: list[tuple[int, Any]] = field(default_factory=list)
    seconds: float = 0.0
    error: Exception | None = None
    lacking: bool = False


def run_batch(code: str, content: bytes, sent: Any = None) -> Outcome:
    """Do the tasks of a batch, one after another, in a process that serves their group only.

    `code` is the digest of the client's nasarena. `content` is the batch, pickled: a worker of
    Dask ends when it cannot read what it is sent.
    """
    if code_digest() != code:
        return _cannot(f"has other code of nasarena (it is {nasarena_version()}) than is here")
    try:
        batch: Batch = pickle.loads(content)
    except Exception as error:  # a module that is not installed, for example
        said = one_line(f"{type(error).__name__}: {error}")
        return _cannot(f"cannot read what it is sent ({said})")
    return _run(batch, sent)


def _cannot(what: str) -> Outcome:
    sentence = (
        f"the worker on {socket.gethostname()} {what}; install the same on all workers, and start "
        "them again"
    )
    return Outcome(error=UserError(sentence))


def _run(batch: Batch, sent: Any) -> Outcome:
    from distributed import get_worker

    begun = monotonic()
    environment = batch.environment
    if batch.needed is not None:
        try:
            found = batch.needed.prepare(sent)
        except UserError as cannot:
            return Outcome(error=cannot)
        if found is None:
            return Outcome(lacking=True)
        environment = {**environment, **found}
    allow_children()
    waiting = Waiting(enumerate(batch.tasks), lambda _: batch.group)
    instead = None if batch.instead is None else partial(_instead, batch.instead)
    results: list[tuple[int, Any]] = []
    error: Exception | None = None
    worker = get_worker()
    rooms = rooms_of(worker.address, worker.state.nthreads)
    with rooms.taken(batch.group, batch.limits, environment) as places:
        run = places.run(partial(_call, batch.function), waiting, WAKE_SECONDS, instead)
        with closing(run) as lists:
            try:
                for finished in lists:
                    results += [(number, result) for (number, _), result in finished]
                    if monotonic() - begun > MOST_SECONDS:
                        waiting.clear()
                    if _is_given_up(worker):
                        break
            except Exception as raised:
                error = raised
    return Outcome(results, monotonic() - begun, error)


def _call(function: Callable[[Any], Any], numbered: tuple[int, Any]) -> Any:
    return function(numbered[1])


def _instead(instead: Callable[[Any, str], Any], numbered: tuple[int, Any], reason: str) -> Any:
    return instead(numbered[1], reason)


def _is_given_up(worker: "Worker") -> bool:
    """Whether the scheduler no longer wants the task of this thread: its client has gone.

    Dask ends no thread that still works: it would work on, for nobody.
    """
    task = worker.state.tasks.get(worker.get_current_task())
    return task is not None and task.state == "cancelled"
