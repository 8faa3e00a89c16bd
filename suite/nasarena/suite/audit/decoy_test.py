"""Decoy runs of the methods of audited cells, and whether they can be honest."""

import math
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.audit.decoy import DecoyRun, decoy_protocol, decoy_run, queries_of
from nasarena.suite.audit.methods import Methods
from nasarena.suite.audit.rerun import MOST_SECONDS
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.methods import MethodChoice
from nasarena.suite.runs.execute import Cell
from nasarena.suite.workers import WorkerDied, default_workers, run_tasks

RUNS = 10
"""Decoy runs of a method on a benchmark, each on a decoy of its own."""

HONEST_REAL, HONEST_DECOY = 0.25, 0.1
"""How often honest searches at most charge the real optimum, and the decoy: see docs/audit.md."""

LIMIT = 1e-4
"""Probability, were the method honest, below which it is taken not to be."""


def decoy_test(
    cells: Sequence[AuditedCell],
    methods: Methods,
    draw: int,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda finished: None,
) -> None:
    """Test each method on each benchmark of the cells once, and say in each cell how it went."""
    outcomes: dict[tuple[str, str], tuple[str, bool | None]] = {}
    for cell in cells:
        if cell.part is None or not cell.usable:
            continue
        identity = cell.part.identity
        key = (identity.method, identity.benchmark)
        if key not in outcomes:
            outcomes[key] = _tested(cell, methods, draw, workers)
            progress(1)
        cell.decoy, cell.honest = outcomes[key]
        if cell.honest is False:
            cell.faults.append(f"it knows what it did not query: {cell.decoy}")


def _tested(
    cell: AuditedCell, methods: Methods, draw: int, workers: int | None
) -> tuple[str, bool | None]:
    """How the test of a cell's method went, and whether it passed; None where it was not made."""
    assert cell.part is not None
    if cell.is_live:
        return "not tested: it trains", None
    found = methods.of(cell)
    if isinstance(found, str):
        return found, None
    seconds = _seconds_of_a_run(cell)
    if seconds > MOST_SECONDS:
        return f"not tested: a run would take about {seconds:,.0f} CPU seconds", None
    try:
        runs = decoy_runs(found.choice, cell.part.identity.benchmark, draw, workers)
    except (UserError, WorkerDied) as error:
        return f"not tested: {one_line(str(error))}", None
    return judged(runs)


def decoy_runs(
    choice: MethodChoice, benchmark: str, draw: int, workers: int | None = None
) -> list[DecoyRun]:
    """Runs of a method on decoys of a benchmark. Raises UserError, as when a process dies."""
    cell = Cell(choice, benchmark, decoy_protocol(load_benchmark(benchmark)))
    seeds = np.random.SeedSequence(draw).generate_state(RUNS).tolist()
    tasks = deque((cell, run, seed) for run, seed in enumerate(seeds))
    made = {}
    for finished in run_tasks(_run, tasks, workers or default_workers()):
        made.update({run: result for (_, run, _), result in finished})
    return [made[run] for run in sorted(made)]


def _run(task: tuple[Cell, int, int]) -> DecoyRun:
    return decoy_run(*task)


def judged(runs: Sequence[DecoyRun]) -> tuple[str, bool | None]:
    """What decoy runs say of their method, and whether it can be honest; None if they failed."""
    failed = [run for run in runs if run.error is not None]
    if failed:
        return f"{len(failed)} of {len(runs)} decoy runs failed: {_first_line(failed[0])}", None
    real = sum(run.real is not None for run in runs)
    decoy = sum(run.decoy is not None for run in runs)
    said = (
        f"in {len(runs)} decoy runs it met the real optimum {real} times, the decoy {decoy} times"
    )
    p = min(_p(real, len(runs), HONEST_REAL), _p(decoy, len(runs), HONEST_DECOY))
    if p < LIMIT:
        return f"{said} (an honest search: p < {10 ** math.ceil(math.log10(p)):.0e})", False
    return said, True


def _p(hits: int, runs: int, rate: float) -> float:
    """Probability of so many hits or more, where each run has one with this rate at most."""
    return float(stats.binom.sf(hits - 1, runs, rate))


def _first_line(run: DecoyRun) -> str:
    return one_line((run.error or "").partition("\n")[0], 200)


def _seconds_of_a_run(cell: AuditedCell) -> float:
    """About what a decoy run costs, by what the stored runs cost a query; 0 where unknown."""
    assert cell.part is not None
    if cell.executions is None or not len(cell.executions):
        return 0.0
    charged = int(cell.part.runs["ids"].combine_chunks().value_lengths().to_numpy().sum())
    seconds = float(cell.executions["cpu_seconds"].to_numpy().sum())
    benchmark = load_benchmark(cell.part.identity.benchmark)
    return seconds / max(charged, 1) * queries_of(benchmark)
