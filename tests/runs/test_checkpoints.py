"""A run that is interrupted after a checkpoint goes on, with the trace it would have had."""

import shutil
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from checkpointed import ROUNDS, Checkpointed, Hanging, Unpicklable, WithTorch
from nasarena.suite import Experiment, RunsWarning, run
from nasarena.suite.ledgers.ledger import Kept, Ledger
from nasarena.suite.runs.checkpoints import Checkpoints
from nasarena.suite.tables.cache import cache_folder

BENCHMARK = "nasbench201/cifar10"


@pytest.fixture(scope="module", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASARENA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def nothing_kept(cache_of_its_own: None) -> None:
    shutil.rmtree(cache_folder() / "checkpoints", ignore_errors=True)


def kept() -> list[Path]:
    return [*(cache_folder() / "checkpoints").glob("*")]


def record(results: Path) -> bytes:
    (path,) = results.glob("**/runs.parquet")
    return path.read_bytes()


def experiment(method: type, results: Path, **options: object) -> Experiment:
    return Experiment(
        methods=method,
        benchmarks=BENCHMARK,
        seeds=1,
        budget=ROUNDS * 5,
        workers=1,
        results=results,
        **options,
    )


@pytest.mark.parametrize("method", [Checkpointed, WithTorch])
@pytest.mark.parametrize(
    "rules", [{}, {"duplicates": "by_isomorphism", "judge": True}], ids=["", "all"]
)
def test_an_interrupted_run_goes_on_with_the_same_trace(
    method: type, rules: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(experiment(method, tmp_path / "whole", **rules))
    notes = tmp_path / "notes"
    monkeypatch.setenv("ROUNDS_FILE", str(notes))
    monkeypatch.setenv("DIE_AT", "7")
    run(experiment(method, tmp_path / "interrupted", **rules))
    assert record(tmp_path / "interrupted") == record(tmp_path / "whole")
    assert notes.with_suffix(".dead").exists()
    assert [*map(int, notes.read_text().split())] == [*range(8), *range(7, ROUNDS)]
    assert kept() == []


def test_a_run_that_took_too_long_goes_on_when_it_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    monkeypatch.setenv("ROUNDS_FILE", str(notes))
    monkeypatch.setenv("DIE_AT", "7")
    limited = experiment(Hanging, tmp_path / "r", run_timeout=3)
    with pytest.warns(RunsWarning, match="stopped after 3 seconds"):
        run(limited)
    assert run(limited).failures == []
    assert [*map(int, notes.read_text().split())] == [*range(8), *range(7, ROUNDS)]


IDENTITY = ["a method", "seed 1"]


def keep(state: object, identity: list[str] = IDENTITY) -> Checkpoints:
    checkpoints = Checkpoints(identity)
    checkpoints.begin(np.random.default_rng(0))
    checkpoints.keep(Kept(state, Ledger(np.zeros(9), 5, 5).state()), {})
    return checkpoints


def test_only_the_same_run_goes_on() -> None:
    keep("halfway")
    assert Checkpoints(["a method", "seed 2"]).last is None
    last = Checkpoints(IDENTITY).last
    assert last is not None
    assert last.kept.state == "halfway"


def test_seconds_of_before_the_interruption_count() -> None:
    before = keep("halfway").spent()
    last = Checkpoints(IDENTITY).last
    assert last is not None
    assert 0 < last.wall_seconds <= before[0]
    assert 0 < last.cpu_seconds <= before[1]
    wall, cpu = Checkpoints(IDENTITY).spent()
    assert wall > last.wall_seconds
    assert cpu > last.cpu_seconds


@pytest.mark.parametrize("content", [b"", b"\x80\x05.", b"no checkpoint at all"])
def test_a_damaged_checkpoint_is_as_none(content: bytes) -> None:
    keep("halfway")
    (path,) = kept()
    path.write_bytes(content)
    assert Checkpoints(IDENTITY).last is None


def test_where_nothing_can_be_written_nothing_is_kept() -> None:
    blocked = cache_folder() / "checkpoints"
    blocked.write_text("a file where a folder should be")
    keep("halfway")
    assert Checkpoints(IDENTITY).last is None
    blocked.unlink()


def test_what_cannot_be_kept_fails_its_run(tmp_path: Path) -> None:
    with pytest.warns(RunsWarning, match="this state cannot be kept"):
        run(experiment(Unpicklable, tmp_path / "r"))
