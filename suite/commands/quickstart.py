"""`nasarena quickstart`: the main job on real tables, from nothing to a page."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from suite.commands.output import console
from suite.commands.run import conclude, progress_bar
from suite.errors import UserError

METHODS = "random-search,regularized-evolution,local-search,weaknas-lite"
BENCHMARKS = "nasbench201/*,nasbenchgraph/arxiv,nasbenchgraph/proteins"
SEEDS = 30
BUDGET = 300


def quickstart(
    out: Annotated[
        Path, typer.Option(help="Folder for the results and the page; made anew.")
    ] = Path("nasarena-quickstart"),
) -> None:
    """Run four methods on five benchmarks, 30 seeds each; show the table and write the page.

    Random search, regularized evolution, local search and weaknas-lite, 300 queries each, stopped
    at the optimum. Takes about a minute on two processors. Nothing is downloaded.

    \b
    Example:
      nasarena quickstart --out /tmp/nasarena-quickstart
    """
    from leaderboard.site import write_site
    from leaderboard.tables import print_tables
    from suite.experiment import Experiment
    from suite.runner import default_workers, run_cells
    from suite.statistics.run_set import load_run_sets
    from suite.statistics.summary import summary_rows
    from suite.store import open_results

    results = out / "results"
    if out.exists() and any(out.iterdir()):
        try:
            open_results(results)
        except UserError:
            raise UserError(
                f"{out} exists and was not written by `nasarena quickstart`; "
                "choose another folder with --out"
            ) from None
        shutil.rmtree(out)
    experiment = Experiment(
        methods=METHODS, benchmarks=BENCHMARKS, seeds=SEEDS, budget=BUDGET, results=results
    )
    cells, seeds = experiment.cells(), experiment.seed_range
    with progress_bar(len(cells) * len(seeds)) as tell:
        report = run_cells(cells, seeds, results, default_workers(), tell)
    print_tables(summary_rows(load_run_sets([results])), console())
    page = write_site([results], out / "site")
    print(f"\nThe page: {page.resolve()}\nThe run records: {results.resolve()}")
    conclude(report, results)
