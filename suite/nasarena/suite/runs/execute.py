"""One run: a pure function of method, benchmark, protocol and seed."""

import os
import random
import sys
import time
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import NamedTuple
from zlib import crc32

import numpy as np
from threadpoolctl import threadpool_limits

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import closed_to_methods, load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.methods import MethodChoice
from nasarena.suite.observed_labels import observed_labels, random_stream
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.protocol import Protocol
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.global_state import GlobalState
from nasarena.suite.runs.judging import Judge
from nasarena.suite.runs.recorded_error import recorded_error
from nasarena.suite.runs.source_digest import source_digest

CHANGED_LABELS = "the method changed the accuracies that it is measured by"


@dataclass(frozen=True)
class Cell:
    """One method on one benchmark under one protocol: what is run for many seeds.

    Where it is `judged`, so are the predictors that the method shows: in the diagnostics, and
    nowhere else in the record.
    """

    method: MethodChoice
    benchmark: str
    protocol: Protocol
    judged: bool = False

    def identity(self) -> CellIdentity:
        """What its run records share. Opens the table."""
        benchmark = load_benchmark(self.benchmark)
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
        )


def effective_budget(benchmark: Benchmark, protocol: Protocol) -> int:
    """The protocol's budget, or the number of architectures (classes) if that is smaller."""
    by_id = protocol.duplicates == "by_id"
    return min(protocol.budget, benchmark.table.size if by_id else benchmark.space.class_count)


def make_problem(
    benchmark: Benchmark, identity: CellIdentity, seed: int, judge: Judge | None = None
) -> Problem:
    """The problem that a run of this cell and seed puts before its method."""
    space = benchmark.space
    by_id = identity.duplicates == "by_id"
    return Problem(
        space,
        observed_labels(benchmark, identity.labels, seed),
        budget=identity.budget,
        patience=identity.patience,
        classes=None if by_id else space.classes(np.arange(space.size)),
        targets=benchmark.table.optimum if identity.stop == "optimum" else None,
        judge=judge,
    )


class Result(NamedTuple):
    """What a run gave. `changed` names the settings of the process that its method changed."""

    record: RunRecord
    execution: Execution
    changed: tuple[str, ...] = ()


def execute(cell: Cell, seed: int, digest: str | None = None) -> Result:
    """Run one seed. Whatever the method raises is recorded as a failed run.

    `digest` is that of the method's source, from the process that has its source at hand: a class
    of a notebook reaches workers without.
    """
    benchmark = load_benchmark(cell.benchmark)
    identity = cell.identity()
    _checksum(cell.benchmark)
    if "torch" in cell.method.card.requires:
        import_module("torch")  # before its generator is seeded
    process = os.getpid()
    wall, cpu = time.perf_counter(), time.process_time()
    with threadpool_limits(limits=1):
        # The method is imported by now: what it sets then holds for all runs of its cell alike.
        state = GlobalState.now()
        while True:
            torch_was_loaded = "torch" in sys.modules
            judge = Judge(benchmark.table) if cell.judged else None
            problem = make_problem(benchmark, identity, seed, judge)
            _seed_global_generators(cell.benchmark, seed)
            stop_reason, error = "returned", None
            try:
                with closed_to_methods():
                    # Built for each run, after seeding: its __init__ may draw weights.
                    method = cell.method.build()
                    method.search(problem, random_stream(cell.benchmark, seed, "search"))
            except SearchEnded:
                pass
            except BaseException as raised:  # whatever it is, the other runs go on
                stop_reason, error = "failed", recorded_error(raised)
            if os.getpid() != process:  # the method forked: only one of the two is the worker
                os._exit(0)
            changed = state.restore()
            # A method that imported torch while it searched drew from an unseeded generator.
            if torch_was_loaded or "torch" not in sys.modules:
                break
    if error is None and problem.ended is not None:
        stop_reason = problem.ended.stop_reason
    elif stop_reason == "returned" and problem.remaining == 0:
        stop_reason = "budget"
    if not _is_unchanged(benchmark):
        stop_reason, error = "failed", CHANGED_LABELS
    record = RunRecord(
        seed=seed,
        ids=problem.trace.tolist(),
        rounds=problem.rounds.tolist(),
        recommended_after=[after for after, _ in problem.recommendations],
        recommended_ids=[id for _, id in problem.recommendations],
        stop_reason=stop_reason,
        error=error,
        diagnostics=dict(sorted((problem.diagnostics | (judge.notes if judge else {})).items())),
    )
    execution = Execution(
        seed=seed,
        wall_seconds=time.perf_counter() - wall,
        cpu_seconds=time.process_time() - cpu,
        source_digest=digest or source_digest_of(cell.method),
        environment=environment(changed),
    )
    return Result(record, execution, tuple(changed))


@cache
def _checksum(benchmark: str) -> int:
    """The checksum of a table's labels when this process first opened it."""
    return _checksum_now(load_benchmark(benchmark))


def _checksum_now(benchmark: Benchmark) -> int:
    return crc32(np.ascontiguousarray(benchmark.table.validation).data)


def _is_unchanged(benchmark: Benchmark) -> bool:
    return _checksum_now(benchmark) == _checksum(benchmark.name)


@cache
def source_digest_of(choice: MethodChoice) -> str:
    """The digest of a chosen method's source."""
    try:
        sources = getattr(choice.build(), "sources", ())
    except UserError:  # its runs will say so
        sources = ()
    return source_digest(choice.card.make, sources)


def _seed_global_generators(benchmark: str, seed: int) -> None:
    """For methods that draw from the libraries' global generators instead of `rng`."""
    number = int(random_stream(benchmark, seed, "global").integers(2**32))
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002  # the legacy generator is what is seeded here
    if torch := sys.modules.get("torch"):
        torch.manual_seed(number)
