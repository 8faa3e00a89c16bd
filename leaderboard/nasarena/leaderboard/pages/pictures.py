"""The figures of the pages, with what is said below them."""

from collections.abc import Mapping

from nasarena.leaderboard.figures.curves import axis_of
from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.figures.ranking_figures import ranking_figures
from nasarena.leaderboard.pages.drawing_pool import Drawn
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.section import Picture
from nasarena.leaderboard.pages.slugs import slug
from nasarena.suite.statistics.performance_profiles import DEFINITION

BENCHMARK_CAPTIONS = {
    "found": "Share of runs that have found the optimum, against charged queries, with 95 % "
    "intervals. Higher and further left is better.",
    "regret": "Regret of the best architecture so far, against charged queries: means "
    "over runs with 95 % bootstrap bands. Lower is better.",
    "cost": "Share of runs that have found the optimum, against hours of training, with 95 % "
    "intervals. Higher and further left is better.",
}
RANKING_CAPTIONS = {
    "critical-difference": "Critical differences: mean ranks, treating the benchmarks as a random "
    "sample. Methods joined by a bar are not separated (Nemenyi's test, 5 %).",
    "profile": "Performance profiles: the share of problems solved within a factor of the best "
    f"method's mean samples. Higher is better. {DEFINITION}",
    "targets": "Targets reached: the share of pairs of a run and a target that are reached, "
    "against charged queries. Higher and further left is better.",
    "heat-map": "The same as a figure, in times fewer samples than random search:",
}


def benchmark_pictures(findings: Findings, benchmark: str, drawn: Drawn) -> dict[str, Picture]:
    """A benchmark's figures of methods without failed runs, by their kind; empty without any."""
    name, unit = findings.name, findings.comparison.unit
    return _pictures(slug(name, benchmark), drawn(name, benchmark), BENCHMARK_CAPTIONS, unit)


def ranking_pictures(findings: Findings) -> dict[str, Picture]:
    """The figures across benchmarks that can be drawn, by their kind."""
    name = slug(findings.name)
    drawings = ranking_figures(findings.comparison, findings.styles, name, findings.ranking)
    return _pictures(name, drawings, RANKING_CAPTIONS, findings.comparison.unit)


def _pictures(
    name: str, drawings: Mapping[str, Drawing], captions: Mapping[str, str], unit: str
) -> dict[str, Picture]:
    return {
        kind: Picture(
            f"{name}-{kind}", drawing, captions[kind].replace("charged queries", axis_of(unit))
        )
        for kind, drawing in drawings.items()
    }
