"""Runs on a pool of processes: method x benchmark x seed -> run records on disk."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.record_checks import check_record, require_valid
from nasarena.suite.device import computing_on, is_available
from nasarena.suite.errors import UserError
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.live.evaluating import evaluating_on
from nasarena.suite.live.stored import check_measured, write_measured
from nasarena.suite.methods import describe
from nasarena.suite.records.replaced import remove_replaced, set_aside
from nasarena.suite.records.run_record import CellIdentity, Execution, RunRecord, is_by_module
from nasarena.suite.records.store import (
    RUNS,
    cell_folder,
    find_cells,
    identity_of,
    mark_current,
    open_results,
    read_runs,
    writing,
)
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs.confined import HIDDEN, hidden_from_methods
from nasarena.suite.runs.environment import differing, environment
from nasarena.suite.runs.execute import Cell, Result, execute, source_digest_of, source_of
from nasarena.suite.runs.needed_table import NeededTable
from nasarena.suite.runs.recorded_error import first_line
from nasarena.suite.runs.removed_folder import check_not_removed
from nasarena.suite.statistics.load_run_sets import differing_rule
from nasarena.suite.workers.cluster import Cluster
from nasarena.suite.workers.limits import NO_LIMITS, Limits
from nasarena.suite.workers.places import run_tasks
from nasarena.suite.workers.processes import (
    default_workers,
    interrupts_held,
    load_before_forking,
)
from nasarena.suite.workers.scheduler_address import SchedulerAddress
from nasarena.suite.workers.waiting import Waiting

FLUSH_SECONDS = 1.0
"""Finished runs wait at most about this long for the disk (the promise is two seconds)."""

GAVE_UP = {
    "returned": "returned before the budget was used",
    "patience": "stopped after {patience:,} repeated queries in a row",
}
"""What is said of runs that ended early by themselves, by stop reason."""

COUNTED = "such a run counts as not having found the optimum in the whole budget"

Task = tuple[Cell, int, str]
"""A run to be made: a cell, a seed, and the digest of the method's source.

