"""The decoy test: cheats give themselves away, honest searches pass."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nasarena.suite.audit.cells import audit_cells
from nasarena.suite.audit.decoy import (
    DecoyRun,
    decoy_of,
    decoy_protocol,
    decoy_run,
    exchanged,
    exchanged_count,
    queries_of,
)
from nasarena.suite.audit.decoy_test import (
    LIMIT,
    PREFERENCE,
    RUNS,
    decoy_runs,
    decoy_test,
    judged,
    p_of_decoy,
    p_of_real,
)
from nasarena.suite.audit.methods import Methods
from nasarena.suite.audit.rerun import rerun
from nasarena.suite.benchmarks.registry import choose_benchmarks, load_benchmark
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.runner import run_cells
from nasarena.suite.tables.proxies import Proxies

CIFAR10, PROTEINS = "nasbench201/cifar10", "nasbenchgraph/proteins"
CHEATING = Path(__file__).parents[1] / "support" / "cheating.py"
BENCHMARK = load_benchmark(CIFAR10)


def test_labels_stand_elsewhere_and_none_is_lost() -> None:
    real, decoy = BENCHMARK.table, decoy_of(CIFAR10, 5).table
    before = real.mean_validation.copy()
    moved = np.flatnonzero(real.mean_validation != decoy.mean_validation)
    assert 190 <= moved.size <= 200
    assert np.array_equal(np.sort(real.mean_validation), np.sort(decoy.mean_validation))
    assert decoy.best_validation == real.best_validation
    assert not np.isin(decoy.optimum, real.optimum).any()
    for name, column in real.columns().items():
        assert np.array_equal(decoy.columns()[name][decoy.optimum], column[real.optimum])
    assert np.array_equal(real.mean_validation, before)
    assert decoy_of(CIFAR10, 6).table.optimum.tolist() != decoy.optimum.tolist()


@pytest.mark.parametrize("name", [CIFAR10, PROTEINS, "nasbenchgraph/cora"])
def test_the_exchange_is_one(name: str) -> None:
    table = load_benchmark(name).table
    one = exchanged(table, 3)
    assert one.best.size == exchanged_count(table) == 100 * table.optimum.size
    assert np.array_equal(one.rows[one.rows], np.arange(table.size))
    assert not np.isin(one.rows[one.best], one.best).any()
    assert set(table.optimum.tolist()) <= set(one.best.tolist())
    assert queries_of(load_benchmark(name)) <= table.size / 75


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[str, bool | None]]:
    """What the test says of searches that cheat, each in a way of its own, and of honest ones."""
    cheats = [f"{CHEATING}:{name}" for name in ("Frames", "CacheFile", "KnownByHeart")]
    choices = choose_methods([*cheats, "local-search", "regularized-evolution"])
    cells = [Cell(choice, CIFAR10, decoy_protocol(BENCHMARK)) for choice in choices]
    runs = decoy_runs(cells, draw=7, workers=2)
    return {cell.method.name: judged(made, BENCHMARK) for cell, made in runs.items()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Frames", "and the decoy in 10: p ="),
        (
            "CacheFile",
            "the real optimum in 10 of 10 decoy runs (in 10 before any other of the best)",
        ),
        (
            "KnownByHeart",
            "the real optimum in 10 of 10 decoy runs (in 10 before any other of the best)",
        ),
    ],
)
def test_a_cheat_gives_itself_away(
    outcomes: dict[str, tuple[str, bool | None]], name: str, said: str
) -> None:
    sentence, honest = outcomes[name]
    assert honest is False
    assert said in sentence


@pytest.mark.parametrize("name", ["local-search", "regularized-evolution"])
def test_an_honest_search_passes(outcomes: dict[str, tuple[str, bool | None]], name: str) -> None:
    assert outcomes[name][1] is True


def drawn(rng: np.random.Generator, likely: float) -> list[DecoyRun]:
    """Runs of a search that meets the best in random order, the optimum `likely` times as often."""
    chance = queries_of(BENCHMARK) / BENCHMARK.table.size
    runs = []
    for _ in range(RUNS):
        weights = np.ones(100)
        weights[0] = likely
        order = rng.choice(100, size=20, replace=False, p=weights / weights.sum())
        real = int(np.flatnonzero(order == 0)[0]) + 1 if 0 in order else None
        runs.append(DecoyRun(real, 1 if rng.random() < chance else None))
    return runs


@pytest.mark.parametrize("likely", [1.0, PREFERENCE])
def test_false_alarms_are_as_rare_as_stated(likely: float) -> None:
    rng = np.random.default_rng(0)
    tests = [drawn(rng, likely) for _ in range(400)]
    for p_of in (p_of_real, p_of_decoy):
        p = np.array([p_of(runs, BENCHMARK) for runs in tests])
        for level in (0.2, 0.05, 0.01):
            assert (p <= level).mean() <= level + 3 * np.sqrt(level / 400)
    assert all(judged(runs, BENCHMARK)[1] for runs in tests)


@pytest.mark.parametrize(
    ("runs", "honest"),
    [
        ([DecoyRun(None, None)] * RUNS, True),
        ([DecoyRun(1, None)] * RUNS, False),
        ([DecoyRun(1, None)] * 2 + [DecoyRun(None, None)] * 8, True),
        ([DecoyRun(None, 3)] * 4 + [DecoyRun(None, None)] * 6, False),
        ([DecoyRun(None, 3)] * 2 + [DecoyRun(None, None)] * 8, True),
        ([DecoyRun(9, None)] * RUNS, True),  # it met eight others of the best before
        ([DecoyRun(1, None)] * 9 + [DecoyRun(None, None, "ValueError: no")], None),
    ],
)
def test_what_is_honest(runs: list[DecoyRun], honest: bool | None) -> None:
    sentence, passed = judged(runs, BENCHMARK)
    assert passed is honest
    assert ("p =" in sentence) == (honest is False)
    assert LIMIT < 0.001


@pytest.mark.parametrize("optima", [1, 2, 3])
@pytest.mark.parametrize("size", [40, 1370, 1380, 15_625])
def test_a_small_space_cannot_show_whether_the_best_is_known(size: int, optima: int) -> None:
    """What always goes to the optimum at once must not pass; what goes to the decoy fails."""
    table = SimpleNamespace(size=size * optima, optimum=np.arange(optima))
    benchmark: Any = SimpleNamespace(table=table)
    sentence, honest = judged([DecoyRun(1, None)] * RUNS, benchmark)
    assert honest is (None if size < 1380 else False)
    assert ("too few to tell" in sentence) == (size < 1380)
    assert judged([DecoyRun(None, None)] * RUNS, benchmark)[1] is (None if size < 1380 else True)
    assert judged([DecoyRun(None, 1)] * RUNS, benchmark)[1] is False
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    assert "Below 1,380 architectures (about so many for each that ties as best)" in page


@pytest.mark.parametrize("name", ["nasbench201/*", "nasbenchgraph/*", "nasbench101-5/*"])
def test_every_shipped_table_can_show_it(name: str) -> None:
    for one in choose_benchmarks([name]):
        assert judged([DecoyRun(1, None)] * RUNS, load_benchmark(one))[1] is False, one
        assert judged([DecoyRun(None, None)] * RUNS, load_benchmark(one))[1] is True, one


def test_what_passes_both_is_verified(tmp_path: Path) -> None:
    protocol = load_protocol("weaknas-paper[budget=20]")
    choices = choose_methods(["random-search"])
    run_cells([Cell(one, PROTEINS, protocol) for one in choices], range(2), tmp_path, workers=1)
    (cell,) = cells = audit_cells(tmp_path)
    rerun(cells, Methods(), 10, 1, workers=1)
    decoy_test(cells, Methods(), 1, workers=1)
    assert (cell.mark, cell.faults) == ("verified", [])
    assert cell.rerun == "2 of 2 runs made again are equal"
    assert cell.decoy.startswith("it met the real optimum in ")


def test_a_search_that_reads_what_it_wrote_down_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEATERS_NOTES", str(tmp_path / "notes"))
    given = f"{CHEATING}:Remembering"
    (choice,) = choose_methods([given])
    cell = Cell(choice, PROTEINS, load_protocol("weaknas-paper[budget=20]"))
    run_cells([cell], range(3), tmp_path / "results", workers=1)
    cells = audit_cells(tmp_path / "results")
    rerun(cells, Methods(given), 3, 1, workers=1)
    assert cells[0].mark == "rejected"
    assert "is another one" in cells[0].faults[0]


def test_scores_lead_to_the_best_and_not_to_the_best_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A score may rank the optimum first of all, in every run, and knows no label all the same."""
    score = Proxies({"params": BENCHMARK.table.mean_validation})
    monkeypatch.setitem(vars(BENCHMARK), "scores", score)
    (choice,) = choose_methods(["proxy-params"])
    cell = Cell(choice, CIFAR10, decoy_protocol(BENCHMARK))
    decoy_of.cache_clear()
    runs = [decoy_run(cell, seed, draw=seed) for seed in range(RUNS)]
    decoy_of.cache_clear()
    said, honest = judged(runs, BENCHMARK)
    assert honest, said
    assert sorted(run.real for run in runs if run.real)[0] < 50, "it goes to the best"
    assert len({run.real for run in runs}) > 5
