"""Decoy runs of the methods of audited cells, and whether they can be honest."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.audit.decoy import (
    DecoyRun,
    decoy_protocol,
    decoy_run,
    exchanged_count,
    queries_of,
)
from nasarena.suite.audit.methods import Methods
from nasarena.suite.audit.rerun import MOST_SECONDS
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import one_line
from nasarena.suite.runs.execute import Cell
from nasarena.suite.workers.places import run_tasks
from nasarena.suite.workers.processes import default_workers
from nasarena.suite.workers.waiting import Waiting

RUNS = 10
"""Decoy runs of a method on a benchmark, each on a decoy of its own."""

PREFERENCE = 5.0
"""How many times as likely as others of the best an honest search is to charge the optimum.

The best lies amid the good: strong predictors charge it up to so many times as often. Measured in
docs/audit.md.
"""

LIMIT = 1e-4
"""Probability, were the method honest, below which it is taken not to be."""


Key = tuple[str, str]
"""A method and a benchmark."""

Task = tuple[Cell, int, int]
"""A decoy run: its cell, its number, and the seed of its decoy."""


def decoy_test(
    cells: Sequence[AuditedCell], methods: Methods, draw: int, workers: int | None = None
) -> None:
    """Test each method on each benchmark of the cells once, and say in each cell how it went."""
    said: dict[Key, str] = {}
    tested: dict[Key, Cell] = {}
    for cell in cells:
        if (key := _key(cell)) is not None and key not in said and key not in tested:
            found = _testable(cell, methods)
            if isinstance(found, str):
                said[key] = found
            else:
                tested[key] = found
    runs = decoy_runs(list(tested.values()), draw, workers)
    for cell in cells:
        key = _key(cell)
        if key is not None and key in tested:
            cell.decoy, cell.honest = judged(runs[tested[key]], load_benchmark(key[1]))
            if cell.honest is False:
                cell.faults.append(f"its method knows what it did not query: {cell.decoy}")
        elif key is not None:
            cell.decoy = said[key]


def _key(cell: AuditedCell) -> Key | None:
    """The method and the benchmark; None for runs that cannot be used."""
    identity = cell.identity
    return (identity.method, identity.benchmark) if identity and cell.usable else None


def _testable(cell: AuditedCell, methods: Methods) -> Cell | str:
    """What is run to test a cell's method; a sentence where it is not."""
    assert cell.part is not None
    if cell.is_live:
        return "not tested: its benchmark has no table"
    found = methods.of(cell)
    if isinstance(found, str):
        return found
    if getattr(found.choice.build(), "fidelities", False):
        return "not tested: it searches by trainings of several lengths"
    seconds = _seconds_of_a_run(cell)
    if seconds > MOST_SECONDS:
        return f"not tested: a run would take about {seconds:,.0f} CPU seconds"
    name = cell.part.identity.benchmark
    return Cell(found.choice, name, decoy_protocol(load_benchmark(name)))


def decoy_runs(
    cells: Sequence[Cell], draw: int, workers: int | None = None
) -> dict[Cell, list[DecoyRun]]:
    """`RUNS` runs of each cell, each on a decoy of its own; the same decoys for all methods."""
    seeds = np.random.SeedSequence(draw).generate_state(RUNS).tolist()
    tasks = [(cell, run, seed) for cell in cells for run, seed in enumerate(seeds)]
    waiting = Waiting(tasks, lambda task: task[0])
    made: dict[Cell, dict[int, DecoyRun]] = {cell: {} for cell in cells}
    for finished in run_tasks(_run, waiting, workers or default_workers(), instead=_lost):
        for (cell, run, _), result in finished:
            made[cell][run] = result
    return {cell: [runs[run] for run in sorted(runs)] for cell, runs in made.items()}


def _run(task: Task) -> DecoyRun:
    return decoy_run(*task)


def _lost(task: Task, reason: str) -> DecoyRun:
    return DecoyRun(None, None, reason)


def judged(runs: Sequence[DecoyRun], benchmark: Benchmark) -> tuple[str, bool | None]:
    """What decoy runs say of their method, and whether it can be honest.

    None if they failed, or if so few of the best have other labels, in a small space, that a method
    that always goes to the real optimum at once would pass, too.
    """
    failed = [run for run in runs if run.error is not None]
    if failed:
        return f"{len(failed)} of {len(runs)} decoy runs failed: {_first_line(failed[0])}", None
    real = sum(run.real is not None for run in runs)
    first = sum(run.real == 1 for run in runs)
    decoy = sum(run.decoy is not None for run in runs)
    p = min(p_of_real(runs, benchmark), p_of_decoy(runs, benchmark))
    said = (
        f"it met the real optimum in {real} of {len(runs)} decoy runs (in {first} before any other "
        f"of the best) and the decoy in {decoy}"
    )
    if p < LIMIT:
        return f"{said}: p = {p:.1g} for an honest search", False
    if p_of_real([DecoyRun(real=1, decoy=None)] * len(runs), benchmark) >= LIMIT:
        count = exchanged_count(benchmark.table)
        few = f"the {count:,} best that were exchanged are too few to tell"
        return f"{said}; {few} whether it knows the optimum", None
    return said, True


def p_of_real(runs: Sequence[DecoyRun], benchmark: Benchmark) -> float:
    """Probability, were the search honest, that it met the real optimum as early in so many runs.

    Of n architectures whose labels are gone, each is among the first r that a run charges with
    probability r / n, and the optimum with at most `PREFERENCE` times that. Runs are combined as
    Fisher does.
    """
    table = benchmark.table
    each = PREFERENCE * table.optimum.size / exchanged_count(table)
    logarithms = [0.0 if run.real is None else math.log(min(1.0, each * run.real)) for run in runs]
    return float(stats.chi2.sf(-2 * sum(logarithms), 2 * len(runs)))


def p_of_decoy(runs: Sequence[DecoyRun], benchmark: Benchmark) -> float:
    """Probability, were the search honest, that so many runs or more met the decoy.

    It is drawn at random, and nothing leads to it before it is charged: chance alone.
    """
    table = benchmark.table
    others = table.size - exchanged_count(table)
    chance = min(1.0, table.optimum.size * queries_of(benchmark) / others)
    hits = sum(run.decoy is not None for run in runs)
    return float(stats.binom.sf(hits - 1, len(runs), chance))


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
