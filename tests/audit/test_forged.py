"""Forged results, each of a kind of its own, and how the audit names it."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.suite.audit.cells import AuditedCell, audit_cells, store_verdicts
from nasarena.suite.audit.copies import remark_copies
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.verdicts import NOT_AUDITED, VERDICT, read_verdict
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.records.store import EXECUTIONS, NEW_RUNS, RUNS, cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell

PROTEINS = "nasbenchgraph/proteins"
TABLE = load_benchmark(PROTEINS).table
(BEST, *_) = TABLE.optimum.tolist()
BUDGET = 30


def identity_of(protocol: str = f"weaknas-paper[budget={BUDGET}]") -> CellIdentity:
    (choice,) = choose_methods(["random-search"])
    return Cell(choice, PROTEINS, load_protocol(protocol)).identity()


@dataclass
class Forged:
    """A cell as somebody stores it: runs that could be real, to be changed by a forger."""

    identity: CellIdentity
    records: list[RunRecord]
    executions: list[Execution]
    folder: str | None = None

    def store(self, results: Path) -> Path:
        shared = self.identity
        name = self.folder or shared.method
        folder = cell_folder(
            open_results(results, create=True), shared.protocol, shared.benchmark, name
        )
        runs = StoredRuns(folder, shared)
        for record, execution in zip(self.records, self.executions, strict=True):
            runs.add(record, execution)
        runs.write()
        return folder

    def change(self, run: int, **changes: Any) -> None:
        self.records[run] = replace(self.records[run], **changes)

    def trace(self, run: int, ids: Sequence[int], reason: str) -> None:
        self.change(run, ids=list(ids), rounds=list(range(len(ids))), stop_reason=reason)


def sound(method: str = "m", seed: int = 0) -> Forged:
    rng = np.random.default_rng(seed)
    others = np.setdiff1d(np.arange(TABLE.size), TABLE.optimum)
    records = [
        RunRecord(run, ids.tolist(), list(range(BUDGET)), [], [], "budget")
        for run, ids in enumerate(rng.permuted(np.tile(others, (8, 1)), axis=1)[:, :BUDGET])
    ]
    executions = [
        Execution(run, 1.5 + run, 1.0 + run, "definitions:ab", environment()) for run in range(8)
    ]
    return Forged(replace(identity_of(), method=method), records, executions)


def audited(results: Path) -> AuditedCell:
    (cell,) = audit_cells(results)
    return cell


def test_what_is_sound_is_consistent_and_needs_no_remark(tmp_path: Path) -> None:
    sound().store(tmp_path)
    cell = audited(tmp_path)
    assert (cell.mark, cell.faults, cell.remarks) == ("consistent", [], [])


Forge = Callable[[Forged], None]


def others(count: int) -> list[int]:
    return [id for id in range(TABLE.size) if id not in TABLE.optimum][:count]


def _rules(**changes: Any) -> Forge:
    def forge(cell: Forged) -> None:
        cell.identity = replace(cell.identity, **changes)

    return forge


WRONG: dict[str, tuple[Forge, str]] = {
    "an optimum that is not in the trace": (
        lambda cell: cell.change(3, stop_reason="optimum"),
        "seed 3: it says that it stopped at the optimum, and its trace does not end there",
    ),
    "a budget that was not used": (
        lambda cell: cell.trace(2, others(3), "budget"),
        "seed 2: it says that it stopped at the budget (30), and charged fewer",
    ),
    "patience with the whole budget used": (
        lambda cell: cell.change(1, stop_reason="patience"),
        "seed 1: it says that it ran out of patience, and used its whole budget",
    ),
    "a return with the whole budget used": (
        lambda cell: cell.change(1, stop_reason="returned"),
        "seed 1: it says that it returned early, and used its whole budget",
    ),
    "queries after the optimum": (
        lambda cell: cell.trace(0, [*others(4), BEST, *others(9)[5:]], "returned"),
        "seed 0: its trace goes on after the optimum",
    ),
    "the optimum found, and hidden": (
        lambda cell: cell.trace(0, [*others(29), BEST], "budget"),
        "seed 0: its trace ends at the optimum, and it says",
    ),
    "an architecture charged twice": (
        lambda cell: cell.trace(5, [7, 8, 7], "returned"),
        "seed 5: its trace charges an architecture twice",
    ),
    "more queries than the budget": (
        lambda cell: cell.trace(5, others(31), "budget"),
        "seed 5: its trace is longer than its budget",
    ),
    "an architecture outside the space": (
        lambda cell: cell.trace(4, [TABLE.size], "returned"),
        f"seed 4: it has architecture 2021 in its trace, and {PROTEINS} has 2,021",
    ),
    "rounds that leap": (
        lambda cell: cell.change(0, rounds=[0, *range(2, 31)]),
        "seed 0: its rounds do not start at 0 and rise by 1",
    ),
    "an answer given after the end": (
        lambda cell: cell.change(6, recommended_after=[31], recommended_ids=[BEST]),
        "seed 6: a recommendation was made after the last query",
    ),
    "a seed that nobody can give": (
        lambda cell: cell.change(7, seed=10**12) or _seed(cell, 7, 10**12),
        "seed 1000000000000: its seed is more than 999,999,999",
    ),
    "a failure without an error": (
        lambda cell: cell.change(0, stop_reason="failed"),
        "seed 0: it failed, and has no error",
    ),
    "a judged predictor with more labels than were paid": (
        lambda cell: cell.change(
            0,
            diagnostics={"model_labels": [99.0]}
            | {f"model_{name}": [0.9] for name in ("tau", "tau_top", "precision")},
        ),
        "seed 0: what it notes of judged predictors does not fit together",
    ),
    "a shipped protocol with other labels": (
        _rules(labels="one_run", stop="budget"),
        "its labels is one_run, and that of weaknas-paper[budget=30] is mean",
    ),
    "a shipped protocol of another version": (
        _rules(protocol_version=7),
        "its runs are of version 7 of protocol weaknas-paper",
    ),
    "a name that promises a smaller budget": (
        _rules(protocol="weaknas-paper[budget=20]"),
        "its budget is 30, and that of weaknas-paper[budget=20] is 20",
    ),
    "a budget beyond the space": (
        _rules(protocol="mine", budget=5000),
        f"its budget is 5,000, and {PROTEINS} has 2,021",
    ),
    "stopping at the optimum on single runs": (
        _rules(protocol="mine", labels="one_run"),
        "which no protocol allows",
    ),
    "another table": (_rules(table_sha256="0" * 64), "are of another table of"),
    "a folder of another name": (
        lambda cell: setattr(cell, "folder", "weaknas-lite"),
        "it holds runs of m on nasbenchgraph/proteins",
    ),
    "a name that no method can have": (_rules(method="=cmd|' /C'!A0"), "no method can be named"),
    "negative seconds": (
        lambda cell: cell.executions.__setitem__(0, Execution(0, -1.0, 1.0, "", "{}")),
        "is not finite or is negative",
    ),
}


def _seed(cell: Forged, run: int, seed: int) -> None:
    cell.executions[run] = replace(cell.executions[run], seed=seed)


@pytest.mark.parametrize("kind", WRONG)
def test_a_forged_result_is_named_and_rejected(tmp_path: Path, kind: str) -> None:
    forge, said = WRONG[kind]
    cell = sound()
    forge(cell)
    cell.store(tmp_path)
    found = audited(tmp_path)
    assert found.mark == "rejected"
    assert said in "\n".join(found.faults)


SUSPICIOUS: dict[str, tuple[Forge, str]] = {
    "the optimum first": (
        lambda cell: [cell.trace(run, [BEST], "optimum") for run in range(8)],
        "the optimum was the first query in 8 of 8 runs; draws without knowledge reach that with",
    ),
    "the optimum among the first": (
        lambda cell: [cell.trace(r, [*others(90)[r::11], BEST], "optimum") for r in range(8)],
        "the optimum was among the first 10 queries in 8 of 8 runs",
    ),
    "one trace for several seeds": (
        lambda cell: [cell.change(r, ids=cell.records[0].ids) for r in (2, 5)],
        "3 of 8 runs have the trace of another seed",
    ),
    "chosen seeds": (
        lambda cell: [cell.change(7, seed=40), _seed(cell, 7, 40)],
        "its 8 seeds are not contiguous (0 to 40)",
    ),
    "no CPU time": (
        lambda cell: cell.executions.__setitem__(3, replace(cell.executions[3], cpu_seconds=0.0)),
        "1 of 8 runs took no CPU time",
    ),
    "the same CPU time": (
        lambda cell: cell.executions.__setitem__(
            slice(0, 8), [replace(one, cpu_seconds=1.0) for one in cell.executions]
        ),
        "all runs took the same CPU time",
    ),
    "different sources": (
        lambda cell: cell.executions.__setitem__(
            0, replace(cell.executions[0], source_digest="definitions:cd")
        ),
        "made with 2 different sources under one version",
    ),
    "an invented environment": (
        lambda cell: cell.executions.__setitem__(
            0, replace(cell.executions[0], environment="[" * 5000)
        ),
        "the environment of some runs is not what nasarena records",
    ),
}


@pytest.mark.parametrize("kind", SUSPICIOUS)
def test_what_is_possible_and_strange_is_remarked(tmp_path: Path, kind: str) -> None:
    forge, said = SUSPICIOUS[kind]
    cell = sound()
    forge(cell)
    cell.store(tmp_path)
    found = audited(tmp_path)
    assert found.mark == "consistent"
    assert said in "\n".join(found.remarks)


def test_files_are_missing_or_too_many(tmp_path: Path) -> None:
    folder = sound().store(tmp_path)
    (folder / EXECUTIONS).unlink()
    (folder / "setup.exe").touch()
    said = "\n".join(audited(tmp_path).remarks)
    assert "8 of 8 runs have no execution beside them" in said
    assert "its folder holds 1 other files ('setup.exe'" in said


def test_runs_of_another_method_under_a_new_name_are_remarked(tmp_path: Path) -> None:
    sound("theirs").store(tmp_path)
    sound("mine").store(tmp_path)
    sound("own", seed=1).store(tmp_path)
    cells = audit_cells(tmp_path)
    remark_copies(cells)
    said = {cell.identity.method: cell.remarks for cell in cells if cell.identity}
    assert said["mine"] == ["8 of 8 runs are those of theirs with the same seed"]
    assert said["theirs"] == ["8 of 8 runs are those of mine with the same seed"]
    assert said["own"] == []


def test_a_verdict_is_void_once_a_file_changes(tmp_path: Path) -> None:
    folder = sound().store(tmp_path)
    assert read_verdict(folder) == NOT_AUDITED
    assert store_verdicts(audit_cells(tmp_path)) == []
    assert read_verdict(folder).mark == "consistent"
    for name in (RUNS, EXECUTIONS):
        shutil.copytree(folder, tmp_path / name)
        with open(tmp_path / name / name, "ab") as file:
            file.write(b"\0")
        assert read_verdict(tmp_path / name) == NOT_AUDITED
    shutil.copy(folder / RUNS, folder / NEW_RUNS)  # readers see what waits there, too
    assert read_verdict(folder) == NOT_AUDITED
    (folder / NEW_RUNS).unlink()
    assert read_verdict(folder).mark == "consistent"
    (folder / EXECUTIONS).unlink()
    assert read_verdict(folder) == NOT_AUDITED


@pytest.mark.parametrize("content", ["", "{}", "[" * 10**5, '{"mark": "splendid"}', "nul"])
def test_what_is_no_verdict_says_nothing(tmp_path: Path, content: str) -> None:
    folder = sound().store(tmp_path)
    (folder / VERDICT).write_text(content)
    assert read_verdict(folder) == NOT_AUDITED


def test_a_verdict_is_not_written_through_a_link(tmp_path: Path) -> None:
    folder = sound().store(tmp_path / "results")
    (tmp_path / "precious").write_text("{}")
    (folder / VERDICT).symlink_to(tmp_path / "precious")
    store_verdicts(audit_cells(tmp_path / "results"))
    assert (tmp_path / "precious").read_text() == "{}"
    assert json.loads((folder / VERDICT).read_text())["mark"] == "consistent"


def test_a_benchmark_that_is_not_installed_is_not_judged(tmp_path: Path) -> None:
    cell = sound()
    cell.identity = replace(cell.identity, benchmark="somebody/else")
    folder = cell.store(tmp_path)
    (found,) = cells = audit_cells(tmp_path)
    assert (found.mark, found.faults) == ("not audited", [])
    assert "unknown benchmark" in found.remarks[0]
    store_verdicts(cells)
    assert not (folder / VERDICT).exists()
