"""Tasks on worker processes: all are done, failures lose none, a process that died is named."""

import pickle
import sys
import time
from collections import defaultdict
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path

import pytest

from nasarena.suite.workers.limits import Limits
from nasarena.suite.workers.places import WORKER_DIED, WorkerDied, _Place, run_tasks
from nasarena.suite.workers.waiting import Waiting
from worker_tasks import die_once, do, whose


def collect(waiting: Waiting[str], done: list[str], workers: int = 1) -> None:
    for finished in run_tasks(do, waiting, workers):
        done += [result for _, result in finished]


def test_each_task_is_done_once() -> None:
    waiting = Waiting(str(number) for number in range(20))
    lists = list(run_tasks(do, waiting, 2))
    finished = [pair for some in lists for pair in some]
    assert sorted(finished) == sorted((str(number), str(number)) for number in range(20))
    assert not waiting
    assert list(run_tasks(do, waiting, 2)) == []


def test_tasks_are_taken_when_a_process_has_room() -> None:
    waiting = Waiting(str(number) for number in range(50))
    done = set()
    with closing(run_tasks(do, waiting, 2)) as lists:
        for finished in lists:
            done |= {task for task, _ in finished}
            waiting.clear()  # what has not begun is the caller's
    assert 1 <= len(done) <= 3


def test_a_failing_task_loses_none_that_finished_and_begins_no_other() -> None:
    waiting = Waiting(["raise", *map(str, range(50))])
    done: list[str] = []
    with pytest.raises(ValueError, match="a task that fails"):
        collect(waiting, done, workers=2)
    assert done == ["0"], "the one that was under way"
    assert not waiting


def test_the_caller_wakes_up_while_nothing_finishes() -> None:
    with closing(run_tasks(do, Waiting(["sleep"]), 1, wake_seconds=0.01)) as lists:
        assert next(lists) == []
        assert next(lists) == []
    # Closing terminates the process that sleeps: this test ends at once.


def test_a_process_that_died_leaves_what_was_under_way_and_what_waits() -> None:
    waiting = Waiting(["first", "die", *map(str, range(50))])
    done: list[str] = []
    with pytest.raises(WorkerDied, match=r"a worker process died \(killed") as died:
        collect(waiting, done)
    assert "first" in done
    assert "die" in died.value.underway
    left = [waiting.take(None) for _ in range(len(waiting))]
    assert sorted([*done, *died.value.underway, *left]) == sorted(
        ["first", "die", *map(str, range(50))]
    )
    again = pickle.loads(pickle.dumps(died.value))
    assert (str(again), again.underway) == (str(died.value), died.value.underway)


def test_a_process_serves_one_group() -> None:
    tasks = [(group, number) for group in "abc" for number in range(6)]
    groups = defaultdict(set)
    for finished in run_tasks(whose, Waiting(tasks, lambda task: task[0]), 2):
        for (group, _), process in finished:
            groups[process].add(group)
    assert all(len(served) == 1 for served in groups.values())
    assert set.union(*groups.values()) == set("abc")


def test_a_group_has_a_second_process_when_no_other_waits() -> None:
    tasks = Waiting(["sleep", "other"])
    with closing(run_tasks(do, tasks, 2)) as lists:
        assert next(lists) == [("other", "other")]


def ended(task: str, reason: str) -> str:
    return f"{task}: {reason}"


def results(tasks: list[str], **options: Limits) -> dict[str, str]:
    return dict(
        pair for some in run_tasks(do, Waiting(tasks), 1, instead=ended, **options) for pair in some
    )


def test_a_task_whose_process_dies_is_tried_once_more(tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    assert list(run_tasks(die_once, Waiting([marker]), 1, instead=ended)) == [
        [],
        [(marker, "done")],
    ]


def test_others_go_on_when_a_task_ends_its_process_twice() -> None:
    assert results(["1", "die", "2", "3"]) == {
        "1": "1",
        "die": f"die: {WORKER_DIED}",
        "2": "2",
        "3": "3",
    }


def test_others_go_on_when_a_task_takes_too_long() -> None:
    assert results(["1", "sleep", "2"], limits=Limits(seconds=1.5)) == {
        "1": "1",
        "sleep": "sleep: stopped after 1.5 seconds (--run-timeout)",
        "2": "2",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_task_that_takes_too_much_memory_raises_an_error() -> None:
    enough, little = Limits(memory=500_000_000), Limits(memory=300_000_000)
    assert results(["grow"], limits=enough) == {"grow": "grow"}
    with pytest.raises(MemoryError):
        results(["grow"], limits=little)


def test_a_thread_that_goes_on_keeps_nobody_waiting() -> None:
    before = time.monotonic()
    assert results(["linger"]) == {"linger": "linger"}
    assert time.monotonic() - before < 30  # the thread sleeps for a minute


def test_a_process_that_dies_while_it_has_nothing_to_do_is_replaced() -> None:
    done = []
    with closing(run_tasks(do, Waiting(["die later", "1", "2"]), 1, instead=ended)) as lists:
        for finished in lists:
            done += finished
            time.sleep(1.5 if ("die later", "die later") in finished else 0)
    assert done == [("die later", "die later"), ("1", "1"), ("2", "2")]


def test_waiting_tasks_keep_their_order_within_groups() -> None:
    waiting = Waiting([3, 4, 5, 6, 7], lambda number: number % 2)
    assert len(waiting) == 5
    assert waiting.next_group([]) == 1
    assert waiting.next_group([1]) == 0
    assert waiting.next_group([0, 1]) == 1, "the longer"
    assert waiting.take(1) == 3
    waiting.put_back(3)
    assert [waiting.take(1), waiting.take(1)] == [3, 5]
    assert waiting.drop(0) == 2
    assert 0 not in waiting
    assert [waiting.take(1), len(waiting)] == [7, 0]


def test_a_task_that_finishes_while_others_are_collected_did_not_die() -> None:
    place: _Place[str] = _Place()
    done: Future[str] = Future()
    place.underway[done] = "late"
    assert list(place.finished()) == []
    done.set_result("late")
    assert not place.broken
    assert [task for task, _ in place.finished()] == ["late"]
    died: Future[str] = Future()
    place.underway[died] = "dead"
    died.set_exception(BrokenProcessPool())
    assert place.broken
