"""Tasks on the workers of a Dask scheduler: as on processes here, whatever workers do."""

import os
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from failing_training import four_fails
from nasarena.suite.cli import run_command
from nasarena.suite.errors import UserError
from nasarena.suite.live.cache import Cache
from nasarena.suite.live.evaluating import _places, evaluating_on
from nasarena.suite.live.labels import LiveLabels
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.workers import cluster as cluster_module
from nasarena.suite.workers import dask_connection
from nasarena.suite.workers.cluster import Cluster
from nasarena.suite.workers.limits import NO_LIMITS, Limits
from nasarena.suite.workers.places import WORKER_DIED
from nasarena.suite.workers.scheduler_address import read_address
from nasarena.suite.workers.waiting import Waiting
from worker_tasks import (
    die_once,
    do,
    end_worker,
    end_worker_once,
    ended,
    setting,
    version_there,
    whose,
)

distributed = pytest.importorskip("distributed", reason="needs nasarena[dask]")
dask = pytest.importorskip("dask")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers, which have folders of their own, and as daemons as Dask's."""
    own = {name: str(tmp_path_factory.mktemp(name)) for name in ("NASARENA_DATA", "NASARENA_CACHE")}
    # A batch is given up when its first worker dies, not the fourth: restarts take seconds.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
            host="127.0.0.1",
            silence_logs=60,
            local_directory=str(tmp_path_factory.mktemp("dask")),
            env=own,
        ) as local,
    ):
        yield local.scheduler_address


@pytest.fixture
def workers(scheduler: str) -> Iterator[Cluster]:
    with closing(Cluster(read_address(scheduler))) as one:
        yield one


def results(
    one: Cluster, function: Any, tasks: list[Any], instead: Any = None, wake: float | None = None
) -> dict[Any, Any]:
    finished = one.run(function, Waiting(tasks), wake, instead)
    pairs = [pair for some in finished for pair in some]
    assert len(pairs) == len(dict(pairs)), "a task was done twice"
    return dict(pairs)


def test_each_task_is_done_once(workers: Cluster) -> None:
    tasks = [str(number) for number in range(40)]
    assert results(workers, do, tasks) == dict(zip(tasks, tasks, strict=True))
    assert results(workers, do, []) == {}


def test_a_process_serves_one_group(workers: Cluster) -> None:
    tasks = [(group, number) for group in "abc" for number in range(10)]
    served: dict[int, set[str]] = {}
    for finished in workers.run(whose, Waiting(tasks, lambda task: task[0])):
        for (group, _), process in finished:
            served.setdefault(process, set()).add(group)
    assert all(len(groups) == 1 for groups in served.values())
    assert set.union(*served.values()) == set("abc")


def test_a_failing_task_is_raised_and_others_are_kept(workers: Cluster) -> None:
    waiting = Waiting(["1", "2", "raise", *map(str, range(3, 60))])
    done: list[str] = []

    def collect() -> None:
        for finished in workers.run(do, waiting):
            done.extend(task for task, _ in finished)

    with pytest.raises(ValueError, match="a task that fails"):
        collect()
    assert {"1", "2"} <= set(done)
    assert not waiting


