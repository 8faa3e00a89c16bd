"""All files of the site, from run sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from markupsafe import Markup

from nasarena.leaderboard.figures.styles import Style, method_styles
from nasarena.leaderboard.pages.benchmark import benchmark_page_of
from nasarena.leaderboard.pages.compare_data import compare_page_json
from nasarena.leaderboard.pages.drawing_pool import Drawn, curve_points, drawn_figures
from nasarena.leaderboard.pages.findings import Findings, findings
from nasarena.leaderboard.pages.front_section import front_sections, require_metrics
from nasarena.leaderboard.pages.grid import grid_csv, grid_latex
from nasarena.leaderboard.pages.headline import first_because, headline_first
from nasarena.leaderboard.pages.live_tables import LiveTable, live_tables
from nasarena.leaderboard.pages.method import method_page_of
from nasarena.leaderboard.pages.overview import ComparisonPart, comparison_part
from nasarena.leaderboard.pages.pictures import benchmark_pictures, ranking_pictures
from nasarena.leaderboard.pages.published_tables import best_verdicts, published_section
from nasarena.leaderboard.pages.rendering import Renderer
from nasarena.leaderboard.pages.rules import Rules
from nasarena.leaderboard.pages.section import Section
from nasarena.leaderboard.pages.slugs import every_pair_file, slug
from nasarena.leaderboard.pages.trend import trend_page_of, trends_grid
from nasarena.leaderboard.tables.formats import records_csv
from nasarena.leaderboard.tables.samples import to_csv, to_json
from nasarena.suite.errors import UserError
from nasarena.suite.gate.trend import Trend
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.intervals import FEWEST_RUNS
from nasarena.suite.statistics.run_set import RunSet, without_live
from nasarena.suite.statistics.summary import summary_rows

File = tuple[str, str | bytes]
"""Its path from the site's root, and its contents."""


@dataclass(frozen=True)
class Trends:
    """The methods of a history, and the address of its repository; empty without."""

    every: Sequence[Trend] = ()
    repo_url: str = ""

    @property
    def methods(self) -> set[str]:
        """The methods that have a page over commits."""
        return {trend.method for trend in self.every}


def site_files(
    run_sets: Sequence[RunSet],
    renderer: Renderer,
    headline: str | None = None,
    trends: Trends | None = None,
    metrics: Sequence[str] = (),
) -> dict[str, bytes]:
    """The contents of all files of the site, by their paths from its root.

    The overview starts with the comparison of the protocol `headline`, as `headline_first` says.
    Methods of `trends` have pages over commits. Benchmarks that have one of `metrics` show the
    front of it and accuracy. Raises UserError for a metric that no benchmark has, and where names
    are such that two files would have one path.
    """
    require_metrics(without_live(run_sets), metrics)
    files: dict[str, bytes] = {}
    for path, content in _files(run_sets, renderer, headline, trends or Trends(), metrics):
        if path in files:
            raise UserError(
                f"two names in the results would share the file {path}; write a site for each"
            )
        files[path] = content if isinstance(content, bytes) else content.encode()
    return files


def _files(
    run_sets: Sequence[RunSet],
    renderer: Renderer,
    headline: str | None,
    trends: Trends,
    metrics: Sequence[str],
) -> Iterator[File]:
    known = without_live(run_sets)
    methods = {runs.identity.method for runs in known}
    styles = method_styles(sorted(methods | trends.methods))
    compared = headline_first(comparisons(known) if known else [], headline)
    with drawn_figures(compared, styles) as drawn:
        rows = summary_rows(run_sets)
        yield "data/samples-to-optimum.csv", to_csv(rows)
        yield "data/samples-to-optimum.json", to_json(rows)
        live = live_tables(rows, run_sets)
        yield from _pages(
            [findings(one, styles) for one in compared],
            live,
            drawn,
            renderer,
            headline,
            trends,
            metrics,
        )
    yield from _trend_pages(trends, methods, styles, renderer)


