"""The suite's own table, as it is read from a file of trainings."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.benchmarks.rotated_mnist import FILE, SCORES, SHIPPED, ShippedFile, read
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.statistics.facts import facts
from nasarena.suite.training.plan import EVERY_CELL, FRESH_SEEDS, PLANNED, TOP_SEEDS
from nasarena.suite.training.recipe import EPOCHS
from nasarena.suite.training.stored_trainings import Group, load_trainings, save_trainings
from nasarena.suite.training.train_cell import Trainings

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


def test_the_shipped_trainings_are_the_whole_plan() -> None:
    shipped = load_trainings(SHIPPED)
    assert sum(group.seeds for group in shipped) == PLANNED
    by_seeds: dict[range, set[str]] = {}
    for group in shipped:
        by_seeds.setdefault(group.range, set()).add(group.cell)
    assert by_seeds[EVERY_CELL] == {SPACE.key(id) for id in range(SPACE.size)}
    assert by_seeds.keys() == {EVERY_CELL, TOP_SEEDS, FRESH_SEEDS}
    assert len(by_seeds[TOP_SEEDS]) == 250
    assert len(by_seeds[FRESH_SEEDS]) == 10
    assert by_seeds[FRESH_SEEDS] < by_seeds[TOP_SEEDS]
    for training in shipped.values():
        assert training.validation.shape[1] == EPOCHS
        assert ((training.validation >= 0) & (training.validation <= 100)).all()
        assert (training.validation_loss > 0).all()
        assert training.seconds > 0
        assert training.multiply_adds > training.parameters > 0


def test_the_benchmark_and_how_well_it_is_resolved() -> None:
    benchmark = load_benchmark("nasbench101-5/rotated-mnist")
    table = benchmark.table
    assert table.size == benchmark.space.size == 2_532
    assert np.bincount(table.runs)[[3, 10]].tolist() == [2_282, 250]
    assert table.runs[table.optimum].tolist() == [10] * table.optimum.size
    card = facts(benchmark)
    assert card.seed_correlation is not None
    assert card.seed_correlation >= 0.85
    assert card.spearman is not None
    assert card.spearman >= 0.98

    # The margin by seeds that had no part in choosing, calculated once more from the file.
    rows = pd.read_parquet(SHIPPED)
    rows["final"] = rows["validation"].str[-1] / 20
    of_table = rows[rows["seed"] < 10].groupby("cell")["final"].mean()
    fresh = rows[rows["seed"] >= 10].groupby("cell")["final"]
    first, second = of_table[fresh.mean().index].sort_values(ascending=False).index[:2]
    margin = fresh.mean()[first] - fresh.mean()[second]
    error = np.hypot(*(fresh.sem()[[first, second]]))
    said = benchmark.further_facts()["the best two cells"]
    assert said.startswith(f"{margin:.2f} points apart (standard error {error:.2f})")


def test_scores_stand_beside_the_table_whose_sha256_stays() -> None:
    benchmark = load_benchmark("nasbench101-5/rotated-mnist")
    assert benchmark.table.source_sha256 == FILE.sha256
    column = benchmark.metric("multiply_adds")
    assert column.sha256 == SCORES.sha256 not in (FILE.sha256, benchmark.table.sha256)
    by_cell = {group.cell: one.multiply_adds for group, one in load_trainings(SHIPPED).items()}
    assert column.values.tolist() == [by_cell[SPACE.key(id)] for id in range(SPACE.size)]
    scores = benchmark.proxies(["flops", "params"]).scores
    assert scores["flops"] is column.values
    assert benchmark.look_up(5)["metrics"]["multiply_adds"] == column.values[5]


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


def test_the_shipped_scores_are_those_of_the_code() -> None:
    """Of two cells, made again; processors differ in the last bits."""
    pytest.importorskip("torch")
    pytest.importorskip("nasbench_pytorch")
    from nasarena.suite.training.score_cells import SCORES as NAMES
    from nasarena.suite.training.score_cells import score_cell

    benchmark = load_benchmark("nasbench101-5/rotated-mnist")
    shipped = benchmark.scores.scores
    for id in (7, 2000):
        again = score_cell(benchmark.space.key(id), 0).scores
        for name in NAMES:
            assert again[name] == pytest.approx(shipped[name][id], rel=1e-3, abs=1e-3), (id, name)
