"""Runs made again, and compared with the stored ones bit for bit."""

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.audit.methods import AtHand, Methods
from nasarena.suite.gate.candidate import protocol_of
from nasarena.suite.records.store import cell_folder, read_runs, without_judging
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.runner import run_cells

MOST_SECONDS = 60.0
"""CPU time of a stored run up to which it is made again."""


def rerun(
    cells: Sequence[AuditedCell],
    methods: Methods,
    count: int,
    draw: int,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda finished: None,
) -> None:
    """Make `count` stored runs again, drawn at random by `draw`, and say in each cell how it went.

    Cells are taken in turn, in random order, so that each has one before any has two. A run that
    took more than `MOST_SECONDS` or failed is not drawn, nor one of a live benchmark.
    """
    rng = np.random.default_rng(draw)
    waiting: list[tuple[AuditedCell, AtHand, list[int]]] = []
    for place in rng.permutation(len(cells)).tolist():
        cell = cells[place]
        if cell.part is None or cell.faults or not cell.usable:
            continue
        if cell.is_live:
            cell.rerun = "not made again: its benchmark has no table"
            continue
        found = methods.of(cell)
        if isinstance(found, str):
            cell.rerun = found
            continue
        seeds = _cheap_seeds(cell)
        if seeds.size:
            waiting.append((cell, found, rng.permutation(seeds).tolist()))
        else:
            cell.rerun = (
                f"not made again: every run failed or took more than {MOST_SECONDS:.0f} CPU seconds"
            )
    chosen: list[list[int]] = [[] for _ in waiting]
    while count and any(seeds for _, _, seeds in waiting):
        for place, (_, _, seeds) in enumerate(waiting):
            if count and seeds:
                chosen[place].append(seeds.pop())
                count -= 1
    for (cell, found, _), drawn in zip(waiting, chosen, strict=True):
        if drawn:
            _make_again(cell, found, sorted(drawn), workers)
            progress(len(drawn))
        else:
            cell.rerun = "not drawn"


def _cheap_seeds(cell: AuditedCell) -> Any:
    """The seeds of finished runs that took few seconds, or none that is known."""
    assert cell.part is not None
    assert cell.executions is not None
    rows = cell.executions
    slow = rows.filter(pc.greater(rows["cpu_seconds"], MOST_SECONDS))["seed"]
    runs = cell.part.runs
    wanted = runs.filter(pc.not_equal(runs["stop_reason"], "failed"))["seed"].to_numpy()
    return np.setdiff1d(np.intersect1d(wanted, rows["seed"].to_numpy()), slow.to_numpy())


def _make_again(cell: AuditedCell, found: AtHand, seeds: list[int], workers: int | None) -> None:
    assert cell.part is not None
    assert cell.executions is not None
    identity = cell.part.identity
    again = Cell(found.choice, identity.benchmark, protocol_of(identity))
    with tempfile.TemporaryDirectory(prefix="nasarena-audit-") as folder:
        run_cells([again], seeds, Path(folder), workers)
        made = read_runs(
            cell_folder(Path(folder), identity.protocol, identity.benchmark, identity.method)
        )
    stored = {row["seed"]: row for row in cell.part.runs.to_pylist()}
    environments = {row["seed"]: row["environment"] for row in cell.executions.to_pylist()}
    different: list[int] = []
    elsewhere: list[int] = []
    for row in made.to_pylist():
        seed = row["seed"]
        if without_judging(row) == without_judging(stored[seed]):
            continue
        comparable = found.same_source and is_comparable(environments[seed], environment())
        (different if comparable else elsewhere).append(seed)
    cell.rerun = _said(seeds, different, elsewhere, found)
    if different:
        cell.reproduced = False
        cell.faults.append(f"made again, the run with seed {different[0]} is another one")
    elif not elsewhere:
        cell.reproduced = True


def _said(seeds: list[int], different: list[int], elsewhere: list[int], found: AtHand) -> str:
    equal = len(seeds) - len(different) - len(elsewhere)
    parts = [f"{equal} of {len(seeds)} runs made again are equal"]
    if different:
        parts.append(f"{len(different)} differ (seed {different[0]})")
    if elsewhere:
        why = "made elsewhere" if found.same_source else "their source is not known"
        parts.append(f"{len(elsewhere)} differ and are not comparable ({why})")
    return "; ".join(parts)


def is_comparable(one: str, other: str) -> bool:
    """Whether runs made in two recorded environments must be equal: same processor, libraries."""
    return bool(_decisive(one)) and _decisive(one) == _decisive(other)


def _decisive(text: str) -> dict[str, Any]:
    """What decides about floating-point arithmetic; nothing where it is not recorded."""
    try:
        said = json.loads(text)
        packages = {name: of for name, of in said["packages"].items() if name != "nasarena"}
        return {
            "python": said["python"],
            "packages": packages,
            "cpu": said["cpu"],
            "device": said.get("device", "cpu"),
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
