"""Child processes of a Dask worker: one for each of its threads, and each serves one group."""

import threading
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import current_process
from multiprocessing.util import Finalize
from threading import Condition, Timer
from time import monotonic
from typing import NamedTuple

from nasarena.suite.workers.limits import Limits
from nasarena.suite.workers.places import Places

IDLE_SECONDS = 30.0
"""A process that had nothing to do for so long is ended: its client may be gone."""

LEAVE_SECONDS = 3.0
"""Threads look every second whether what they do is still wanted."""


class Room(NamedTuple):
    """Room for one child process, which serves one group, in one environment."""

    group: Hashable
    places: Places
    left_at: float


class Rooms:
    """The rooms of one Dask worker; those that no thread uses lie idle, the longest unused first.

    With several threads, each may be given a batch of a group that another thread's process
    serves at the moment: there may then be twice as many rooms, so that none has to change its
    group each time.
    """

    def __init__(self, threads: int = 1, idle_seconds: float = IDLE_SECONDS) -> None:
        self._most = threads if threads == 1 else 2 * threads
        self._idle: list[Room] = []
        self._idle_seconds = idle_seconds
        self._taken = 0
        self._lock = Condition()
        self._timer: Timer | None = None

    @contextmanager
    def taken(
        self, group: Hashable, limits: Limits, environment: Mapping[str, str]
    ) -> Iterator[Places]:
        """Room for a process of this group, whose process may be there from the last time."""
        places = self._take(group) or Places(1, limits, environment)
        try:
            yield places
        finally:
            with self._lock:
                self._idle.append(Room(group, places, monotonic()))
                self._taken -= 1
                self._lock.notify_all()
                self._look_again_later()

    def close(self) -> None:
        """End the processes of this Dask worker; threads that still use some have a moment."""
        with self._lock:
            self._lock.wait_for(lambda: not self._taken, LEAVE_SECONDS)
            rooms, self._idle = self._idle, []
        for room in rooms:
            room.places.close()

    def _take(self, group: Hashable) -> Places | None:
        """A room of this group. Without one, room is made where there are too many others."""
        with self._lock:
            self._taken += 1
            same = (number for number, room in enumerate(self._idle) if room.group == group)
            if (number := next(same, None)) is not None:
                return self._idle.pop(number).places
            full = self._idle and self._taken + len(self._idle) > self._most
            unused = self._idle.pop(0) if full else None
        if unused is not None:
            unused.places.close()
        return None

    def _look_again_later(self) -> None:
        if self._timer is None:
            self._timer = Timer(self._idle_seconds, self._close_unused)
            self._timer.daemon = True
            self._timer.start()

    def _close_unused(self) -> None:
        with self._lock:
            before = monotonic() - self._idle_seconds
            unused = [room for room in self._idle if room.left_at <= before]
            self._idle = [room for room in self._idle if room.left_at > before]
            self._timer = None
            if self._idle:
                self._look_again_later()
        for room in unused:
            room.places.close()


_rooms: dict[str, Rooms] = {}


def rooms_of(worker: str, threads: int) -> Rooms:
    """The rooms of a worker of this process, which may have several, by its address."""
    if not _rooms:
        # Before executors wait for their processes; multiprocessing's own processes do so
        # elsewhere.
        threading._register_atexit(close_rooms)  # type: ignore[attr-defined]
        Finalize(None, close_rooms, exitpriority=100)
    return _rooms.setdefault(worker, Rooms(threads))


def close_rooms() -> None:
    """End the child processes of this process's workers; it would wait for them at its end."""
    for rooms in [*_rooms.values()]:
        rooms.close()


def allow_children() -> None:
    """Let this process start others.

    Dask's nanny makes its workers daemonic, which Python keeps from having children: they could
    outlive it. Ours end with their parent, however it ends.
    """
    current_process()._config["daemon"] = False  # type: ignore[attr-defined]
