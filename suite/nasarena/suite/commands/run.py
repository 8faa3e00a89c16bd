"""`nasarena run`: an experiment, run afresh or completed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.output import conclude, duration

if TYPE_CHECKING:
    from nasarena.suite.runs.experiment import Experiment

START_SECONDS = 3.0
"""Until the first processes have started and loaded their libraries."""

CELL_BYTES = 20_000
"""The two files of a cell, without traces."""


def run(
    methods: Annotated[
        str | None,
        typer.Option(help="Names, patterns (* and ?), or path/to/file.py:ClassName; with commas."),
    ] = None,
    benchmarks: Annotated[
        str | None, typer.Option(help="Names or patterns (* and ?), with commas.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="30 (seeds 0 to 29) or 100:200 (100 to 199). [default: 100]")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="A name, or a .toml file. [default: weaknas-paper]")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Charged queries allowed, instead of the protocol's.")
    ] = None,
    labels: Annotated[str | None, typer.Option(help="mean or one_run.")] = None,
    duplicates: Annotated[str | None, typer.Option(help="by_id or by_isomorphism.")] = None,
    stop: Annotated[str | None, typer.Option(help="optimum or budget.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="Folder of the run records. [default: nasarena-results]")
    ] = None,
    workers: Annotated[
        str | None, typer.Option(help="Processes. [default: one for each processor]")
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            help="cpu, or cuda: where torch computes, if it sees one. Same seed, same trace is "
            "promised for the CPU. [default: cpu]"
        ),
    ] = None,
    experiment: Annotated[
        Path | None, typer.Option(help="A .toml file with these keys; flags go before it.")
    ] = None,
    judge: Annotated[
        bool,
        typer.Option(
            "--judge",
            help="Hold the predictors that methods show against the table, each time that they "
            "were trained: see nasarena compare. Traces are the same; it takes longer.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be run, and run nothing.")
    ] = False,
) -> None:
    """Run methods on benchmarks for many seeds; finished runs are kept, missing ones added.

    An overridden protocol is another protocol, and named so: weaknas-paper[budget=300]. A budget
    above a space's size is that size. Labels of one run imply --stop budget.

    \b
    Examples:
      nasarena run --methods weaknas-lite,random-search --benchmarks "nasbench201/*" \\
          --seeds 30 --budget 300 --results my-results
      nasarena run --methods "weaknas-lite[top_n=30],my_method.py:MyMethod" \\
          --benchmarks nasbenchgraph/arxiv --protocol one-run
    """
    from nasarena.suite.runs.experiment import make_experiment

    chosen = make_experiment(
        {
            "methods": methods,
            "benchmarks": benchmarks,
            "seeds": seeds,
            "protocol": protocol,
            "budget": budget,
            "labels": labels,
            "duplicates": duplicates,
            "stop": stop,
            "results": results,
            "workers": workers,
            "device": device,
            "judge": judge or None,
        },
        experiment,
    )
    if dry_run:
        print(expectation(chosen))
        return
    conclude(chosen.run(), chosen.results)


def expectation(experiment: "Experiment") -> str:
    """What running it would take, in words: missing runs, time, disk. Upper bounds, about."""
    from nasarena.suite.records.store import StoredRuns, cell_folder
    from nasarena.suite.workers import default_workers

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
    time = f"at most about {duration(seconds)} on {workers} processes"
    if unknown:
        time += f" and what {', '.join(sorted(unknown))} need (they state no cost)"
    if trainings := experiment.most_trainings():
        time += f", and at most {trainings} trainings (some seconds each)"
    total = len(cells) * len(seeds)
    there = f", {total - missing} of them there" if missing < total else ""
    return (
        f"{total} runs ({len({cell.method for cell in cells})} methods x "
        f"{len({cell.benchmark for cell in cells})} benchmarks x {len(seeds)} seeds, "
        f"{cells[0].protocol.name}){there}: {time}, at most about {size / 1e6:.3g} MB on disk"
    )
