"""The suite's own table, as it is read from a file of trainings."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from suite.errors import UserError
from suite.spaces.nasbench101 import NASBench101
from suite.tables.rotated_mnist import SHIPPED, ShippedFile, read
from suite.training.recipe import EPOCHS
from suite.training.stored_trainings import Group, load_trainings, save_trainings
from suite.training.train_cell import Trainings

SPACE = NASBench101(5)


def trainings(level: float, seeds: int) -> Trainings:
    curve = np.linspace(0.5, 1.0, EPOCHS)
    final = level + np.arange(seeds)[:, None] * 0.05
    accuracies = np.rint(final * curve * 20) / 20
    return Trainings(accuracies, accuracies - 1, 2.0 - curve + 0 * final, 1.5, 700, 9_000)


def test_a_row_has_its_cell_s_seeds_after_the_last_epoch(tmp_path: Path) -> None:
    groups = {Group(SPACE.key(id), 0, 3): trainings(40 + id / 100, 3) for id in range(SPACE.size)}
    best = SPACE.key(77)
    groups[Group(best, 3, 7)] = trainings(90.0, 7)
    groups[Group(best, 10, 20)] = trainings(10.0, 20)  # fresh seeds: not of the table
    save_trainings(groups, tmp_path / "t.parquet")
    table = read((tmp_path / "t.parquet").read_bytes(), "0" * 64)
    assert table.size == 2_532
    assert table.runs[77] == 10
    assert set(np.delete(table.runs, 77)) == {3}
    np.testing.assert_allclose(table.validation[500, :3], [45.0, 45.05, 45.1])
    np.testing.assert_allclose(table.validation[77, 3:], 90.0 + np.arange(7) * 0.05)
    assert table.test is not None
    assert table.test[500] == pytest.approx(44.05)
    assert table.mean_validation[77] == pytest.approx((3 * 40.82 + 7 * 90.15) / 10, abs=0.01)


def test_the_shipped_trainings_are_of_cells_of_the_space_in_the_plan_s_groups() -> None:
    known = {SPACE.key(id) for id in range(SPACE.size)}
    shipped = load_trainings(SHIPPED)
    assert {group.cell for group in shipped} <= known
    assert {group.range for group in shipped} <= {range(3), range(3, 10), range(10, 30)}
    for training in shipped.values():
        assert training.validation.shape[1] == EPOCHS
        assert ((training.validation >= 0) & (training.validation <= 100)).all()
        assert (training.validation_loss > 0).all()


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shipped.parquet"
    path.write_bytes(b"as it was")
    file = ShippedFile(path, sha256(b"as it was").hexdigest())
    assert file.read() == b"as it was"
    path.write_bytes(b"as it is")
    with pytest.raises(UserError, match="is not the file that was shipped"):
        file.read()
    with pytest.raises(UserError, match="cannot be read"):
        replace(file, path=tmp_path / "gone").read()
