"""The ranking over several targets, as a table."""

from nasarena.leaderboard.pages.columns import method_column
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import Grid, estimate_column, number_column
from nasarena.leaderboard.pages.slugs import slug
from nasarena.suite.statistics.runtime_ecdf import DEFINITION, runtime_ecdf


def ecdf_grid(findings: Findings) -> Grid | None:
    """Ranked methods by the area under their curve of targets reached; None without any."""
    found = runtime_ecdf(findings.comparison)
    methods = list(found.areas)
    if not methods:
        return None
    samples = {row.method: row.samples.value for row in findings.ranking.rows}
    places = {it: 1 + sum(one < own for one in samples.values()) for it, own in samples.items()}
    areas = [area.map(lambda share: 100 * share) for area in found.areas.values()]
    return Grid(
        name=f"{slug(findings.name)}-targets-table",
        caption="Methods by the area under their curve of targets reached, largest first. "
        "Benchmarks whose optimum is hardly ever found count too. "
        f"{DEFINITION} Brackets: 95 % intervals over runs.",
        columns=[
            method_column(findings, methods),
            estimate_column("area, %", "area", areas, "{:.1f}".format, scale=100),
            number_column(
                "reached at the budget, %",
                "reached",
                [100 * float(share[-1]) for share in found.shares.values()],
                "{:.1f}".format,
            ),
            number_column(
                "place by samples", "place", [places.get(it) for it in methods], "{:.0f}".format
            ),
        ],
    )
