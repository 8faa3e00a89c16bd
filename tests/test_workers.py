"""Tasks on worker processes: all are done, failures lose none, a process that died is named."""

import pickle
from collections import deque
from contextlib import closing

import pytest

from nasarena.suite.workers import WorkerDied, run_tasks
from worker_tasks import do


def collect(waiting: deque[str], done: list[str]) -> None:
    for finished in run_tasks(do, waiting, 1):
        done += [result for _, result in finished]


def test_each_task_is_done_once() -> None:
    waiting = deque(str(number) for number in range(20))
    lists = list(run_tasks(do, waiting, 2))
    finished = [pair for some in lists for pair in some]
    assert sorted(finished) == sorted((str(number), str(number)) for number in range(20))
    assert not waiting
    assert list(run_tasks(do, waiting, 2)) == []


def test_tasks_are_taken_when_a_process_has_room() -> None:
    waiting = deque(str(number) for number in range(50))
    done = set()
    with closing(run_tasks(do, waiting, 2)) as lists:
        for finished in lists:
            done |= {task for task, _ in finished}
            waiting.clear()  # what has not begun is the caller's
    assert 1 <= len(done) <= 3


def test_a_failing_task_loses_none_that_finished_and_begins_no_other() -> None:
    waiting = deque(["raise", *map(str, range(50))])
    done: list[str] = []
    with pytest.raises(ValueError, match="a task that fails"):
        collect(waiting, done)
    assert done == ["0"], "the one that was under way"
    assert not waiting


def test_the_caller_wakes_up_while_nothing_finishes() -> None:
    with closing(run_tasks(do, deque(["sleep"]), 1, wake_seconds=0.01)) as lists:
        assert next(lists) == []
        assert next(lists) == []
    # Closing terminates the process that sleeps: this test ends at once.


def test_a_process_that_died_leaves_what_was_under_way_and_what_waits() -> None:
    waiting = deque(["first", "die", *map(str, range(50))])
    done: list[str] = []
    with pytest.raises(WorkerDied, match=r"a worker process died \(killed") as died:
        collect(waiting, done)
    assert "first" in done
    assert "die" in died.value.underway
    assert sorted([*done, *died.value.underway, *waiting]) == sorted(
        ["first", "die", *map(str, range(50))]
    )
    again = pickle.loads(pickle.dumps(died.value))
    assert (str(again), again.underway) == (str(died.value), died.value.underway)