def _pages(
    every: Sequence[Findings],
    live: Sequence[LiveTable],
    drawn: Drawn,
    renderer: Renderer,
    headline: str | None,
    trends: Trends,
    metrics: Sequence[str],
) -> Iterator[File]:
    parts: list[ComparisonPart] = []
    for one in every:
        parts.append(comparison_part(one, ranking_pictures(one)))
        yield from _downloads(parts[-1].sections)
        yield from _raw_tables(one)
        yield from _benchmark_pages(one, drawn, renderer, metrics)
    shown = {
        "parts": parts,
        "live": live,
        "first_because": first_because([one.comparison for one in every], headline),
    }
    yield "index.html", renderer.page("index.html", "index.html.j2", **shown)
    yield from _method_pages(every, renderer, trends)
    published = published_section(best_verdicts(every), "published", "All figures", _methods(every))
    yield from _downloads([published])
    yield _page(renderer, "published", section=published)
    every_rules = [Rules.of(one.comparison) for one in every]
    yield _page(renderer, "rules", rules=every_rules, fewest_runs=FEWEST_RUNS)
    data = Markup(compare_page_json([one.comparison for one in every]))
    yield _page(renderer, "compare", data=data)


def _page(renderer: Renderer, name: str, **shown: object) -> File:
    return f"{name}.html", renderer.page(f"{name}.html", f"{name}.html.j2", **shown)


def _benchmark_pages(
    found: Findings, drawn: Drawn, renderer: Renderer, metrics: Sequence[str]
) -> Iterator[File]:
    for benchmark in found.comparison.benchmarks:
        pictures = benchmark_pictures(found, benchmark, drawn)
        methods = len(found.comparison.run_sets[benchmark])
        fronts = front_sections(found, benchmark, metrics, curve_points(methods))
        page = benchmark_page_of(found, benchmark, pictures, fronts)
        yield page.path, renderer.page(page.path, "benchmark.html.j2", page=page)
        yield from _downloads(page.sections)


def _method_pages(every: Sequence[Findings], renderer: Renderer, trends: Trends) -> Iterator[File]:
    for method in sorted(_methods(every)):
        page = method_page_of(method, every, has_trend=method in trends.methods)
        yield page.path, renderer.page(page.path, "method.html.j2", page=page)
        yield from _downloads(page.sections)


def _trend_pages(
    trends: Trends, methods: set[str], styles: Mapping[str, Style], renderer: Renderer
) -> Iterator[File]:
    """A page for each method of the history, and one that lists them; nothing without any."""
    if not trends.every:
        return
    section = Section("trends", "All methods of the history", grids=[trends_grid(trends.every)])
    yield _page(renderer, "trends", section=section)
    yield from _downloads([section])
    for trend in trends.every:
        has_page = trend.method in methods
        page = trend_page_of(trend, styles[trend.method], has_page, trends.repo_url)
        yield page.path, renderer.page(page.path, "trend.html.j2", page=page)
        yield from _downloads(page.sections)


def _methods(every: Iterable[Findings]) -> set[str]:
    return set(chain.from_iterable(one.comparison.methods for one in every))


def _raw_tables(found: Findings) -> Iterator[File]:
    """Every row of the comparison's statistics."""
    for file, rows in (
        (f"data/{slug(found.name)}-every-goal.csv", found.goals),
        (f"data/{slug(found.name)}-every-answer.csv", found.fixed),
        (every_pair_file(found.name), found.differences),
    ):
        yield file, records_csv(list(chain.from_iterable(rows.values())))


def _downloads(sections: Iterable[Section]) -> Iterator[File]:
    for section in sections:
        for grid in section.tables:
            yield f"data/{grid.name}.csv", grid_csv(grid)
            yield f"data/{grid.name}.tex", grid_latex(grid)
        for picture in (*section.pictures, *section.linked):
            yield f"data/{picture.name}.csv", picture.drawing.data
            yield f"data/{picture.name}.svg", picture.drawing.svg
            yield f"data/{picture.name}.pdf", picture.drawing.pdf
