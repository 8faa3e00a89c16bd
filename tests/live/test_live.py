"""Live benchmarks: the cache, what is stored, and what is answered."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.live import labels, stored
from nasarena.suite.live.benchmark import LiveBenchmark, Training, no_file
from nasarena.suite.live.cache import Cache
from nasarena.suite.live.evaluating import Evaluate
from nasarena.suite.live.measurement import Measurement
from nasarena.suite.live.stored import (
    MEASURED,
    SAMPLE,
    check_measured,
    read_measured,
    read_together,
    write_measured,
)
from nasarena.suite.observed_labels import observed_labels
from nasarena.suite.spaces.nasbench101 import NASBench101


def measured(id: int) -> Measurement:
    return Measurement(50.0 + id % 7, 40.0 + id % 5, 0.5, 1.0, 100 + id)


def nothing() -> None:
    pass


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveBenchmark:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    return LiveBenchmark(
        name="live/pretended",
        make_space=lambda: NASBench101(4),
        file=Training("pretended", "0" * 64),
        read=no_file,
        licence="",
        citation="",
        evaluate=measured,
        require=nothing,
    )


def fill(live: LiveBenchmark, ids: list[int]) -> None:
    for id in ids:
        live.cache().add(live.space.key(id), measured(id))


def test_a_torn_last_line_is_ignored_and_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    Cache(path).add("a", measured(1))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert Cache(path).count() == 1
    assert Cache(path).add("b", measured(2)) == measured(2)
    assert Cache(path).count() == 2
    assert path.read_bytes().startswith(whole)


def test_the_first_measurement_stays(tmp_path: Path) -> None:
    one, other = Cache(tmp_path / "cache.jsonl"), Cache(tmp_path / "cache.jsonl")
    one.add("a", measured(1))
    assert other.add("a", measured(2)) == measured(1)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    Cache(path).add("a", measured(1))
    path.write_bytes(path.read_bytes() + b"{}\n")
    with pytest.raises(UserError, match=r"line 2 of .* is damaged"):
        Cache(path).count()


def test_a_cache_that_cannot_be_written_is_found_before_any_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"trainings cannot be written to .* set NASARENA_DATA"):
        Cache(tmp_path / "file" / "cache.jsonl").check_writable()
    fine = Cache(tmp_path / "folder" / "cache.jsonl")
    fine.check_writable()
    assert fine.count() == 0


def test_labels_come_from_the_cache_in_the_order_asked(live: LiveBenchmark) -> None:
    fill(live, [3, 5])
    assert observed_labels(live, "mean", 0)[np.array([5, 3])].tolist() == [55.0, 53.0]
    assert observed_labels(live, "mean", 0).item(5) == 55.0


def test_what_was_measured_is_read_back_and_knows_no_optimum(
    live: LiveBenchmark, tmp_path: Path
) -> None:
    fill(live, [3, 5, 8])
    write_measured(live, tmp_path, {5, 3})
    assert read_measured(live, tmp_path) == {3: measured(3), 5: measured(5)}
    table = live.knowing(read_together(live, [tmp_path])).table
    assert not table.optimum_known
    assert table.optimum.size == 0
    assert table.best_validation == 55.0
    assert table.regret(np.array([3])).tolist() == [2.0]
    assert table.sha256 == live.table.sha256


def test_folders_and_caches_that_disagree(
    live: LiveBenchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    fill(live, [3])
    write_measured(live, one, {3})
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "elsewhere"))
    live.cache().add(live.space.key(3), measured(4))
    write_measured(live, other, {3})
    with pytest.raises(UserError, match=f"{one} and {other} disagree"):
        read_together(live, [one, other])


def other(id: int) -> Measurement:
    """What a stranger says of an architecture."""
    return replace(measured(id), validation=99.99 if id == 8 else 80.0)


@pytest.fixture
def trained(live: LiveBenchmark, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The architectures trained in this process."""
    ids: list[int] = []

    def evaluated(evaluate: Evaluate, wanted: list[int]) -> Iterator[tuple[int, Measurement]]:
        for id in wanted:
            ids.append(id)
            yield id, evaluate(id)

    monkeypatch.setattr(stored, "evaluated", evaluated)
    monkeypatch.setattr(labels, "evaluated", evaluated)
    return ids