def test_others_go_on_when_a_task_ends_its_process(workers: Cluster, tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    assert results(workers, die_once, [marker], ended) == {marker: "done"}
    assert results(workers, do, ["1", "die", "2"], ended) == {
        "1": "1",
        "die": f"die: {WORKER_DIED}",
        "2": "2",
    }


def test_limits_hold_on_workers(scheduler: str) -> None:
    with closing(Cluster(read_address(scheduler), Limits(seconds=1.5))) as one:
        assert results(one, do, ["1", "sleep", "2"], ended) == {
            "1": "1",
            "sleep": "sleep: stopped after 1.5 seconds (--run-timeout)",
            "2": "2",
        }


def test_what_a_dead_worker_had_is_done_by_another(workers: Cluster, tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    with closing(workers.run(end_worker_once, Waiting([marker]), instead=ended)) as lists:
        first = next(finished for finished in lists if finished)
    assert first in ([(marker, "done")], [(marker, f"{marker}: {WORKER_DIED}")])
    tasks = ["1", "2", "end", "3"]
    done = results(workers, end_worker, tasks, ended)
    assert done["end"] == ended("end", WORKER_DIED)
    # This scheduler blames whatever a dead worker had, at once.
    assert all(done[task] in (task, ended(task, WORKER_DIED)) for task in tasks)


def test_settings_go_with_the_tasks(workers: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASARENA_DEVICE", "cuda")
    said = results(workers, setting, ["NASARENA_DEVICE", "NASARENA_CACHE", "OMP_NUM_THREADS"])
    assert said["NASARENA_DEVICE"] == "cuda"
    assert said["NASARENA_CACHE"] != os.environ.get("NASARENA_CACHE")
    assert said["OMP_NUM_THREADS"] == "1"


def test_other_code_on_a_worker_is_an_error(
    workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "code_digest", lambda: "another")
    with pytest.raises(UserError, match=r"has other code of nasarena .* install the same on all"):
        results(workers, do, ["1"])


def test_a_worker_without_nasarena_is_an_error(
    workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_connection, "version", version_there)
    with pytest.raises(UserError, match=r"the worker tcp://.* does not have nasarena; install"):
        results(workers, do, ["1"])


def test_a_lost_connection_is_made_anew(workers: Cluster) -> None:
    tasks = [str(number) for number in range(30)]
    done = {}
    for finished in workers.run(do, Waiting(tasks)):
        done |= dict(finished)
        if len(done) > 3 and workers._connection is not None and not hasattr(workers, "cut"):
            workers.cut = True  # type: ignore[attr-defined]
            client = workers._connection._client
            client.sync(client.scheduler_comm.comm.close)
    assert done == dict(zip(tasks, tasks, strict=True))


def test_trainings_of_live_benchmarks(scheduler: str, tmp_path: Path) -> None:
    space, cache = NASBench101(4), Cache(tmp_path / "cache.jsonl")
    with evaluating_on(1, read_address(scheduler)):
        labels = LiveLabels(space, four_fails, cache)
        assert labels[np.array([3, 60])].tolist() == [50.3, 56.0]
        with pytest.raises(RuntimeError, match="no such network"):
            labels[np.array([4, 5])]
        _places(1, scheduler).close()
        _places.cache_clear()


def stored(results: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(results)): path.read_bytes()
        for path in sorted(results.glob("**/runs.parquet"))
    }


def test_records_are_the_same_bytes(scheduler: str, tmp_path: Path) -> None:
    """Also of a benchmark that only the client has imported, which workers are sent once."""
    csv = tmp_path / "digits.csv"
    rows = [f"{a},{b},{50 + a + b / 7}" for a, b in product(range(6), range(6))]
    csv.write_text("\n".join(["depth,width,val_acc", *rows]) + "\n")
    made = ("import", "table", str(csv), "--space", "choices", "--name", "mine/digits")
    assert run_command([*made]) == 0
    given = {
        "methods": "random-search,regularized-evolution",
        "benchmarks": "nasbenchgraph/proteins,mine/digits",
        "seeds": 6,
        "budget": 30,
    }
    for name, how in {
        "here": {"workers": 2},
        "there": {"scheduler": scheduler},
        "local": {"scheduler": "local:2"},
    }.items():
        report = Experiment(**given, results=tmp_path / name, **how).run()
        assert (report.done, report.failures, report.warnings) == (24, [], [])
    assert len(stored(tmp_path / "here")) == 4
    assert stored(tmp_path / "there") == stored(tmp_path / "here")
    assert stored(tmp_path / "local") == stored(tmp_path / "here")
    assert run_command(["import", "--remove", "mine/digits"]) == 0


def test_a_scheduler_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_connection, "CONNECT_SECONDS", 0.5)
    with pytest.raises(UserError, match=r"scheduler tcp://127\.0\.0\.1:9 cannot be reached within"):
        Cluster(read_address("tcp://127.0.0.1:9"))


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_connection, "WORKERS_SECONDS", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(UserError, match=r"no worker joined the scheduler .* start some with `dask"),
    ):
        Cluster(read_address(empty.scheduler_address), NO_LIMITS)


def test_without_dask_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_connection, "missing", sorted)
    with pytest.raises(UserError, match=r"run: python -m pip install 'nasarena\[dask\]'"):
        Experiment(
            methods="random-search", benchmarks="nasbenchgraph/proteins", scheduler="local:2"
        )
