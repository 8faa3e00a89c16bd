"""Tasks on the workers of a Dask scheduler: as `Places`, beyond one machine."""

import math
import pickle
import secrets
from collections import deque
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.packages import code_digest
from nasarena.suite.workers.batches import Batch, Needed, Outcome, run_batch
from nasarena.suite.workers.dask_connection import KEPT, DaskConnection
from nasarena.suite.workers.limits import NO_LIMITS, Limits
from nasarena.suite.workers.places import WORKER_DIED, WorkerDied
from nasarena.suite.workers.scheduler_address import SchedulerAddress
from nasarena.suite.workers.variables import environment
from nasarena.suite.workers.waiting import Waiting

BATCH_SECONDS = 1.0
"""So long a batch takes, once it is known how long the tasks of its group take."""

AHEAD = 2
"""Batches that are sent for each thread of a worker, so that it need not wait for the next."""

GROWTH = 4
MOST_TASKS = 1000
"""In a batch; it has at most `GROWTH` times as many tasks as the last one of its group."""

LOOK_SECONDS = 2.0
"""So often it is looked which workers are there."""

NO_WORKER_SECONDS = 600.0
"""How long all workers may be away, in between: a cluster may start others."""

MOST_LOST = 10
"""Connections that may be lost, one after another, without any result in between."""

VARIABLES = "NASARENA_"
NOT_SENT = ("NASARENA_CACHE", "NASARENA_DATA", "NASARENA_REQUIRE")
"""Each worker has folders of its own."""

Task = TypeVar("Task")
Result = TypeVar("Result")