def strangers(
    live: LiveBenchmark,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    says: Callable[[int], Measurement],
    ids: range = range(3, 9),
) -> None:
    """A folder of measurements that another machine made."""
    with monkeypatch.context() as patch:
        patch.setenv("NASARENA_DATA", str(folder / "strangers-data"))
        for id in ids:
            live.cache().add(live.space.key(id), says(id))
        write_measured(live, folder, ids)


def test_measurements_of_others_stay_with_their_folder(
    live: LiveBenchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: list[int]
) -> None:
    strangers(live, tmp_path, monkeypatch, measured)
    before = (tmp_path / MEASURED).read_bytes()
    said = rf"6 of the 6 measurements in .*; trained again: {SAMPLE}, with the same values"
    with pytest.warns(UserWarning, match=said):
        check_measured(live, tmp_path)
    assert len(set(trained)) == live.cache().count() == SAMPLE
    assert 6 in trained, "the best is always trained again"
    # A run that queries one more trains it, and what the folder held is as it was.
    (new,) = sorted(set(range(3, 9)) - set(trained))[:1]
    assert observed_labels(live, "mean", 0).item(new) == measured(new).validation
    assert trained[SAMPLE:] == [new]
    write_measured(live, tmp_path, range(3, 9))
    assert (tmp_path / MEASURED).read_bytes() == before


def test_a_strangers_measurement_that_training_does_not_confirm_is_refused(
    live: LiveBenchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: list[int]
) -> None:
    strangers(live, tmp_path, monkeypatch, lambda id: other(id) if id == 8 else measured(id))
    with pytest.raises(UserError, match=r"architecture 8 of .* accuracy 99.99 .* it has 51 and"):
        check_measured(live, tmp_path)
    assert live.cache().get(live.space.key(8)) == measured(8)
    for id in range(3, 9):
        assert live.cache().get(live.space.key(id)) in (None, measured(id))
    # From now on it is known without training.
    trained.clear()
    with pytest.raises(UserError, match="architecture 8 "):
        check_measured(live, tmp_path)
    assert trained == []


def test_a_false_measurement_outside_the_sample_reaches_no_other_folder(
    live: LiveBenchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: list[int]
) -> None:
    false = replace(measured(5), validation=51.5)
    strangers(live, tmp_path, monkeypatch, lambda id: false if id == 5 else measured(id))
    monkeypatch.setattr(stored.SystemRandom, "sample", lambda self, ids, count: [7, 8][:count])
    with pytest.warns(UserWarning, match="with the same values"):
        check_measured(live, tmp_path)
    assert observed_labels(live, "mean", 0).item(5) == measured(5).validation
    with pytest.raises(UserError, match=r"architecture 5 of .* 51.5 .* it has 55"):
        write_measured(live, tmp_path, range(3, 9))


def test_ones_own_folder_is_not_trained_again(
    live: LiveBenchmark, tmp_path: Path, trained: list[int]
) -> None:
    fill(live, [3, 5])
    write_measured(live, tmp_path, {3, 5})
    check_measured(live, tmp_path)
    assert trained == []


def test_a_damaged_line_hides_and_loses_no_later_one(tmp_path: Path) -> None:
    path = tmp_path / "cache.jsonl"
    for number, key in enumerate("abc"):
        Cache(path).add(key, measured(number))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1][:20] + b"\r" + lines[1][21:]
    damaged = b"".join(lines)
    path.write_bytes(damaged)
    for use in (lambda: Cache(path).count(), lambda: Cache(path).add("d", measured(4))):
        with pytest.raises(UserError, match=r"line 2 of .* is damaged"):
            use()
    assert path.read_bytes() == damaged
