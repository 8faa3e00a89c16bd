"""`nasarena run`: an experiment, run afresh or completed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.output import conclude, duration, progress_bars

if TYPE_CHECKING:
    from nasarena.suite.runs.execute import Cell

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
    from nasarena.suite.runs.runner import run_cells
    from nasarena.suite.workers import default_workers

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
    count = chosen.workers or default_workers()
    cells, seed_range = chosen.cells(), chosen.seed_range
    if dry_run:
        print(expectation(cells, seed_range, chosen.results, count))
        return
    bars = [(len(cells) * len(seed_range), "running", "runs")]
    if trainings := most_trainings(cells, seed_range):
        bars.append((trainings, "training, at most", "trainings"))
    with progress_bars(bars) as (tell, *trained):
        report = run_cells(cells, seed_range, chosen.results, count, tell, chosen.device, *trained)
    conclude(report, chosen.results)


def expectation(cells: "list[Cell]", seeds: range, results: Path, workers: int) -> str:
    """What running cells would take, in words: missing runs, time, disk. Upper bounds, about."""
    from nasarena.suite.records.store import StoredRuns, cell_folder

    seconds, size, missing = START_SECONDS, 0.0, 0
    unknown = set()
    for cell in cells:
        identity = cell.identity()
        folder = cell_folder(results, identity.protocol, identity.benchmark, identity.method)
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
    if trainings := most_trainings(cells, seeds):
        time += f", and at most {trainings} trainings (some seconds each)"
    total = len(cells) * len(seeds)
    there = f", {total - missing} of them there" if missing < total else ""
    return (
        f"{total} runs ({len({cell.method for cell in cells})} methods x "
        f"{len({cell.benchmark for cell in cells})} benchmarks x {len(seeds)} seeds, "
        f"{cells[0].protocol.name}){there}: {time}, at most about {size / 1e6:.3g} MB on disk"
    )


def most_trainings(cells: "list[Cell]", seeds: range) -> int:
    """How many architectures runs on live benchmarks could train, at most."""
    from nasarena.suite.benchmarks.registry import load_benchmark
    from nasarena.suite.live.benchmark import LiveBenchmark
    from nasarena.suite.runs.execute import effective_budget

    return sum(
        len(seeds) * effective_budget(benchmark, cell.protocol)
        for cell in cells
        if isinstance(benchmark := load_benchmark(cell.benchmark), LiveBenchmark)
    )
