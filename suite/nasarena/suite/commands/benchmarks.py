"""`nasarena benchmarks`: what can be searched."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nasarena.suite.commands.options import Json
from nasarena.suite.commands.output import console, print_json, warn
from nasarena.suite.errors import one_line

if TYPE_CHECKING:
    from rich.table import Table

    from nasarena.suite.tables.fetched.catalogue import Entry


def benchmarks(json: Json = False) -> None:
    """List the benchmarks: size, optimum and licence.

    Their tables come with the installation, were imported with `nasarena import`, or fetched with
    `nasarena fetch`; nothing is downloaded. What can be fetched is listed below in grey. A live
    benchmark has no table: it trains an architecture when a search queries it.

    \b
    Example:
      nasarena benchmarks --json
    """
    from nasarena.suite.benchmarks.fetching import is_here
    from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
    from nasarena.suite.plugins import BrokenPlugin
    from nasarena.suite.tables.fetched.catalogue import catalogue

    facts = []
    for name in benchmark_names():
        try:
            facts.append(_facts(load_benchmark(name)))
        except BrokenPlugin as error:
            warn(str(error))
    if json:
        print_json(facts)
        return
    target = console()
    target.print(listing(facts, target.width))
    missing = [entry for entry in catalogue().values() if not is_here(entry)]
    if missing:
        target.print(fetchable(missing, target.width))


NARROW = 100
"""Columns of a terminal below which the listing gives the most important facts alone."""


LONG_NAME, LEAST_NAME, LEAST_OPTIMUM = 40, 12, 8
"""Columns of a name, with room for those that can be fetched; and the fewest."""


def listing(facts: list[dict[str, Any]], width: int) -> "Table":
    """The benchmarks as a table for a terminal of this width: no name is cut, nor a number."""
    from rich.table import Table
    from rich.text import Text

    most = {"name": LONG_NAME, "size": 9, "best": 14, "licence": 12, "test": 4, "classes": 9}
    shown = ["name", "size", "best", "optimum"]
    if width >= NARROW:
        shown = ["name", "size", "classes", "best", "optimum", "test", "licence"]
    rows = [_cells(row) for row in facts]
    widths = {
        column: min(most[column], max(len(column), *(len(row[column]) for row in rows)))
        for column in shown
        if column != "optimum"
    }
    # Names and numbers are whole, on several lines where they are long: the optimum gives way.
    room = width - sum(widths.values()) - 3 * len(shown) - 1
    widths["name"] -= min(max(LEAST_OPTIMUM - room, 0), widths["name"] - LEAST_NAME)
    widths["optimum"] = max(LEAST_OPTIMUM, room)
    table = Table(title="Benchmarks", title_justify="left")
    for column in shown:
        whole = column in ("name", "best")
        table.add_column(
            column,
            justify="right" if column in ("size", "classes", "best") else "left",
            overflow="fold" if whole else "ellipsis",
            no_wrap=not whole,
            min_width=None if column == "optimum" else widths[column],
            max_width=widths[column],
        )
    for row in rows:
        # Text: what stands in brackets is no markup.
        table.add_row(*(Text(row[column]) for column in shown))
    return table


def fetchable(entries: "Sequence[Entry]", width: int) -> "Table":
    """What is not here and can be fetched, in grey, with the command."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Not fetched", title_justify="left", style="dim", title_style="dim italic")
    table.add_column("command", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("what it adds")
    if width >= NARROW:
        table.add_column("licence", no_wrap=True)
    for entry in entries:
        cells = [entry.command, entry.shown_size, entry.adds, entry.licence]
        table.add_row(*map(Text, cells[: len(table.columns)]), style="dim")
    return table


def _cells(row: dict[str, Any]) -> dict[str, str]:
    best = "surrogate" if row.get("surrogate") else "not known"
    if row["best_validation"] is not None:
        objective = row["objective"]
        name = "" if objective["name"] == "accuracy" else one_line(objective["name"], 20)
        best = " ".join(filter(None, (f"{row['best_validation']:.4f}", objective["unit"], name)))
    return {
        "name": row["name"],
        "size": f"{row['size']:,}",
        "classes": "not known"
        if row["isomorphism_classes"] is None
        else f"{row['isomorphism_classes']:,}",
        "best": best,
        "optimum": ", ".join(row["optimum"]) if row["optimum_known"] else "not known",
        "test": "yes" if row["has_test"] else "no",
        "licence": row["licence"],
    }


def _facts(benchmark: Any) -> dict[str, Any]:
    from nasarena.suite.tables.fetched.catalogue import not_here

    space, table, objective = benchmark.space, benchmark.table, benchmark.objective
    return {
        "name": benchmark.name,
        "size": table.size,
        "isomorphism_classes": space.class_count if space.enumerable else None,
        "optimum_known": table.optimum_known,
        "optimum": [space.key(int(id)) for id in table.optimum],
        "optimum_ids": table.optimum.tolist(),
        "surrogate": benchmark.is_surrogate,
        "objective": asdict(objective),
        "best_validation": objective.measured(table.best_validation)
        if table.optimum_known
        else None,
        "has_test": table.test is not None,
        "has_training_seconds": table.training_seconds is not None,
        "training_runs": int(table.runs.max()) if table.optimum_known else 1,
        "source": benchmark.file.source,
        "sha256": table.sha256,
        "source_sha256": benchmark.file.sha256,
        "licence": benchmark.licence,
        "citation": benchmark.citation,
        "metrics": [
            {
                **asdict(column.metric),
                "measured": column.measured,
                "source": column.source or "table",
                "sha256": column.sha256,
            }
            for column in benchmark.metrics.values()
        ],
        "can_be_fetched": [
            {"name": entry.name, "adds": entry.adds, "command": entry.command}
            for entry in not_here(benchmark.name)
        ],
    }
