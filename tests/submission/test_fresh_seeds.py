"""Fresh seeds: nobody knew them, everybody can draw them again, and chosen runs stand out."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from nasarena.suite.audit.methods import Methods
from nasarena.suite.records.run_record import Execution, RunRecord
from nasarena.suite.records.store import find_cells
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.submission.check import read_submission
from nasarena.suite.submission.fresh_seeds import draw_seeds, run_fresh, taken_seeds
from submissions import copied, make_submission


def test_seeds_are_drawn_from_the_submission_and_the_text() -> None:
    seeds = draw_seeds("ab", "1a2b", 200)
    assert seeds == draw_seeds("ab", " 1a2b\n", 200), "by anybody"
    assert seeds[:50] == draw_seeds("ab", "1a2b", 50), "and more of them later"
    assert len(set(seeds)) == 200
    assert all(0 <= seed < 10**9 for seed in seeds)
    for other in (draw_seeds("ac", "1a2b", 200), draw_seeds("ab", "1a2c", 200)):
        assert not set(seeds) & set(other)


def test_submitted_seeds_are_not_drawn() -> None:
    seeds = draw_seeds("ab", "1a2b", 3)
    assert draw_seeds("ab", "1a2b", 2, taken=seeds[:1]) == seeds[1:]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many runs, among which somebody could choose."""
    return make_submission(tmp_path_factory.mktemp("made") / "theirs", seeds=60, budget=150)


def seeds_kept(results: Path, kept: list[int]) -> Path:
    """Store some runs only, under the seeds from 0 on."""
    submission = read_submission(results)
    (cell,) = submission.cells
    assert cell.part is not None
    assert cell.executions is not None
    records = {row["seed"]: row for row in cell.part.runs.to_pylist()}
    made = {row["seed"]: Execution(**row) for row in cell.executions.to_pylist()}
    shutil.rmtree(cell.folder)
    stored = StoredRuns(cell.folder, cell.part.identity)
    fields = set(asdict(RunRecord(0, [], [], [], [], "budget")))
    for seed, one in enumerate(kept):
        row = {key: value for key, value in records[one].items() if key in fields}
        record = RunRecord(**(row | {"seed": seed, "diagnostics": dict(row["diagnostics"])}))
        stored.add(record, replace(made[one], seed=seed))
    stored.write()
    return results


def plausible(results: Path, tmp_path: Path) -> tuple[bool, str]:
    submission = read_submission(results)
    seeds = draw_seeds("ab", "1a2b", 20, taken_seeds(submission))
    methods = Methods(f"{results.parent}/submitted.py:Submitted")
    (found,), absent = run_fresh(submission, methods, seeds, tmp_path / "fresh", workers=1)
    assert absent == {}
    assert (found.fresh_seeds, found.submitted_seeds) == (20, 15)
    return found.plausible, found.sentence


def test_honest_runs_are_plausible_and_chosen_ones_are_not(made: Path, tmp_path: Path) -> None:
    honest = seeds_kept(copied(made, tmp_path / "honest"), list(range(15)))
    is_plausible, said = plausible(honest, tmp_path / "a")
    assert is_plausible, said
    assert "by ranks" in said

    (cell,) = read_submission(made).cells
    assert cell.part is not None
    lengths = cell.part.runs["ids"].combine_chunks().value_lengths().to_pylist()
    best = sorted(range(60), key=lambda seed: lengths[seed])[:15]
    chosen = seeds_kept(copied(made, tmp_path / "chosen"), best)
    is_plausible, said = plausible(chosen, tmp_path / "b")
    assert not is_plausible, said
    assert said.startswith("not plausible: 20 fresh seeds have")


def test_a_method_that_is_not_at_hand_is_said(made: Path, tmp_path: Path) -> None:
    submission = read_submission(made)
    found, absent = run_fresh(submission, Methods(), [7], tmp_path / "fresh", workers=1)
    assert found == []
    assert "not at hand" in absent["Submitted"]
    assert not (tmp_path / "fresh").exists() or not find_cells(tmp_path / "fresh")
