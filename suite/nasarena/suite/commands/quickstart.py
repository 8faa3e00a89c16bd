"""`nasarena quickstart`: the main job on real tables, from nothing to a page."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.output import conclude, console, say
from nasarena.suite.errors import UserError

METHODS = "random-search,regularized-evolution,local-search,weaknas-lite"
BENCHMARKS = "nasbench201/*,nasbenchgraph/arxiv,nasbenchgraph/proteins"
SEEDS = 30
BUDGET = 300
MARKER = "nasarena-quickstart"


def quickstart(
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the results and the page. What this command wrote there before is "
            "replaced.",
        ),
    ] = Path("nasarena-quickstart"),
) -> None:
    """Run four methods on five benchmarks, and write the page.

    Random search, regularized evolution, local search and weaknas-lite run with 30 seeds each, up
    to 300 queries or until the optimum is found. This takes about a minute on two processors.
    Nothing is downloaded.

    \b
    Example:
      nasarena quickstart --out /tmp/nasarena-quickstart
    """
    from nasarena.leaderboard.site import write_site
    from nasarena.leaderboard.tables.samples import print_tables
    from nasarena.suite.runs.experiment import Experiment
    from nasarena.suite.statistics.stored_rows import stored_rows

    results = _made_anew(out)
    experiment = Experiment(
        methods=METHODS, benchmarks=BENCHMARKS, seeds=SEEDS, budget=BUDGET, results=results
    )
    report = experiment.run()
    print_tables(stored_rows(results), console())
    page = write_site([results], out / "site")
    say(f"\nThe page: {page.resolve()}\nThe run records: {results.resolve()}")
    conclude(report, results)


def _made_anew(out: Path) -> Path:
    """The empty folder of results in `out`, which holds nothing but what this command wrote."""
    marker, parts = out / MARKER, (out / "results", out / "site")
    try:
        if out.is_dir() and any(out.iterdir()):
            if not marker.is_file() or {*out.iterdir()} - {marker, *parts}:
                raise UserError(
                    f"{out} contains files that `nasarena quickstart` did not write; "
                    "choose another folder with --out"
                )
            for part in parts:
                shutil.rmtree(part, ignore_errors=True)
        out.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError as error:
        raise UserError(
            f"the folder {out} cannot be made ({error.strerror}); choose another with --out"
        ) from None
    return parts[0]
