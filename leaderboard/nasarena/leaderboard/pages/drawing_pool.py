"""The figures of all benchmarks, drawn while the statistics are worked out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace

from nasarena.leaderboard.figures.benchmark_figures import FIGURES, POINTS, benchmark_figures
from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.pages.slugs import slug
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.workers.places import WorkerDied
from nasarena.suite.workers.processes import default_workers, new_pool, worker_surroundings

PAGE_POINTS = 15_000
"""Points of all curves of a page: they are most of it, and it stays below 1.5 MB."""

WORTH_PROCESSES = 8
"""So many benchmarks take longer to draw than processes take to start."""

Drawn = Callable[[str, str], dict[str, Drawing]]
"""The figures of a comparison's benchmark, by their kind: the names of both are given."""


@contextmanager
def drawn_figures(
    comparisons: Sequence[Comparison], styles: Mapping[str, Style], processors: int | None = None
) -> Iterator[Drawn]:
    """Give the figures of every benchmark, drawn by as many processes as there are processors.

    This process is one of them: it draws what is asked for and not begun. The others begin at the
    end, so ask in the order of the comparisons. Methods with failed
    runs are left out. With few benchmarks, or one processor, all is drawn here: the bytes are the
    same. Raises WorkerDied, when asked, if a process died.
    """
    tasks = {
        (comparison.name, benchmark): (
            _sound(comparison, benchmark),
            styles,
            slug(comparison.name, benchmark),
        )
        for comparison in comparisons
        for benchmark in comparison.benchmarks
    }
    workers = (processors or default_workers()) - 1
    if workers < 1 or len(tasks) < WORTH_PROCESSES:
        yield lambda *key: _draw(*tasks[key])
        return
    pool = new_pool(workers)
    try:
        with worker_surroundings():
            # Without what was worked out of the runs so far, which is larger than they are.
            futures = {
                key: pool.submit(_draw, [replace(runs) for runs in sound], styles, name)
                for key, (sound, _, name) in reversed(tasks.items())
            }

        def drawn(*key: str) -> dict[str, Drawing]:
            task, future = tasks.pop((key[0], key[1])), futures.pop((key[0], key[1]))
            try:
                return _draw(*task) if future.cancel() else future.result()
            except BrokenProcessPool:
                raise WorkerDied from None

        yield drawn
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _sound(comparison: Comparison, benchmark: str) -> list[RunSet]:
    """The runs of methods without failed runs."""
    cells = comparison.run_sets[benchmark]
    return [cells[method] for method in comparison.sound_methods if method in cells]


def _draw(run_sets: Sequence[RunSet], styles: Mapping[str, Style], name: str) -> dict[str, Drawing]:
    return benchmark_figures(run_sets, styles, name, curve_points(len(run_sets)))


def curve_points(methods: int) -> int:
    """About how many points each curve of a page has, where there are so many methods."""
    return min(POINTS, max(12, PAGE_POINTS // (len(FIGURES) * max(1, methods))))