class _Lane:
    """One thread of a worker: where batches of one group go, if nothing hinders."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.group: Hashable = None
        self.sent = 0
        self.alone = False  # what was sent is a task that is tried alone: nothing goes with it


@dataclass(frozen=True)
class _Sent:
    """A batch under way; `key` is what the scheduler calls it."""

    key: str
    lane: _Lane
    group: Hashable
    tasks: list[Any]
    alone: bool


class _Pace:
    """How many tasks of a group make a batch, from the time that the last ones took."""

    def __init__(self) -> None:
        self.tasks = 1

    def learn(self, tasks: int, seconds: float) -> None:
        fitting = BATCH_SECONDS * tasks / max(seconds, 1e-6)
        self.tasks = max(1, min(int(fitting), GROWTH * tasks, MOST_TASKS))


def _nothing_needed(_: object) -> None:
    return None


class Cluster:
    """The workers of a Dask scheduler.

    `needed` says of a group what its tasks need on the disk of a worker, if anything.
    """

    def __init__(
        self,
        address: SchedulerAddress,
        limits: Limits = NO_LIMITS,
        needed: Callable[[Any], Needed | None] = _nothing_needed,
    ) -> None:
        """Connects to the scheduler. Raises UserError."""
        self._limits = limits
        self._needed = needed
        self._session = secrets.token_hex(8)
        self._groups: dict[Hashable, tuple[str, int]] = {}
        self._paces: dict[Hashable, _Pace] = {}
        self._lacking: dict[Needed, Any] = {}
        self._lanes: list[_Lane] = []
        self._underway: dict[Future[Outcome], _Sent] = {}
        self._done: SimpleQueue[Future[Outcome]] = SimpleQueue()
        self._alone: deque[tuple[Hashable, Any]] = deque()
        self._looked = -LOOK_SECONDS
        self._worker_seen = monotonic()
        self._lost = 0
        self._batches = 0
        self._connection = DaskConnection(address)
        self._executor = self._connection.executor

    def close(self) -> None:
        """Leave the scheduler. Not for long."""
        self._connection.close()

    def run(
        self,
        function: Callable[[Task], Result],
        waiting: Waiting[Task],
        wake_seconds: float | None = None,
        instead: Callable[[Task, str], Result] | None = None,
    ) -> Generator[list[tuple[Task, Result]]]:
        """As `Places.run`, on the workers: each thread of a worker has a process for a group.

        A worker that dies is a matter of the scheduler, which gives its tasks to others. What it
        gives up after several is tried alone; a task that then ends its workers again is lost as
        in `Places.run`. A lost connection is made anew, and what was under way is sent again.
        Raises UserError where that is not possible.
        """
        failure: BaseException | None = None
        try:
            while waiting or self._alone or self._underway:
                if failure is None:
                    self._fill(function, waiting, instead)
                finished: list[tuple[Task, Result]] = []
                lost = False
                for future in self._next_done(min(LOOK_SECONDS, wake_seconds or LOOK_SECONDS)):
                    sent = self._underway.pop(future)
                    sent.lane.sent -= 1
                    error = _error(future)
                    if error is None:
                        some, error = self._results(sent, future.result(), waiting)
                        finished += some
                    elif isinstance(error, CancelledError):
                        self._wait_again(sent, waiting)
                        lost, error = True, None
                    elif _is_killed(error):
                        finished += self._killed(sent, instead)
                        error = None
                    failure = failure or error
                if failure is not None:
                    waiting.clear()
                    self._alone.clear()
                if finished:
                    self._lost = 0
                yield finished
                if lost:
                    self._reconnect(waiting)
            if failure is not None:
                raise failure
        finally:
            for future in self._underway:
                future.cancel()
            self._underway.clear()

    def _fill(
        self,
        function: Callable[[Task], Result],
        waiting: Waiting[Task],
        instead: Callable[[Task, str], Result] | None,
    ) -> None:
        """Send batches until each lane has enough of them, or nothing waits."""
        self._look(waiting)
        for wanted in range(AHEAD):
            for lane in self._lanes:
                if lane.sent > wanted or (lane.sent and lane.alone):
                    continue
                lane.alone = bool(self._alone) and not lane.sent
                if lane.alone:
                    group, task = self._alone.popleft()
                    self._submit(lane, group, [task], function, instead)
                elif waiting:
                    group, tasks = self._next(lane, waiting)
                    self._submit(lane, group, tasks, function, instead)

    def _next(self, lane: _Lane, waiting: Waiting[Task]) -> tuple[Hashable, list[Task]]:
        if lane.group not in waiting:
            served = {other.group for other in self._lanes if other.sent}
            lane.group = waiting.next_group(served)
        fair = math.ceil(len(waiting) / (AHEAD * len(self._lanes)))
        tasks = [waiting.take(lane.group)]
        most = min(self._pace(lane.group).tasks, fair)
        while len(tasks) < most and lane.group in waiting:
            tasks.append(waiting.take(lane.group))
        return lane.group, tasks

    def _submit(
        self,
        lane: _Lane,
        group: Hashable,
        tasks: list[Task],
        function: Callable[[Task], Result],
        instead: Callable[[Task, str], Result] | None,
    ) -> None:
        needed = self._needed(group)
        number = self._groups.setdefault(group, (self._session, len(self._groups)))
        batch = Batch(
            function,
            instead,
            tasks,
            number,
            self._limits,
            _environment(),
            needed,
        )
        self._batches += 1
        key = f"nasarena-{self._session}-{self._batches}"
        where = {"key": key, "workers": [lane.worker], "allow_other_workers": True}
        sent = self._lacking.get(needed) if needed is not None else None
        future = self._executor.submit(run_batch, code_digest(), pickle.dumps(batch), sent, **where)
        self._underway[future] = _Sent(key, lane, group, tasks, lane.alone)
        lane.sent += 1
        future.add_done_callback(self._done.put)

    def _results(
        self, sent: _Sent, outcome: Outcome, waiting: Waiting[Any]
    ) -> tuple[list[tuple[Any, Any]], BaseException | None]:
        """The results of a batch with their tasks; the others wait again, unless one failed."""
        done = {number for number, _ in outcome.results}
        finished = [(sent.tasks[number], result) for number, result in outcome.results]
        if isinstance(outcome.error, WorkerDied):
            return finished, WorkerDied([*_tasks(self._underway.values()), *sent.tasks])
        if outcome.error is not None:
            return finished, outcome.error
        self._wait_again(sent, waiting, done)
        if done:
            self._pace(sent.group).learn(len(done), outcome.seconds)
        if outcome.lacking:
            try:
                self._supply(sent.group)
            except UserError as error:
                return finished, error
        return finished, None

    def _supply(self, group: Hashable) -> None:
        """Send what a worker lacks; workers give it to one another."""
        needed = self._needed(group)
        if needed is not None and needed not in self._lacking:
            self._lacking[needed] = self._connection.send(needed.supply())

    def _killed(
        self, sent: _Sent, instead: Callable[[Any, str], Any] | None
    ) -> list[tuple[Any, Any]]:
        """What comes of tasks whose workers died, one after another.

        It may have been for what was sent with them: each is tried alone.
        """
        if not sent.alone:
            self._alone.extend((sent.group, task) for task in sent.tasks)
            return []
        if instead is None:
            raise WorkerDied([*_tasks(self._underway.values()), *sent.tasks])
        return [(task, instead(task, WORKER_DIED)) for task in sent.tasks]

    def _next_done(self, seconds: float) -> Iterator[Future[Outcome]]:
        """Batches that are under way no more; none, if none is done within some seconds."""
        with suppress(Empty):
            future = self._done.get(timeout=seconds)
            while True:
                if future in self._underway:  # not from before the connection was lost
                    yield future
                future = self._done.get_nowait()

    def _wait_again(self, sent: _Sent, waiting: Waiting[Any], done: Collection[int] = ()) -> None:
        for number in reversed(range(len(sent.tasks))):
            if number not in done:
                waiting.put_back(sent.tasks[number])

    def _reconnect(self, waiting: Waiting[Any]) -> None:
        """Connect anew; what was under way waits again."""
        self._lost += 1
        if self._lost > MOST_LOST:
            raise UserError(
                f"the connection to the scheduler was lost {MOST_LOST} times without a result in "
                f"between; {KEPT}"
            )
        for sent in self._underway.values():
            self._wait_again(sent, waiting)
        self._underway.clear()
        self._lacking.clear()
        self._lanes.clear()
        self._connection.reconnect()
        self._executor = self._connection.executor
        self._looked = -LOOK_SECONDS

    def _look(self, waiting: Waiting[Any]) -> None:
        """Have a lane for each thread of the workers that are there now. Raises UserError."""
        now = monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        threads = self._connection.threads()
        if threads is None:
            return
        if threads:
            self._worker_seen = now
        elif now - self._worker_seen > NO_WORKER_SECONDS:
            raise UserError(
                f"the scheduler has had no worker for {NO_WORKER_SECONDS / 60:.0f} minutes; {KEPT}"
            )
        self._connection.check(threads)
        known: dict[str, list[_Lane]] = {}
        for lane in self._lanes:
            known.setdefault(lane.worker, []).append(lane)
        self._lanes = [
            lane
            for worker, count in threads.items()
            for lane in known.get(worker) or [_Lane(worker) for _ in range(count)]
        ]
        if gone := [one for one, sent in self._underway.items() if sent.lane.worker not in threads]:
            self._send_again(gone, waiting)

    def _send_again(self, gone: list[Future[Outcome]], waiting: Waiting[Any]) -> None:
        """Batches whose worker has gone wait again, if the scheduler gave them to no other.

        It keeps those that it has no worker for until that very worker comes back.
        """
        given = self._connection.given()
        for future in gone:
            if given is not None and self._underway[future].key not in given:
                sent = self._underway.pop(future)
                future.cancel()
                self._wait_again(sent, waiting)

    def _pace(self, group: Hashable) -> _Pace:
        return self._paces.setdefault(group, _Pace())


def _tasks(sent: Iterable[_Sent]) -> list[Any]:
    return [task for one in sent for task in one.tasks]


def _error(future: Future[Outcome]) -> BaseException | None:
    """What a future has in place of an outcome."""
    if future.cancelled():
        return CancelledError()
    error = future.exception()
    if error is None or isinstance(error, (UserError, CancelledError)) or _is_killed(error):
        return error
    return UserError(
        f"a worker cannot do what it is sent ({one_line(f'{type(error).__name__}: {error}')}); "
        f"install the same nasarena on all workers as here; {KEPT}"
    )


def _is_killed(error: BaseException) -> bool:
    """Whether the scheduler gave a batch up because its workers died."""
    from distributed import KilledWorker

    return isinstance(error, KilledWorker)


def _environment() -> dict[str, str]:
    """The settings of this process that hold for what is sent."""
    return {
        name: value
        for name, value in environment().items()
        if name.startswith(VARIABLES) and name not in NOT_SENT
    }
