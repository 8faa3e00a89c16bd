"""Predictors measured on a pool of processes: what is missing, kept on disk as it is finished."""

import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from operator import attrgetter
from pathlib import Path

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.packages import install_command, is_installed
from nasarena.suite.parameters import opened
from nasarena.suite.plugins import BrokenPlugin
from nasarena.suite.predictor_study.measurements import (
    Execution,
    Measurement,
    StoredMeasurements,
    Task,
)
from nasarena.suite.predictor_study.study import Study, judged, predictions
from nasarena.suite.predictors import predictor_source, predictor_sources
from nasarena.suite.records.run_record import is_by_module
from nasarena.suite.records.store import open_results, writing
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.runner import FLUSH_SECONDS, Progress
from nasarena.suite.runs.source_digest import source_digest
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.workers.places import run_tasks
from nasarena.suite.workers.processes import default_workers
from nasarena.suite.workers.waiting import Waiting


@dataclass
class Report:
    """What `run_study` measured or found there, in the order of tasks, and what went wrong.

    `failures` has a sentence for each predictor that failed.
    """

    measurements: list[Measurement] = field(default_factory=list)
    done: int = 0
    kept: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What came of a task: a measurement with its execution, or what was wrong.

    `unusable` is the sentence for a predictor that cannot be used at all: it is broken, or lacks
    a package.
    """

    task: Task
    result: tuple[Measurement, Execution] | None
    error: str = ""
    unusable: str | None = None


def attempt(task: Task) -> Outcome:
    """Measure, and return whatever goes wrong: a plug-in can raise anything.

    The digest of the source is left to the process that starts this one: only that one may have
    the source, of a class in a notebook for example.
    """
    try:
        start = time.process_time()
        predicted = predictions(task)
        seconds = time.process_time() - start
        execution = Execution(
            benchmark=task.benchmark,
            predictor=task.predictor,
            labels=task.labels,
            seed=task.seed,
            cpu_seconds=rounded(seconds),
            source_digest="",
            environment=environment(),
        )
        return Outcome(task, (judged(task, predicted), execution))
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
        return Outcome(task, None, said, _unusable(task.predictor, error))


def _unusable(predictor: str, error: BaseException) -> str | None:
    """The sentence for a predictor that cannot be used, if that is what `error` says."""
    package = _missing_package(error)
    if package is not None:
        return (
            f"predictor {predictor} needs {package}, which is not installed; "
            f"run: {install_command([package])}"
        )
    return str(error) if isinstance(error, BrokenPlugin) else None


def _missing_package(error: BaseException | None) -> str | None:
    """The package that is not installed, if that is why `error` was raised."""
    while error is not None and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__ or error.__context__
    if error is None or not error.name:
        return None
    package = error.name.partition(".")[0]
    return None if is_installed(package) else package


@cache
def predictor_digest(name: str, given: bytes | None = None) -> str:
    """The digest of the source of a predictor: a registered one, or one `packed`."""
    sources = [predictor_source(name)] if given is None else predictor_sources(opened(given))
    return source_digest(object, sources)


def run_study(
    study: Study,
    results: Path,
    workers: int | None = None,
    progress: Progress = lambda finished: None,
) -> Report:
    """Measure what `results` does not hold yet, and return all of the study's measurements.

    `progress` is told the number of measurements finished since it was last told; first, how many
    were there. A predictor that fails stops no other; one that is broken or lacks a package is left
    out, and is an error if it was asked for by name. Raises UserError; what was finished is then
    stored.
    """
    open_results(results, create=True)
    predictor_digest.cache_clear()  # a file may have been edited since the last call
    with writing(results):
        stored = StoredMeasurements(results)
        stored.check(study.benchmarks)
        tasks = study.tasks()
        waiting = Waiting(
            [task for task in tasks if task not in stored.measurements], attrgetter("predictor")
        )
        report = Report(kept=len(tasks) - len(waiting), warnings=_other_sources(stored, tasks))
        progress(report.kept)
        failed: list[Outcome] = []
        left_out: dict[str, str] = {}
        written = time.monotonic()
        try:
            with closing(
                run_tasks(attempt, waiting, workers or default_workers(), FLUSH_SECONDS)
            ) as lists:
                for finished in lists:
                    outcomes = [outcome for _, outcome in finished]
                    for outcome in sorted(outcomes, key=_went_wrong):  # what may end all: last
                        progress(1)
                        if outcome.result is not None:
                            measurement, execution = outcome.result
                            digest = predictor_digest(outcome.task.predictor, outcome.task.given)
                            stored.add(measurement, replace(execution, source_digest=digest))
                            report.done += 1
                        elif outcome.unusable is None:
                            failed.append(outcome)
                        elif outcome.task.predictor in study.named:
                            raise UserError(outcome.unusable)
                        else:
                            left_out[outcome.task.predictor] = outcome.unusable
                            progress(waiting.drop(outcome.task.predictor))
                    if time.monotonic() - written >= FLUSH_SECONDS:
                        stored.write()
                        written = time.monotonic()
        finally:
            stored.write()
    report.measurements = [
        stored.measurements[task] for task in tasks if task in stored.measurements
    ]
    report.warnings += [f"left out: {sentence}" for sentence in left_out.values()]
    report.failures = _failures(failed, tasks)
    if not report.measurements and left_out:
        raise UserError(f"no predictor can be measured: {next(iter(left_out.values()))}")
    return report


def _went_wrong(outcome: Outcome) -> bool:
    return outcome.result is None


def _other_sources(stored: StoredMeasurements, tasks: list[Task]) -> list[str]:
    """A warning for each predictor whose source is another than that of kept measurements.

    One for all with old digests, of whole modules, which say nothing about what it runs.
    """
    recorded = {
        task: execution.source_digest
        for task in tasks
        if (execution := stored.executions.get(task)) is not None and task in stored.measurements
    }
    known = {task: digest for task, digest in recorded.items() if not is_by_module(digest)}
    changed = {
        task.predictor: None
        for task, digest in known.items()
        if digest != predictor_digest(task.predictor, task.given)
    }
    warnings = [
        f"the source of predictor {name} has changed since measurements in {stored.path} were "
        "made; they are kept: remove that file, or choose another --results, to measure again"
        for name in changed
    ]
    if len(known) < len(recorded):
        warnings.append(
            f"{len(recorded) - len(known)} of {len(recorded)} kept measurements were recorded "
            "before digests were by definition: whether the source of their predictors has "
            "changed is not known"
        )
    return warnings


def _failures(failed: list[Outcome], tasks: list[Task]) -> list[str]:
    """A sentence for each predictor that failed."""
    sentences = []
    for name in dict.fromkeys(outcome.task.predictor for outcome in failed):
        errors = [outcome for outcome in failed if outcome.task.predictor == name]
        count = sum(task.predictor == name for task in tasks)
        first = errors[0].task
        sentences.append(
            f"{name} failed in {len(errors)} of {count} measurements (first on {first.benchmark} "
            f"with {first.labels} labels, seed {first.seed}): {one_line(errors[0].error)}"
        )
    return sentences
