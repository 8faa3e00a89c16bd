"""One run: a pure function of method, benchmark, protocol and seed."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import NamedTuple
from zlib import crc32

import numpy as np

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.ledgers.ledger import Kept
from nasarena.suite.methods import MethodChoice
from nasarena.suite.observed_labels import observed_labels, observed_trainings
from nasarena.suite.problem import Problem
from nasarena.suite.protocol import Protocol
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.runs.checkpoints import Checkpoints
from nasarena.suite.runs.confined import Task, confined_search
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.judging import Judge
from nasarena.suite.runs.search import search
from nasarena.suite.runs.source_digest import MethodSource, method_source

CHANGED_LABELS = "the method changed the accuracies that it is measured by"


@dataclass(frozen=True)
class Cell:
    """One method on one benchmark under one protocol: what is run for many seeds.

    Where it is `judged`, so are the predictors that the method shows: in the diagnostics, and
    nowhere else in the record.

    A `strict` one lets the method search in a process of its own that has no table.
    """

    method: MethodChoice
    benchmark: str
    protocol: Protocol
    judged: bool = False
    strict: bool = False

    def identity(self) -> CellIdentity:
        """What its run records share. Opens the table."""
        benchmark = load_benchmark(self.benchmark, self.protocol.limit)
        budget = effective_budget(benchmark, self.protocol)
        return CellIdentity(
            method=self.method.name,
            method_version=self.method.version,
            benchmark=self.benchmark,
            table_sha256=benchmark.table.sha256,
            protocol=self.protocol.name,
            protocol_version=self.protocol.version,
            budget=budget,
            labels=self.protocol.labels,
            duplicates=self.protocol.duplicates,
            stop=self.protocol.stop,
            patience=self.protocol.patience or 20 * budget,
            fidelities=self.protocol.fidelities,
            limit=self.protocol.limit,
        )


def effective_budget(benchmark: Benchmark, protocol: Protocol) -> int:
    """The protocol's budget, or the number of architectures (classes) if that is smaller."""
    return min(protocol.budget, benchmark.chargeable(protocol.duplicates))


def make_problem(
    benchmark: Benchmark,
    identity: CellIdentity,
    seed: int,
    judge: Judge | None,
    checkpoints: Checkpoints,
) -> Problem:
    """The problem that a run of this cell and seed puts before its method."""
    last = checkpoints.last
    if judge is not None and last is not None:
        judge.notes = last.notes

    def keep(kept: Kept) -> None:
        checkpoints.keep(kept, judge.notes if judge else {})

    return Problem(
        benchmark.space,
        observed_labels(benchmark, identity.labels, seed),
        budget=identity.budget,
        patience=identity.patience,
        classes=_classes(benchmark, identity),
        targets=benchmark.table.optimum if identity.stop == "optimum" else None,
        judge=judge,
        kept=last and last.kept,
        keep=keep,
        proxies=benchmark.proxies,
        metrics=benchmark.untrained_metric,
        trainings=(
            None
            if identity.fidelities == "full"
            else observed_trainings(benchmark, identity.labels, seed)
        ),
    )


class Result(NamedTuple):
    """What a run gave. `changed` names the settings of the process that its method changed."""

    record: RunRecord
    execution: Execution
    changed: tuple[str, ...] = ()


def execute(
    cell: Cell, seed: int, digest: str | None = None, benchmark: Benchmark | None = None
) -> Result:
    """Run one seed. Whatever the method raises is recorded as a failed run.

    `digest` is that of the method's source, from the process that has its source at hand: a class
    of a notebook reaches workers without. `benchmark` is searched in place of the cell's own.
    """
    digest = digest or source_digest_of(cell.method)
    identity = cell.identity()
    # Nothing is kept where the method sees no files, or where the labels are not the cell's.
    nothing_kept = cell.strict or benchmark is not None
    checkpoints = Checkpoints(None if nothing_kept else _run_identity(cell, seed, digest))
    benchmark = benchmark or load_benchmark(cell.benchmark, identity.limit)
    _checksum(cell.benchmark)
    begun: list[tuple[Problem, Judge | None]] = []

    def new_problem() -> Problem:
        judge = Judge(benchmark.table) if cell.judged else None
        problem = make_problem(benchmark, identity, seed, judge, checkpoints)
        begun.append((problem, judge))
        return problem

    if cell.strict:
        searched, elsewhere = confined_search(_confined_task(cell, benchmark, seed), new_problem)
    else:
        searched = search(cell.method, cell.benchmark, seed, new_problem, checkpoints)
        elsewhere = 0.0
    problem, judge = begun[-1]
    error = searched.error if _is_unchanged(cell.benchmark) else CHANGED_LABELS
    record = RunRecord(
        seed=seed,
        ids=problem.trace.tolist(),
        rounds=problem.rounds.tolist(),
        recommended_after=[after for after, _ in problem.recommendations],
        recommended_ids=[id for _, id in problem.recommendations],
        stop_reason=_stop_reason(problem, error),
        error=error,
        diagnostics=dict(sorted((problem.diagnostics | (judge.notes if judge else {})).items())),
        fidelity=problem.fidelity_trace,
        cost=problem.cost_trace,
    )
    wall, cpu = checkpoints.spent()
    execution = Execution(
        seed=seed,
        wall_seconds=wall,
        cpu_seconds=cpu + elsewhere,
        source_digest=digest,
        environment=environment(searched.changed),
    )
    checkpoints.forget()
    return Result(record, execution, searched.changed)


def _run_identity(cell: Cell, seed: int, digest: str) -> list[str]:
    """All that the trace of a run depends on."""
    identity = json.dumps(asdict(cell.identity()), sort_keys=True)
    return [identity, str(cell.judged), str(seed), digest, environment()]


def _confined_task(cell: Cell, benchmark: Benchmark, seed: int) -> Task:
    identity = cell.identity()
    return Task(
        cell.method,
        cell.benchmark,
        seed,
        benchmark.space,
        identity.budget,
        identity.patience,
        _classes(benchmark, identity),
        cell.judged,
        None if identity.fidelities == "full" else benchmark.fidelities,
    )


def _classes(benchmark: Benchmark, identity: CellIdentity) -> Ids | None:
    """The class of each architecture, where duplicates are by class."""
    if identity.duplicates == "by_id":
        return None
    return benchmark.space.classes(np.arange(benchmark.space.size))


def _stop_reason(problem: Problem, error: str | None) -> str:
    if error is not None:
        return "failed"
    reason = "returned" if problem.ended is None else problem.ended.stop_reason
    # Whoever repeats itself or returns after the last query has used its budget.
    return "budget" if reason in ("returned", "patience") and problem.exhausted else reason


@cache
def _checksum(benchmark: str) -> int:
    """The checksum of a table's labels when this process first opened it."""
    return _checksum_now(load_benchmark(benchmark))


def _checksum_now(benchmark: Benchmark) -> int:
    return crc32(np.ascontiguousarray(benchmark.table.validation).data)


def _is_unchanged(benchmark: str) -> bool:
    return _checksum_now(load_benchmark(benchmark)) == _checksum(benchmark)


def source_digest_of(choice: MethodChoice) -> str:
    """The digest of a chosen method's source."""
    return source_of(choice).digest


@cache
def source_of(choice: MethodChoice) -> MethodSource:
    """What a chosen method runs."""
    try:
        sources = getattr(choice.build(), "sources", ())
    except UserError:  # its runs will say so
        sources = ()
    return method_source(choice.card.make, sources)
