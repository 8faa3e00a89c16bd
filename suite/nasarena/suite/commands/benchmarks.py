"""`nasarena benchmarks`: what can be searched."""

from typing import Any

from nasarena.suite.commands.options import Json
from nasarena.suite.commands.output import console, print_json, warn


def benchmarks(json: Json = False) -> None:
    """List the benchmarks: size, optimum and licence.

    Their tables come with the installation or were imported with `nasarena import`; nothing is
    downloaded. A live benchmark has no table: it trains an architecture when a search queries it.

    \b
    Example:
      nasarena benchmarks --json
    """
    from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
    from nasarena.suite.plugins import BrokenPlugin

    facts = []
    for name in benchmark_names():
        try:
            facts.append(_facts(load_benchmark(name)))
        except BrokenPlugin as error:
            warn(str(error))
    if json:
        print_json(facts)
        return
    from rich.table import Table
    from rich.text import Text

    listing = Table(title="Benchmarks", title_justify="left")
    for column in ("name", "size", "classes", "best, %", "optimum", "test", "licence"):
        numeric = column in ("size", "classes", "best, %")
        # Names are for typing: the optimum's gives way to them.
        whole = column == "name"
        listing.add_column(
            column,
            justify="right" if numeric else "left",
            no_wrap=whole or column == "optimum",
            min_width=max((len(row["name"]) for row in facts), default=0) if whole else None,
        )
    for row in facts:
        cells = (
            row["name"],
            f"{row['size']:,}",
            f"{row['isomorphism_classes']:,}",
            "not known" if row["best_validation"] is None else f"{row['best_validation']:.4f}",
            ", ".join(row["optimum"]) if row["optimum_known"] else "not known",
            "yes" if row["has_test"] else "no",
            row["licence"],
        )
        listing.add_row(*map(Text, cells))  # Text: what stands in brackets is no markup
    console().print(listing)


def _facts(benchmark: Any) -> dict[str, Any]:
    space, table = benchmark.space, benchmark.table
    return {
        "name": benchmark.name,
        "size": table.size,
        "isomorphism_classes": space.class_count,
        "optimum_known": table.optimum_known,
        "optimum": [space.key(int(id)) for id in table.optimum],
        "optimum_ids": table.optimum.tolist(),
        "best_validation": table.best_validation if table.optimum_known else None,
        "has_test": table.test is not None,
        "has_training_seconds": table.training_seconds is not None,
        "training_runs": int(table.runs.max()) if table.optimum_known else 1,
        "source": benchmark.file.source,
        "sha256": table.sha256,
        "source_sha256": benchmark.file.sha256,
        "licence": benchmark.licence,
        "citation": benchmark.citation,
    }
