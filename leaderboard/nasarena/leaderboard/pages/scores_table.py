"""How well zero-cost scores order a benchmark, as a part of its page."""

from nasarena.leaderboard.pages.grid import Grid, estimate_column, number_column, text_column
from nasarena.leaderboard.pages.section import Section
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.tables.zero_cost import EXPLANATION, best_first, heading
from nasarena.suite.statistics.score_quality import score_rows


def scores_sections(comparison: str, benchmark: str) -> list[Section]:
    """The section about zero-cost scores; none where parameters are the only one, or nothing is."""
    rows = best_first(score_rows(benchmark))
    if len(rows) < 2:
        return []
    columns = [
        text_column("score", "score", [row.score for row in rows]),
        number_column(
            "architectures",
            "architectures",
            [row.architectures for row in rows],
            lambda value: f"{value:,.0f}",
        ),
        estimate_column("all", "spearman", [row.spearman for row in rows], "{:.3f}".format),
        estimate_column(
            "minus params", "minus_params", [row.minus_params for row in rows], "{:+.3f}".format
        ),
        estimate_column(
            "top tenth", "spearman_top", [row.spearman_top for row in rows], "{:.3f}".format
        ),
        estimate_column(
            "minus params, top",
            "minus_params_top",
            [row.minus_params_top for row in rows],
            "{:+.3f}".format,
        ),
    ]
    if any(row.seconds is not None for row in rows):
        columns.append(
            number_column("seconds", "seconds", [row.seconds for row in rows], "{:.2g}".format)
        )
    grid = Grid(f"{slug(comparison, benchmark)}-scores", EXPLANATION, columns)
    sentence = (
        "What is known before any training, and methods are given by problem.proxies(): "
        f"{heading(rows).partition(': ')[2]}."
    )
    return [Section("scores", "Zero-cost scores", sentences=[sentence], grids=[grid])]
