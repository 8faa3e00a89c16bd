"""Zero-cost scores of the suite's own cells: the same again, kept, and shipped as means."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("nasbench_pytorch")
pytest.importorskip("mlxtend")

from nasarena.suite.tables.proxies import SCORE, SECONDS  # noqa: E402
from nasarena.suite.training import score_cells as module  # noqa: E402
from nasarena.suite.training.score_cells import (  # noqa: E402
    SCORES,
    SEEDS,
    Scored,
    read_scorings,
    save_scorings,
    score_cell,
    score_table,
    shipped_columns,
)
from nasarena.suite.training.train_table import cells  # noqa: E402

CELL = list(cells())[1192]


def scored(value: float) -> Scored:
    return Scored(dict.fromkeys(SCORES, value), dict.fromkeys(SCORES, value / 8))


def test_same_seed_same_bits_whatever_was_drawn_before() -> None:
    torch.set_num_threads(1)
    first = score_cell(CELL, 0)
    torch.manual_seed(99)
    before = torch.get_rng_state()
    assert score_cell(CELL, 0).scores == first.scores
    assert torch.equal(torch.get_rng_state(), before)
    assert set(first.scores) == set(SCORES)
    assert np.isfinite([*first.scores.values()]).all()
    assert min(first.seconds.values()) > 0
    other = score_cell(CELL, 1).scores
    assert all(other[name] != first.scores[name] for name in SCORES)


def test_an_interrupted_table_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def score(cell: str, seed: int) -> Scored:
        if len(asked) == 4:
            raise KeyboardInterrupt
        asked.append((cell, seed))
        return scored(float(ord(cell)) + seed)

    monkeypatch.setattr(module, "cells", lambda: dict.fromkeys("abc"))
    monkeypatch.setattr(module, "score_cell", score)
    file = tmp_path / "scores.parquet"
    with pytest.raises(KeyboardInterrupt):
        score_table(file)
    assert [seed for _, seed in asked] == [0, 0, 0, 1], "one seed after the other"
    kept = read_scorings(file.read_bytes())
    assert len(kept) == 4
    asked.clear()
    score_table(file)
    assert len(asked) == 2
    whole = read_scorings(file.read_bytes())
    assert whole == {(seed, c): scored(float(ord(c)) + seed) for seed in SEEDS for c in "abc"}
    save_scorings(dict(reversed(whole.items())), tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == file.read_bytes()


def test_scores_of_another_kind_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "scores.parquet"
    save_scorings({(0, CELL): scored(1.0)}, file)
    monkeypatch.setattr(module, "SCORING", 99)
    with pytest.raises(ValueError, match="holds scores of scoring 1, this nasarena scores by 99"):
        read_scorings(file.read_bytes())


@pytest.mark.parametrize(("complete", "mean"), [(0, None), (1, 1.0), (2, 3.0)])
def test_what_is_shipped_is_the_mean_over_complete_seeds(
    monkeypatch: pytest.MonkeyPatch, complete: int, mean: float | None
) -> None:
    monkeypatch.setattr(module, "cells", lambda: dict.fromkeys("abc"))
    scorings = {(seed, c): scored(1.0 + 4 * seed) for seed in range(complete) for c in "abc"}
    scorings[complete, "a"] = scored(1000.0)  # a seed that is not complete
    found = shipped_columns(scorings, {"a": 5, "b": 6, "c": 7})
    assert found["multiply_adds"].tolist() == [5, 6, 7]
    assert (f"{SCORE}zico" in found) is (mean is not None)
    if mean is not None:
        assert found[f"{SCORE}zico"].tolist() == [mean] * 3
        assert found[f"{SECONDS}zen"].tolist() == [mean / 8] * 3
