"""`nasarena run`: an experiment, run afresh or completed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasarena.suite.commands import completion
from nasarena.suite.commands.options import DEFAULT_RESULTS, PATTERNS
from nasarena.suite.commands.output import conclude, counted, duration, say

if TYPE_CHECKING:
    from nasarena.suite.runs.experiment import Experiment

START_SECONDS = 3.0
"""Until the first processes have started and loaded their libraries."""

CELL_BYTES = 20_000
"""The two files of a cell, without traces."""


def run(
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Names, patterns (* and ?), path/to/file.py:ClassName or "
            "package.module:ClassName, separated by commas; parameters in brackets.",
            autocompletion=completion.methods,
        ),
    ] = None,
    benchmarks: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help=PATTERNS, autocompletion=completion.benchmarks),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            metavar="SEEDS",
            help="A number (30: seeds 0 to 29) or a range (100:200: 100 to 199). [default: 100]",
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of a protocol, or its .toml file. [default: weaknas-paper]",
            autocompletion=completion.protocols,
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="N", help="Charged queries allowed in a run. [default: protocol's]"),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="LABELS",
            help="What a query answers: the mean of the training runs, or one_run. "
            "[default: protocol's]",
            autocompletion=completion.values("mean", "one_run"),
        ),
    ] = None,
    duplicates: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="What is charged: every architecture (by_id), or one of each isomorphism class "
            "(by_isomorphism). [default: protocol's]",
            autocompletion=completion.values("by_id", "by_isomorphism"),
        ),
    ] = None,
    stop: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="Where a run stops: at the optimum, or at the budget. [default: protocol's]",
            autocompletion=completion.values("optimum", "budget"),
        ),
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC:N",
            help="Only architectures with at most so much of a metric can be the answer (at least, "
            "where more is better): latency_ms.edgegpu:5. [default: protocol's]",
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help=f"Folder for the run records. [default: {DEFAULT_RESULTS}]"
        ),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(metavar="N", help="Number of processes. [default: one for each processor]"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Make the runs on the workers of a Dask scheduler, tcp://host:8786, instead of "
            "on processes here; local:4 is one of this machine with four workers. [default: none]",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="DEVICE",
            help="Where torch computes: cpu or cuda. Only the CPU is sure to give the same trace "
            "again. [default: cpu]",
            autocompletion=completion.values("cpu", "cuda"),
        ),
    ] = None,
    run_timeout: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="A run that takes longer is a failed run, and the others go on. "
            "[default: no limit]",
        ),
    ] = None,
    run_memory: Annotated[
        str | None,
        typer.Option(
            metavar="MB",
            help="A run that takes more megabytes, beside what its process has at the start, is a "
            "failed run (Linux). [default: no limit]",
        ),
    ] = None,
    experiment: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A .toml file with the options above as keys; options on the command line win.",
        ),
    ] = None,
    judge: Annotated[
        bool,
        typer.Option(
            "--judge",
            help="Measure how well a method's predictor orders the space each time it was "
            "trained, for nasarena compare. Traces stay the same; runs take longer.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Let methods search in processes that cannot reach the tables (Linux). A query "
            "takes longer; traces stay the same.",
        ),
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Make all these runs anew, after the method changed for example. The old ones "
            "are kept aside until the new ones are complete.",
        ),
    ] = False,
    fetch: Annotated[
        bool,
        typer.Option("--fetch", help="Fetch benchmarks that can be fetched and are not here yet."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would run and how long it takes; run nothing."),
    ] = False,
) -> None:
    """Run methods on benchmarks for many seeds.

    Finished runs in the results folder are not repeated, so an interrupted command continues when
    it is given again. Failed runs are tried again; nasarena runs lists them.

    A run ends at the optimum or the budget (--stop), or after as many repeated queries in a row as
    20 times its budget: 6,000 for a budget of 300. Such a run gave up. So did one whose method
    returned early. Both count as not having found the optimum in the whole budget, and a warning
    says how many there were.

    Another budget, or other labels, duplicates, stop or limit make another protocol, named after
    the change: weaknas-paper[budget=300]. A budget above the size of the space is cut to that
    size. With --labels one_run, runs stop at the budget.

    \b
    Examples:
      nasarena run --methods weaknas-lite,random-search --seeds 30 --budget 300 \\
          --benchmarks "nasbench201/*" --results my-results
      nasarena run --methods "weaknas-lite[top_n=30],my_method.py:MyMethod" \\
          --benchmarks nasbenchgraph/arxiv --protocol one-run
    """
    chosen = _experiment(
        {
            "methods": methods,
            "benchmarks": benchmarks,
            "seeds": seeds,
            "protocol": protocol,
            "budget": budget,
            "labels": labels,
            "duplicates": duplicates,
            "stop": stop,
            "limit": limit,
            "results": results,
            "workers": workers,
            "scheduler": scheduler,
            "device": device,
            "run_timeout": run_timeout,
            "run_memory": run_memory,
            "judge": judge or None,
            "strict": strict or None,
        },
        experiment,
        fetch,
    )
    if dry_run:
        say(expectation(chosen))
        return
    conclude(chosen.run(fresh=fresh), chosen.results)


def _experiment(values: dict[str, Any], file: Path | None, fetch: bool) -> "Experiment":
    """The experiment; with `fetch`, what it needs is fetched before. Raises UserError."""
    from nasarena.suite.benchmarks.registry import NotFetched
    from nasarena.suite.commands.fetch import fetch_one
    from nasarena.suite.runs.experiment import make_experiment

    while True:
        try:
            return make_experiment(values, file)
        except NotFetched as error:
            if not fetch:
                raise
            missing = error.entry
        fetch_one(missing)


def expectation(experiment: "Experiment") -> str:
    """What running it would take, in words: missing runs, time, disk (rough upper bounds)."""
    from nasarena.suite.records.store import cell_folder
    from nasarena.suite.records.stored_runs import StoredRuns
    from nasarena.suite.workers.processes import default_workers

    cells, seeds = experiment.cells(), experiment.seed_range
    workers = experiment.workers or default_workers()
    seconds, size, missing = START_SECONDS, 0.0, 0
    unknown = set()
    for cell in cells:
        identity = cell.identity()
        named = identity.protocol, identity.benchmark, identity.method
        folder = cell_folder(experiment.results, *named)
        pending = len(set(seeds) - StoredRuns(folder, identity).finished())
        missing += pending
        cost = getattr(cell.method.build(), "seconds_per_query", None)
        if cost is None:
            unknown.add(cell.method.name)
        seconds += pending * identity.budget * (cost or 0.0) / workers
        size += CELL_BYTES + pending * 4 * identity.budget
    time = f"at most about {duration(seconds)} on {counted(workers, 'process')}"
    if unknown:
        time += f", not counting {', '.join(sorted(unknown))} (cost not stated)"
    if trainings := experiment.most_trainings():
        time += f", plus at most {counted(trainings, 'training')} of some seconds each"
    total = len(cells) * len(seeds)
    done = f", {total - missing} of them done before" if missing < total else ""
    return (
        f"{counted(total, 'run')} ({counted(len({cell.method for cell in cells}), 'method')} x "
        f"{counted(len({cell.benchmark for cell in cells}), 'benchmark')} x "
        f"{counted(len(seeds), 'seed')}, {cells[0].protocol.name}){done}: {time}; at most about "
        f"{size / 1e6:.3g} MB on disk"
    )