The digest is taken here: of a class in a notebook, only this process has the source.
"""

Finished = list[tuple[Task, Result]]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Report:
    """What `run_cells` did, and what is to be known about the runs of the cells.

    `failures` has a sentence for each method with failed runs. `warnings` has one for each method
    with runs that gave up, and for whatever else should be known; they stop nothing.
    """

    done: int
    kept: int
    failures: list[str]
    warnings: list[str]


def run_cells(
    cells: Sequence[Cell],
    seeds: Sequence[int],
    results: Path,
    workers: int | None = None,
    progress: Progress = lambda finished: None,
    device: str = "cpu",
    trained: Progress = lambda finished: None,
    *,
    fresh: bool = False,
    limits: Limits = NO_LIMITS,
    scheduler: SchedulerAddress | None = None,
) -> Report:
    """Run every cell for every seed that has no finished run in `results` yet.

    With `fresh`, every run of the cells is made anew: the stored ones are set aside, and removed
    once all new ones are finished.

    What torch computes is computed on `device`, or on the CPU where torch does not see one.
    `progress` is told the number of runs finished since it was last told; first, how many were
    there. A live benchmark's runs come last, one at a time, with `workers` processes that train
    for them; `trained` is told the number of trainings, as `progress` is. A run that takes more
    than `limits` allow is a failed run.

    With a `scheduler` of Dask, runs are made on its workers, and so are the trainings of live
    benchmarks.

    A failing run is recorded and does not stop the others. Raises UserError; what was finished is
    then stored.
    """
    open_results(results, create=True)
    source_of.cache_clear()  # a file may have been edited since the last call
    warnings = []
    if not is_available(device):
        warnings.append(f"torch sees no {device} device here: runs were computed on the CPU")
        device = "cpu"
    workers = workers or default_workers()
    load_before_forking(_libraries(cells))
    with (
        writing(results),
        computing_on(device),
        evaluating_on(workers, scheduler),
        hidden_from_methods(results) if any(cell.strict for cell in cells) else nullcontext(),
    ):
        if fresh:
            set_aside([_folder(cell, results) for cell in cells], seeds)
        stored = {cell: _stored(cell, results) for cell in cells}
        _check_rules(list(stored.values()), results)
        finished = {cell: runs.finished() for cell, runs in stored.items()}
        pending = [
            (cell, seed, source_digest_of(cell.method))
            for cell in cells
            for seed in seeds
            if seed not in finished[cell]
        ]
        kept = len(cells) * len(seeds) - len(pending)
        progress(kept)
        changed: dict[str, dict[str, None]] = {}
        environments: dict[str, None] = {}
        warnings += list(_other_sources(stored))
        with _flushing(list(stored.values()), results) as flush:
            for finished_runs in _all_results(pending, workers, trained, limits, scheduler):
                for (cell, *_), (record, execution, settings) in finished_runs:
                    stored[cell].add(_checked(stored[cell].identity, record), execution)
                    changed.setdefault(cell.method.name, {}).update(dict.fromkeys(settings))
                    environments[execution.environment] = None
                    progress(1)
                flush()
        warnings += list(_describe(stored))
        warnings += remove_replaced({runs.folder: runs.finished() for runs in stored.values()})
        warnings += list(_gave_up(stored, seeds))
        warnings += list(_unjudged(stored, seeds))
        warnings += list(_put_back(changed))
        warnings += differing(environments)
        failures = list(_failures(stored, seeds))
    return Report(len(pending), kept, failures, warnings)


def _folder(cell: Cell, results: Path) -> Path:
    return cell_folder(results, cell.protocol.name, cell.benchmark, cell.method.name)


def _check_rules(new: Sequence[StoredRuns], results: Path) -> None:
    """Raises UserError where stored runs have other rules under the name of a new protocol.

    Nothing could be read from such a folder. Those stored agree: of each benchmark the smallest
    cell is read. One that cannot be read is no reason to refuse other runs.
    """
    own = {runs.folder for runs in new}
    protocols = {folder.relative_to(results).parts[0] for folder in own}
    beside: dict[Path, Path] = {}
    for folder in find_cells(results):
        if folder.relative_to(results).parts[0] in protocols and folder not in own:
            smallest = beside.get(folder.parent, folder)
            if (folder / RUNS).exists():
                beside[folder.parent] = min(smallest, folder, key=_size)
    stored = []
    for folder in beside.values():
        with suppress(UserError):
            stored.append(identity_of(read_runs(folder), folder))
    clash = differing_rule([*stored, *(runs.identity for runs in new)])
    if clash:
        first, other, rule = clash
        raise UserError(
            f"{results} holds runs of another protocol named {first.protocol} "
            f"({rule.replace('_', ' ')}: {getattr(first, rule)}, and here {getattr(other, rule)} "
            f"for {other.method} on {other.benchmark}); give the new protocol another name, or "
            "choose another --results"
        )


def _size(folder: Path) -> int:
    return (folder / RUNS).stat().st_size


def _stored(cell: Cell, results: Path) -> StoredRuns:
    """The stored runs of a cell; those of a live benchmark with what was measured."""
    benchmark = load_benchmark(cell.benchmark, cell.protocol.limit)
    folder = _folder(cell, results)
    check = partial(require_valid, benchmark=benchmark)
    description = describe(cell.method.card)
    if not isinstance(benchmark, LiveBenchmark):
        return StoredRuns(folder, cell.identity(), check=check, description=description)
    benchmark.prepare()
    write_beside = partial(write_measured, benchmark)
    stored = StoredRuns(folder, cell.identity(), write_beside, check, description)
    check_measured(benchmark, folder)
    return stored


def _checked(identity: CellIdentity, record: RunRecord) -> RunRecord:
    """A finished run; a failed one in its place where it cannot be what it says."""
    reason = check_record(record, identity, load_benchmark(identity.benchmark, identity.limit))
    if reason is None:
        return record
    error = f"InvalidRecord: what the method left is not a run under its protocol: {reason}"
    return RunRecord(record.seed, [], [], [], [], "failed", error)


def _all_results(
    pending: Sequence[Task],
    workers: int,
    trained: Progress,
    limits: Limits,
    scheduler: SchedulerAddress | None,
) -> Iterator[Finished]:
    """As `_results`; runs of live benchmarks last, one at a time: each has processes of its own."""
    benchmarks = {cell.benchmark: load_benchmark(cell.benchmark) for cell, *_ in pending}
    searched = {
        name: one
        for name, one in benchmarks.items()
        if isinstance(one, LiveBenchmark) and one.trains
    }
    others = [task for task in pending if task[0].benchmark not in searched]
    if scheduler is None:
        yield from _results(others, workers, limits)
    else:
        yield from _results_of(scheduler, others, limits)
    live = [task for task in pending if task[0].benchmark in searched]
    caches = [one.cache() for one in searched.values()]
    counted = sum(cache.count() for cache in caches)
    for finished_runs in _results(live, 1, limits):
        before, counted = counted, sum(cache.count() for cache in caches)
        trained(counted - before)
        yield finished_runs


def _describe(stored: dict[Cell, StoredRuns]) -> Iterator[str]:
    """Write what methods are beside kept runs that their source made; a sentence where it fails."""
    for cell, runs in stored.items():
        if runs.has_file and runs.source_digests() == {source_digest_of(cell.method)}:
            try:
                runs.describe()
            except OSError as error:
                yield f"the description of {cell.method.name} is not stored ({error.strerror})"


def _failures(stored: dict[Cell, StoredRuns], seeds: Sequence[int]) -> Iterator[str]:
    """A sentence for each method with failed runs."""
    for cell, where, error in _ended_by("failed", stored, seeds):
        yield f"{cell.method.name} failed in {where}: {first_line(error)}"


def _gave_up(stored: dict[Cell, StoredRuns], seeds: Sequence[int]) -> Iterator[str]:
    """A sentence for each method with runs that ended early by themselves, and each reason."""
    for reason, what in GAVE_UP.items():
        for cell, where, _ in _ended_by(reason, stored, seeds):
            did = what.format(patience=stored[cell].identity.patience)
            yield f"{cell.method.name} {did} in {where}: {COUNTED}"


def _ended_by(
    reason: str, stored: dict[Cell, StoredRuns], seeds: Sequence[int]
) -> Iterator[tuple[Cell, str, str]]:
    """For each method with runs of `seeds` that ended so: the first's cell, where, its error.

    Where is `2 of 30 runs (on nasbench201/cifar10 and 3 more)`.
    """
    for method in dict.fromkeys(cell.method.name for cell in stored):
        endings = [
            (cell, *ending)
            for cell, runs in stored.items()
            if cell.method.name == method
            for ending in runs.endings(seeds)
        ]
        ended = [(cell, error or "") for cell, found, error in endings if found == reason]
        if ended:
            places = list(dict.fromkeys(cell.benchmark for cell, _ in ended))
            more = f" and {len(places) - 1} more" if places[1:] else ""
            where = f"{len(ended)} of {len(endings)} runs (on {places[0]}{more})"
            cell, error = ended[0]
            yield cell, where, error


def _unjudged(stored: dict[Cell, StoredRuns], seeds: Sequence[int]) -> Iterator[str]:
    """A sentence for each method that was to be judged, but whose runs showed no predictor."""
    judged = [cell for cell in stored if cell.judged]
    for method in dict.fromkeys(cell.method.name for cell in judged):
        if not any(stored[cell].judged(seeds) for cell in judged if cell.method.name == method):
            yield (
                f"no predictor of {method} was judged: the method shows none, or its runs were "
                "made without --judge; choose another --results to run it again"
            )


def _put_back(changed: dict[str, dict[str, None]]) -> Iterator[str]:
    """A sentence for each method that changed settings of its process; `changed` names them."""
    for method, settings in changed.items():
        if settings:
            yield (
                f"{method} changed settings of its process ({', '.join(settings)}): they are put "
                "back after each run"
            )


def _other_sources(stored: dict[Cell, StoredRuns]) -> Iterator[str]:
    """A sentence for each cell whose stored runs were made with other source; one for old digests.

    Old digests were of whole modules: that they differ says nothing about what a method runs.
    """
    by_module = 0
    for cell, runs in stored.items():
        recorded = runs.source_digests()
        known = {digest for digest in recorded if not is_by_module(digest)}
        by_module += known != recorded
        if known and known != {source_digest_of(cell.method)}:
            yield (
                f"the source of {cell.method.name} has changed since the runs in {runs.folder} "
                f"were made, but its version ({cell.method.version}) has not: make them again with "
                "--fresh, and count the version up if traces changed"
            )
    if by_module:
        yield (
            f"{by_module} of {len(stored)} cells have runs recorded before digests were by "
            "definition: whether the source of their methods has changed is not known"
        )


@contextmanager
def _flushing(stored: list[StoredRuns], results: Path) -> Iterator[Callable[[], None]]:
    """Gives a function that writes at most once a second; writes at the end, also after errors."""
    written = time.monotonic()
    broken = False

    def write(last: bool = True) -> None:
        nonlocal broken
        try:
            check_not_removed(results)
            if any(runs.has_new for runs in stored):
                mark_current(results)
            for runs in stored:
                runs.write(last)
            check_not_removed(results, [runs.folder for runs in stored if runs.has_file])
        except OSError as error:
            broken = True
            raise UserError(
                f"finished runs cannot be written to {results} ({error.strerror or error}); those "
                "written before are kept: make room and run the same command again"
            ) from None

    def flush() -> None:
        nonlocal written
        if time.monotonic() - written >= FLUSH_SECONDS:
            write(last=False)
            written = time.monotonic()

    try:
        yield flush
    finally:
        if not broken:
            with interrupts_held():
                write()


def _results(pending: Sequence[Task], workers: int, limits: Limits) -> Iterator[Finished]:
    """The results of runs as they finish; an empty list when none finished for a while.

    A process runs one cell only: what a method leaves behind in it reaches no other. A run whose
    process dies, twice, or that takes too long, is a failed run.
    """
    waiting = Waiting(pending, lambda task: task[0])
    return run_tasks(_execute, waiting, workers, FLUSH_SECONDS, _failed, limits)


def _results_of(
    scheduler: SchedulerAddress, pending: Sequence[Task], limits: Limits
) -> Iterator[Finished]:
    """As `_results`, on the workers of a scheduler; each opens the tables that are here."""
    if not pending:
        return

    def needed(cell: Cell) -> NeededTable:
        sha256 = load_benchmark(cell.benchmark).table.sha256
        return NeededTable(cell.benchmark, sha256, cell.strict, os.environ.get(HIDDEN, ""))

    waiting = Waiting(pending, lambda task: task[0])
    with closing(Cluster(scheduler, limits, needed)) as cluster:
        yield from cluster.run(_execute, waiting, FLUSH_SECONDS, _failed)


def _failed(task: Task, reason: str) -> Result:
    _, seed, digest = task
    record = RunRecord(seed, [], [], [], [], "failed", reason)
    return Result(record, Execution(seed, 0.0, 0.0, digest, environment()))


def _libraries(cells: Sequence[Cell]) -> set[str]:
    """What the methods' searches load: what they require, and SciPy's modules, a second's work."""
    required = {name for cell in cells for name in cell.method.card.requires}
    named = {name for cell in cells for name in source_of(cell.method).libraries}
    return required | {name for name in named if name.partition(".")[0] == "scipy"}


def _execute(task: Task) -> Result:
    return execute(*task)
