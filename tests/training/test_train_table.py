"""The table's plan: who is trained with which seeds, resumed after an interruption, verified."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("nasbench_pytorch")
pytest.importorskip("mlxtend")

from nasarena.suite.errors import UserError
from nasarena.suite.training import train_table as module
from nasarena.suite.training import verification
from nasarena.suite.training.plan import PLANNED
from nasarena.suite.training.recipe import EPOCHS
from nasarena.suite.training.resolution import resolution
from nasarena.suite.training.stored_trainings import (
    Group,
    load_trainings,
    save_trainings,
)
from nasarena.suite.training.train_cell import Trainings
from nasarena.suite.training.train_table import train_table

Results = Iterator[tuple[Group, Trainings]]


def quality(cell: str) -> float:
    """The true accuracy of a made-up cell: a share of images, as accuracies are."""
    return 50.0 + int(cell[:4], 16) % 400 / 10


def made_up(group: Group, noise: float = 1.0) -> Trainings:
    rng = np.random.default_rng([int(group.cell[:8], 16), group.first_seed])
    final = quality(group.cell) + noise * rng.normal(size=(group.seeds, 1))
    curve = np.linspace(0.5, 1.0, EPOCHS)
    validation = np.rint(final * curve * 20) / 20
    test = np.rint((final - 1) * curve * 20) / 20
    loss = (3 - curve + np.zeros_like(final)).astype(np.float32).astype(float)
    return Trainings(validation, test, loss, 1.5, 1000, 20_000)


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> list[Group]:
    """Training takes no time; the groups that were trained, in order."""
    asked: list[Group] = []

    def train_groups(waiting: Iterable[Group], workers: int) -> Results:
        for group in waiting:
            asked.append(group)
            yield group, made_up(group)

    monkeypatch.setattr(module, "train_groups", train_groups)
    monkeypatch.setattr(verification, "train_groups", train_groups)
    return asked


def test_every_cell_then_the_top_then_the_best(tmp_path: Path, instant: list[Group]) -> None:
    told: list[int] = []
    train_table(tmp_path / "t.parquet", 1, told.append)
    assert sum(told) == PLANNED
    every, top, best = instant[:2532], instant[2532:2782], instant[2782:]
    assert {group.cell for group in every} == set(module.cells())
    assert {group.range for group in every} == {range(3)}
    assert {group.range for group in top} == {range(3, 10)}
    assert {group.range for group in best} == {range(10, 30)}
    assert len(best) == 10
    mean = {group.cell: made_up(group).validation[:, -1].mean() for group in every}
    chosen = {group.cell for group in top}
    worst = min(mean[cell] for cell in chosen)
    assert worst >= max(value for cell, value in mean.items() if cell not in chosen)
    assert {group.cell for group in best} <= chosen


def test_an_interrupted_training_goes_on_to_the_same_bytes(
    tmp_path: Path, instant: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, resumed = tmp_path / "whole.parquet", tmp_path / "resumed.parquet"
    train_table(whole, 1)
    through = module.train_groups

    def interrupted(waiting: Iterable[Group], workers: int) -> Results:
        for place, result in enumerate(through(waiting, workers)):
            if place == 1000:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(module, "train_groups", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_table(resumed, 1)
    assert len(load_trainings(resumed)) == 1000
    monkeypatch.setattr(module, "train_groups", through)
    instant.clear()
    told: list[int] = []
    train_table(resumed, 1, told.append)
    assert told[0] == 3000
    assert len(instant) == 1532 + 250 + 10
    assert resumed.read_bytes() == whole.read_bytes()


def test_what_is_stored_is_what_was_trained(tmp_path: Path) -> None:
    groups = {group: made_up(group) for group in (Group("ab" * 16, 0, 3), Group("ab" * 16, 3, 7))}
    save_trainings(groups, tmp_path / "t.parquet")
    loaded = load_trainings(tmp_path / "t.parquet")
    assert list(loaded) == list(groups)
    for group, training in groups.items():
        np.testing.assert_array_equal(loaded[group].validation, training.validation)
        np.testing.assert_array_equal(loaded[group].test, training.test)
        np.testing.assert_array_equal(loaded[group].validation_loss, training.validation_loss)
        assert loaded[group].seconds == training.seconds
        assert loaded[group].multiply_adds == training.multiply_adds


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(UserError, match="is not a file of trainings"):
        load_trainings(path)


def test_a_file_that_is_replaced_while_it_is_read_is_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    first, second = (Group(cell, 0, 3) for cell in list(module.cells())[:2])
    contents = [{first: made_up(first)}, {group: made_up(group) for group in (first, second)}]
    save_trainings(contents[0], path)
    with ThreadPoolExecutor(1) as writer:
        replaced = writer.submit(
            lambda: [save_trainings(contents[turn % 2], path) for turn in range(100)]
        )
        read = [len(load_trainings(path))]
        while not replaced.done():
            read.append(len(load_trainings(path)))
        replaced.result()
    assert set(read) <= {1, 2}


def test_trainings_of_another_recipe_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.parquet"
    with monkeypatch.context() as patched:
        patched.setattr("nasarena.suite.training.stored_trainings.RECIPE", 99)
        save_trainings({}, path)
    with pytest.raises(UserError, match="holds trainings of recipe 99"):
        load_trainings(path)


def test_a_folder_that_cannot_be_written_is_said_before_training(
    tmp_path: Path, instant: list[Group]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        train_table(tmp_path / "file" / "t.parquet", 1)
    assert instant == []


def stored(change: Callable[[Trainings], Trainings] = lambda training: training) -> dict:
    groups = [Group(cell, 0, 3) for cell in list(module.cells())[:200]]
    return {group: change(made_up(group)) for group in groups}


def test_verifying_what_is_as_stored_finds_every_bit(instant: list[Group]) -> None:
    found = verification.verify(stored(), 20, seed=0, workers=1)
    assert (found.cells, found.equal, found.within) == (20, 20, 20)
    assert found.passed
    assert len(set(instant)) == 20


def test_verifying_passes_near_values_and_fails_others(instant: list[Group]) -> None:
    def moved(by: float) -> Callable[[Trainings], Trainings]:
        return lambda t: Trainings(
            t.validation + by, t.test, t.validation_loss, t.seconds, t.parameters, t.multiply_adds
        )

    near = verification.verify(stored(moved(1.0)), 20, seed=0, workers=1)
    assert near.equal == 0
    assert near.passed
    far = verification.verify(stored(moved(5.0)), 20, seed=0, workers=1)
    assert far.within == 0
    assert not far.passed


def test_more_cells_than_there_are_cannot_be_verified(instant: list[Group]) -> None:
    with pytest.raises(UserError, match="200 trained cells to verify, not 201"):
        verification.verify(stored(), 201, seed=0, workers=1)


def test_resolution_is_what_the_noise_leaves(tmp_path: Path, instant: list[Group]) -> None:
    path = tmp_path / "t.parquet"
    train_table(path, 1)
    found = resolution(load_trainings(path))
    assert found.cells == 2532
    # Qualities spread uniformly over 40 points, seeds by one.
    assert 0.98 < found.seed_correlation < 1.0
    assert found.seed_correlation_top_quarter < found.seed_correlation
    assert found.test_correlation > 0.99
    assert found.margin is not None
    assert found.margin_error == pytest.approx(np.sqrt(2 / 20), rel=0.4)


def test_the_margin_comes_from_the_fresh_seeds_alone() -> None:
    cells = ("aa" * 16, "bb" * 16, "cc" * 16)
    groups = {}
    for place, cell in enumerate(cells):
        for seeds in (range(3), range(3, 10), range(10, 30)):
            group = Group(cell, seeds.start, len(seeds))
            # By the seeds of the table the first is best; by the fresh ones the second leads it.
            level = 80.0 - place if seeds.start < 10 else (70.0, 72.0, 60.0)[place]
            t = made_up(group)
            groups[group] = Trainings(
                np.full_like(t.validation, level), t.test, t.validation_loss, 1.0, 1, 1
            )
    assert resolution(groups).margin == pytest.approx(-2.0)


def test_processes_train_a_group_as_this_one_does() -> None:
    group = Group(list(module.cells())[40], 0, 1)
    ((same, there),) = module.train_groups([group], workers=1)
    here = module.train_group(group)
    assert same == group
    np.testing.assert_array_equal(there.validation_loss, here.validation_loss)


def test_one_trains_a_file_at_a_time(tmp_path: Path, instant: list[Group]) -> None:
    path = tmp_path / "t.parquet"

    def meanwhile(finished: int) -> None:
        if not instant:  # told what is there already, at the start
            with pytest.raises(UserError, match=f"another nasarena is training {path}; wait"):
                train_table(path, 1)

    train_table(path, 1, meanwhile)
    assert len(load_trainings(path)) == 2532 + 250 + 10
    train_table(path, 1)  # nobody has it any more


def test_a_cell_that_is_none_of_the_space_is_one_sentence(
    tmp_path: Path, instant: list[Group]
) -> None:
    path = tmp_path / "t.parquet"
    save_trainings({group: made_up(group) for group in [Group("ab" * 16, 0, 3)]}, path)
    before = path.read_bytes()
    for use in (lambda: train_table(path, 1), lambda: module.load_cells(path)):
        with pytest.raises(
            UserError, match=f"{path} holds a training of '(ab)+', which is not one of"
        ):
            use()
    assert (path.read_bytes(), instant) == (before, [])
