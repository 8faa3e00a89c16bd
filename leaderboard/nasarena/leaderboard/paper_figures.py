"""Figures for papers: all figures of results folders, sized for one column or two."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nasarena.leaderboard.figures.benchmark_figures import FIGURES, POINTS, benchmark_figures
from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.figures.process_figures import PROCESS_FIGURES
from nasarena.leaderboard.figures.ranking_figures import RANKING_FIGURES, ranking_figures
from nasarena.leaderboard.figures.sheets import ONE_COLUMN, TWO_COLUMNS, Sheet, on_sheet
from nasarena.leaderboard.figures.styles import Style, method_styles
from nasarena.leaderboard.marked_folder import MarkedFolder
from nasarena.leaderboard.pages.slugs import slug
from nasarena.suite.errors import UserError
from nasarena.suite.names import expand, listed, split_list
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.process import typical_seed
from nasarena.suite.statistics.ranking import ranking
from nasarena.suite.statistics.run_set import RunSet, without_live
from nasarena.suite.workers.places import WorkerDied
from nasarena.suite.workers.processes import default_workers, new_pool, worker_surroundings

SHEETS = {"one": ONE_COLUMN, "two": TWO_COLUMNS}
"""What figures are sized for, by the number of columns."""

FORMATS = ("svg", "pdf", "png")

KINDS = (*RANKING_FIGURES, *FIGURES, *PROCESS_FIGURES)
"""The kinds of figures there are, by the name in their files."""

FOLDER = MarkedFolder(
    what="figures of nasarena",
    marker="nasarena-figures.json",
    version=1,
    written=re.compile(r"captions\.txt|[a-z0-9-]+/(process/)?[a-z0-9-]+\.(csv|pdf|png|svg)"),
)

Watch = Callable[[Iterator[dict[str, Drawing]], int], Iterable[dict[str, Drawing]]]
"""Passes on what is drawn, and may tell a user how far it is of how many."""


def write_figures(
    results: Sequence[Path],
    out: Path,
    sheet: Sheet,
    methods: str = "*",
    benchmarks: str = "*",
    workers: int | None = None,
    watch: Watch = lambda drawn, total: drawn,
    kinds: str = "*",
    keep_going: bool = False,
) -> int:
    """Write the figures of results folders into the folder `out`; returns how many there are.

    A folder a comparison: figures across benchmarks and for each benchmark, and in `process/` how
    the run of each method with the median samples to the optimum went. In the formats of the
    sheet, each with its data as CSV; `captions.txt` says what each shows. `methods` and
    `benchmarks` are names or patterns, with commas, and so are `kinds`, of `KINDS`. Methods with
    failed runs are left out, and with `keep_going` the runs of a method on a benchmark that cannot
    be used, with a warning. Same records, same bytes. What was written there before is replaced.

    Raises UserError for results that cannot be read or have nothing to draw, for names that are
    not in them, for unknown kinds, and for an `out` that holds something else or cannot be written.
    """
    FOLDER.check(out)
    asked = expand(listed(kinds, "kinds of figures"), KINDS, "kind of figure")
    jobs = _jobs(
        asked, _chosen(_with_optimum(load_run_sets(results, keep_going)), methods, benchmarks)
    )
    drawings: dict[str, Drawing] = {}
    for drawn in watch(_drawn(jobs, sheet, workers or default_workers()), len(jobs)):
        drawings |= drawn
    if not drawings:
        raise UserError(
            f"there is nothing to draw: no figure of the kinds {', '.join(asked)} can be made of "
            "these runs; methods with failed or rejected runs are left out"
        )
    FOLDER.write(_files(drawings, sheet), out)
    return len(drawings)


def sheet_of(columns: str, formats: str) -> Sheet:
    """The sheet for `one` or `two` columns and formats with commas; raises UserError."""
    chosen = split_list(formats)
    unknown = [name for name in chosen if name not in FORMATS]
    if unknown or not chosen:
        what = f"unknown format '{unknown[0]}'" if unknown else "no format"
        raise UserError(
            f"{what} in --formats; give some of {', '.join(FORMATS)}, separated by commas"
        )
    return replace(SHEETS[columns], formats=frozenset(chosen))


@dataclass(frozen=True)
class _Job:
    """What one process draws at a time: `draw(*arguments)` gives figures by the ends of their
    paths, which start with `path`.
    """

    path: str
    draw: Callable[..., Mapping[str, Drawing | None]]
    arguments: tuple[Any, ...]


def _with_optimum(run_sets: Sequence[RunSet]) -> list[RunSet]:
    kept = without_live(run_sets)
    if not kept:
        raise UserError(
            "there is nothing to draw: all runs are on live benchmarks or surrogates, whose "
            "optimum is not known; use `nasarena table`"
        )
    return kept


def _chosen(run_sets: Sequence[RunSet], methods: str, benchmarks: str) -> list[RunSet]:
    names = {runs.identity.method for runs in run_sets}
    chosen = expand(split_list(methods), sorted(names), "method")
    names = {runs.identity.benchmark for runs in run_sets}
    places = expand(split_list(benchmarks), sorted(names), "benchmark")
    kept = [
        runs
        for runs in run_sets
        if runs.identity.method in chosen and runs.identity.benchmark in places
    ]
    if not kept:
        raise UserError(
            f"there are no runs of {methods} on {benchmarks}; choose other --methods or "
            "--benchmarks"
        )
    return kept


def _jobs(kinds: Sequence[str], run_sets: Sequence[RunSet]) -> list[_Job]:
    """What is to be drawn: no job for kinds that nobody asked for."""
    across, of_benchmarks, of_searches = (
        [kind for kind in kinds if kind in known]
        for known in (RANKING_FIGURES, FIGURES, PROCESS_FIGURES)
    )
    styles = method_styles([runs.identity.method for runs in run_sets])
    jobs = []
    for comparison in comparisons(run_sets):
        folder = slug(comparison.name)
        if across:
            copied = _fresh(comparison)
            jobs.append(_Job(f"{folder}/", _across, (copied, styles, folder, across)))
        for benchmark, cells in comparison.run_sets.items():
            sound = [replace(cells[name]) for name in comparison.sound_methods if name in cells]
            name = slug(benchmark)
            if of_benchmarks:
                arguments = (sound, styles, name, POINTS, of_benchmarks)
                jobs.append(_Job(f"{folder}/{name}-", benchmark_figures, arguments))
            for runs in sound if of_searches else ():
                name = slug(benchmark, runs.identity.method)
                jobs.append(_Job(f"{folder}/process/{name}-", _process, (runs, name, of_searches)))
    return jobs


def _fresh(comparison: Comparison) -> Comparison:
    """Without what was worked out of its runs so far: processes get copies."""
    run_sets = {
        benchmark: {method: replace(runs) for method, runs in cells.items()}
        for benchmark, cells in comparison.run_sets.items()
    }
    return Comparison(comparison.name, run_sets)


def _across(
    comparison: Comparison, styles: dict[str, Style], name: str, kinds: Sequence[str]
) -> dict[str, Drawing]:
    return ranking_figures(comparison, styles, name, ranking(comparison), kinds)


def _process(runs: RunSet, name: str, kinds: Sequence[str]) -> dict[str, Drawing | None]:
    seed = typical_seed(runs)
    return {
        figure: draw(runs, f"{name}-{figure}", seed)
        for figure, draw in PROCESS_FIGURES.items()
        # A list without decisions has no map that a path could be drawn on.
        if figure in kinds and (figure != "path" or runs.benchmark.space.choices)
    }


def _drawn(jobs: Sequence[_Job], sheet: Sheet, workers: int) -> Iterator[dict[str, Drawing]]:
    """What each job draws, by path without the format, in the order of the jobs."""
    if workers == 1 or len(jobs) < 2 * workers:
        yield from (_draw(job, sheet) for job in jobs)
        return
    pool = new_pool(workers)
    try:
        with worker_surroundings():
            futures = [pool.submit(_draw, job, sheet) for job in jobs]
        for future in futures:
            yield future.result()
    except BrokenProcessPool:
        raise WorkerDied from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _draw(job: _Job, sheet: Sheet) -> dict[str, Drawing]:
    with on_sheet(sheet):
        drawings = job.draw(*job.arguments)
    return {
        f"{job.path}{figure}": drawing
        for figure, drawing in drawings.items()
        if drawing is not None
    }


def _files(drawings: Mapping[str, Drawing], sheet: Sheet) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path, drawing in drawings.items():
        contents = {"svg": drawing.svg.encode(), "pdf": drawing.pdf, "png": drawing.png}
        files |= {f"{path}.{name}": contents[name] for name in FORMATS if name in sheet.formats}
        files[f"{path}.csv"] = drawing.data.encode()
    captions = [
        f"{path}\n{drawing.title}.\n{drawing.description}\n" for path, drawing in drawings.items()
    ]
    return files | {"captions.txt": "\n".join([HEAD, *captions]).encode()}


HEAD = """What each figure shows. The figures in process/ show the run with the median samples to
the optimum; its seed is given.
"""
