"""Tasks on processes: each process serves one group of tasks, and then makes room for another."""

from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from time import monotonic
from typing import Any, Generic, TypeVar

from nasarena.suite.errors import RunsFailed
from nasarena.suite.workers.limits import NO_LIMITS, Limits
from nasarena.suite.workers.processes import (
    Leaving,
    end_pool,
    new_pool,
    wait_for,
    worker_surroundings,
)
from nasarena.suite.workers.waiting import Waiting

QUICK_SECONDS = 0.5
"""A process whose last task took less has the next one sent ahead, so that it need not wait."""

WORKER_DIED = "a worker process died (killed, out of memory, or crashed)"

Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerDied(RunsFailed):
    """A worker process died, and with it the tasks that had been sent to it: `underway`."""

    def __init__(self, underway: Sequence[Any] = ()) -> None:
        super().__init__(underway)
        self.underway = underway

    def __str__(self) -> str:
        return (
            f"{WORKER_DIED}; what was stored is kept: make sure that there is enough memory, then "
            "give the same command again"
        )


class _Place(Generic[Task]):
    """Room for one process; `underway` are the tasks that it was sent, in that order."""

    def __init__(self) -> None:
        self.pool: ProcessPoolExecutor | None = None
        self.group: Hashable = None
        self.underway: dict[Future[Any], Task] = {}
        self.quick = False
        self.since = 0.0  # when the first task under way was begun

    @property
    def room(self) -> bool:
        return len(self.underway) < (2 if self.quick else 1)

    def submit(self, function: Callable[[Task], Any], task: Task) -> None:
        if not self.underway:
            self.since = monotonic()
        assert self.pool is not None
        with worker_surroundings():
            self.underway[self.pool.submit(function, task)] = task

    def finished(self) -> Iterator[tuple[Task, Future[Any]]]:
        """Tasks that finished, which are under way no more."""
        for future in list(self.underway):
            if future.done() and not _died(future):
                self.quick = monotonic() - self.since < QUICK_SECONDS
                self.since = monotonic()
                yield self.underway.pop(future), future

    @property
    def broken(self) -> bool:
        """Whether the process died with what was under way."""
        return any(future.done() and _died(future) for future in self.underway)

    def leave(self, *, now: bool) -> list[Leaving]:
        """Let the process end, or end it now; it is returned for `wait_for`."""
        pool, self.pool, self.quick = self.pool, None, False
        self.underway.clear()
        return end_pool(pool, now=now) if pool else []


def _died(future: Future[Any]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


class Places:
    """Room for so many processes at once; `environment` is added to what they have."""

    def __init__(
        self,
        count: int,
        limits: Limits = NO_LIMITS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._environment = environment or {}
        self._places: list[_Place[Any]] = [_Place() for _ in range(count)]
        self._limits = limits
        self._leaving: list[Leaving] = []

    def run(
        self,
        function: Callable[[Task], Result],
        waiting: Waiting[Task],
        wake_seconds: float | None = None,
        instead: Callable[[Task, str], Result] | None = None,
    ) -> Generator[list[tuple[Task, Result]]]:
        """Calls `function` on each task in a process of its group; yields what has finished.

        Each list holds the tasks that finished since the last list, with their results, in any
        order. It is empty when none finished within `wake_seconds`, so that the caller can do
        something else from time to time. A task is taken when a process has room for it: the
        caller may take others out of `waiting`.

        A task whose process dies is tried once more. If it dies again, or takes longer than the
        limits allow, its result is what `instead` makes of it and of the reason. Without
        `instead`, WorkerDied is raised.

        When `function` raises, no other task is begun, those under way are finished, and the first
        error is raised last. Processes that still work when the generator is closed are killed.
        """
        failure: BaseException | None = None
        tried: list[Task] = []
        try:
            while waiting or self._futures():
                self._fill(function, waiting)
                finished: list[tuple[Task, Result]] = []
                wait(self._futures(), self._seconds(wake_seconds), FIRST_COMPLETED)
                for place in self._places:
                    for task, future in place.finished():
                        if error := future.exception():
                            failure = failure or error
                            waiting.clear()
                        else:
                            finished.append((task, future.result()))
                    if place.broken or self._is_late(place):
                        finished += self._lost(place, waiting, instead, tried)
                yield finished
            if failure is not None:
                raise failure
        finally:
            for place in self._places:
                if place.underway:
                    self._leaving += place.leave(now=True)

    def _lost(
        self,
        place: _Place[Task],
        waiting: Waiting[Task],
        instead: Callable[[Task, str], Result] | None,
        tried: list[Task],
    ) -> list[tuple[Task, Result]]:
        """What comes of the task whose process died or took too long; others wait again."""
        late = not place.broken
        lost, *others = place.underway.values()  # in the order in which they were to be done
        if instead is None:
            raise WorkerDied(self._underway())
        self._leaving += place.leave(now=True)
        for task in reversed(others):
            waiting.put_back(task)
        if late:
            return [(lost, instead(lost, self._limits.too_long))]
        if any(lost is task for task in tried):
            return [(lost, instead(lost, WORKER_DIED))]
        tried.append(lost)
        waiting.put_back(lost)
        return []

    def close(self) -> None:
        """End the processes, and wait for their end; not for long."""
        for place in self._places:
            self._leaving += place.leave(now=False)
        wait_for(self._leaving)
        self._leaving.clear()

    def _fill(self, function: Callable[[Task], Any], waiting: Waiting[Task]) -> None:
        for place in self._places:
            while waiting and place.room:
                if place.pool is None or place.group not in waiting:
                    if place.underway:
                        break
                    self._leaving += place.leave(now=False)
                    place.group = waiting.next_group(
                        [other.group for other in self._places if other.pool]
                    )
                    place.pool = new_pool(1, self._limits.memory, self._environment)
                task = waiting.take(place.group)
                try:
                    place.submit(function, task)
                except BrokenProcessPool:  # it died by itself, after its last task
                    waiting.put_back(task)
                    if place.underway:
                        break
                    self._leaving += place.leave(now=True)
        self._leaving = [process for process in self._leaving if process.is_alive()]

    def _futures(self) -> list[Future[Any]]:
        return [future for place in self._places for future in place.underway]

    def _underway(self) -> list[Any]:
        return [task for place in self._places for task in place.underway.values()]

    def _is_late(self, place: _Place[Any]) -> bool:
        limit = self._limits.seconds
        return limit is not None and bool(place.underway) and monotonic() - place.since > limit

    def _seconds(self, wake_seconds: float | None) -> float | None:
        """How long to wait at most: until the caller wants to wake up, or a task takes too long."""
        if self._limits.seconds is None:
            return wake_seconds
        begun = min(place.since for place in self._places if place.underway)
        left = max(begun + self._limits.seconds - monotonic(), 0.0) + 0.01
        return left if wake_seconds is None else min(left, wake_seconds)


@contextmanager
def places(count: int, limits: Limits = NO_LIMITS) -> Iterator[Places]:
    """Room for so many processes, which end at the end of the block."""
    made = Places(count, limits)
    try:
        yield made
    finally:
        made.close()


def run_tasks(
    function: Callable[[Task], Result],
    waiting: Waiting[Task],
    workers: int,
    wake_seconds: float | None = None,
    instead: Callable[[Task, str], Result] | None = None,
    limits: Limits = NO_LIMITS,
) -> Generator[list[tuple[Task, Result]]]:
    """As `Places.run`, on at most so many processes that are started for it."""
    if waiting:
        with places(min(workers, len(waiting)), limits) as rooms:
            yield from rooms.run(function, waiting, wake_seconds, instead)
