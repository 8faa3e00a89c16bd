"""Tasks that wait, in groups: those of one group are done by processes that do no others."""

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Generic, TypeVar

Task = TypeVar("Task")


def _one_group(_: object) -> Hashable:
    return None


class Waiting(Generic[Task]):
    """Tasks in the order given, in groups: `group` says of each to which it belongs.

    Without it they are one group.
    """

    def __init__(
        self, tasks: Iterable[Task], group: Callable[[Task], Hashable] = _one_group
    ) -> None:
        self._group = group
        self._tasks: dict[Hashable, deque[Task]] = {}
        self._count = 0
        for task in tasks:
            self._tasks.setdefault(group(task), deque()).append(task)
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __contains__(self, group: Hashable) -> bool:
        return group in self._tasks

    def take(self, group: Hashable) -> Task:
        """The next task of a group. Raises KeyError where none of it waits."""
        tasks = self._tasks[group]
        task = tasks.popleft()
        self._count -= 1
        if not tasks:
            del self._tasks[group]
        return task

    def put_back(self, task: Task) -> None:
        """What was taken waits again, first of its group."""
        self._tasks.setdefault(self._group(task), deque()).appendleft(task)
        self._count += 1

    def next_group(self, served: Collection[Hashable]) -> Hashable:
        """The group that a free process should serve: the first that none serves, or the longest.

        There must be one.
        """
        free = (group for group in self._tasks if group not in served)
        return next(free, max(self._tasks, key=lambda group: len(self._tasks[group])))

    def drop(self, group: Hashable) -> int:
        """Take a group out; how many tasks it had."""
        dropped = len(self._tasks.pop(group, ()))
        self._count -= dropped
        return dropped

    def clear(self) -> None:
        """Take all tasks out."""
        self._tasks.clear()
        self._count = 0
