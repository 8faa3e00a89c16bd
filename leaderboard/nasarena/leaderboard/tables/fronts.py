"""Tables of two objectives: the true front, and how much of it methods have measured."""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from nasarena.leaderboard.tables.formats import (
    Column,
    latex_table,
    markdown_tables,
    print_blocks,
    records_csv,
)
from nasarena.leaderboard.texts import NOTHING, interval_text, seed_count, span
from nasarena.suite.errors import printable
from nasarena.suite.statistics.front_table import FrontRow, FrontTable
from nasarena.suite.statistics.fronts import TwoObjectives
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.samples import flat

if TYPE_CHECKING:
    from rich.console import Console

MOST_COLUMNS = 4
"""So many numbers of queries are shown; CSV and JSON have all."""

EXPLANATION = (
    "After N: the hypervolume of what was measured in N queries (full trainings, where a protocol "
    "has shorter ones), in percent of the true front's: the area between the reference point (the "
    "worst of the space in both objectives) and all that the front dominates. The front is chosen "
    "by what queries answered and judged by mean labels. Front found: the share of the true "
    "front's architectures that were queried. Means over runs; in brackets: 95 % intervals."
)

STOPPED = (
    " Runs under protocols that stop at the optimum end there, and their front stays as it was: "
    "compare fronts under a protocol that stops at the budget."
)


def metric_text(both: TwoObjectives) -> str:
    """`latency_ms.edgegpu (ms)`, or the name alone where there is no unit."""
    metric = both.metric
    return f"{metric.name} ({metric.unit})" if metric.unit else metric.name


def heading(table: FrontTable) -> str:
    """What one table is about."""
    rows, both = table.rows, table.both
    objective = both.benchmark.objective
    better = "less" if both.metric.direction == "min" else "more"
    return printable(
        f"{rows[0].benchmark}: {rows[0].protocol}, budget {span({row.budget for row in rows})}, "
        f"{seed_count(row.seeds for row in rows)}; {objective.validation} and {metric_text(both)}, "
        f"{better} is better"
    )


def front_sentence(both: TwoObjectives) -> str:
    """The true front in one sentence, with the reference point."""
    size, measured = both.first.size, int(both.measured.sum())
    ids, objective = both.front, both.benchmark.objective
    ends = [_point(both, float(both.first[id]), float(both.second[id])) for id in ids[[0, -1]]]
    span_text = f"at {ends[0]}" if ids.size == 1 else f"from {ends[0]} to {ends[1]}"
    missing = ""
    if measured < size:
        without = f"no value of {both.metric.name}"
        if limit := both.benchmark.limit_text:
            without += f", or not {limit}"
        missing = f" {size - measured:,} of {size:,} lie on no front: they have {without}."
    count = "one architecture" if ids.size == 1 else f"{ids.size} architectures"
    return printable(
        f"True front: {count} of {measured:,}, {span_text}. Reference point: "
        f"{_point(both, *both.reference.tolist())}, the worst {objective.validation} and the worst "
        f"{both.metric.name} of the space.{missing}"
    )


def _point(both: TwoObjectives, first: float, second: float) -> str:
    """`91.61 % and 6.81 ms`."""
    decimals = 2 if both.benchmark.objective.is_accuracy else 4
    value = both.as_measured(second)
    said = f"{both.benchmark.objective.text(first, decimals)} and {value_text(value)}"
    return f"{said} {both.metric.unit or both.metric.name}"


def value_text(value: float) -> str:
    """A value of a metric with four significant digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def share_text(share: float) -> str:
    """A share of the true front's hypervolume, in percent."""
    return f"{100 * share:.1f}"


def columns(rows: Sequence[FrontRow]) -> list[Column]:
    """The methods of one table: hypervolume after several numbers of queries, and front found.

    Both are in percent of the true front's, with intervals at 95 %.
    """
    methods = {
        method: {row.queries: row for row in group}
        for method, group in groupby(rows, key=lambda row: row.method)
    }
    last = min(row.budget for row in rows)
    every = sorted({row.queries for row in rows if row.queries <= last})
    places = np.linspace(0, len(every) - 1, min(len(every), MOST_COLUMNS)).round().astype(int)
    shown = [every[place] for place in places]
    final = [by_queries[max(by_queries)] for by_queries in methods.values()]
    return [
        Column("method", [printable(method) for method in methods], number=False),
        *(
            Column(
                f"after {queries:,}",
                [
                    interval_text(row.hypervolume, share_text) if row else NOTHING
                    for row in (by_queries.get(queries) for by_queries in methods.values())
                ],
            )
            for queries in shown
        ),
        Column(
            "front found, %",
            [interval_text(row.front_found, share_text) for row in final],
        ),
        *(
            [Column("", ["" if row.ranked else "not ranked" for row in final], number=False)]
            if not all(row.ranked for row in final)
            else []
        ),
    ]


def front_columns(both: TwoObjectives) -> list[Column]:
    """The true front of a benchmark, the best of the metric first."""
    objective, ids = both.benchmark.objective, both.front
    decimals = 3 if objective.is_accuracy else 4
    unit = f" ({objective.unit})" if objective.unit else ""
    return [
        Column(
            "architecture",
            [printable(both.benchmark.space.key(id)) for id in ids.tolist()],
            number=False,
        ),
        Column(
            f"{objective.validation}{unit}",
            [f"{objective.measured(one):.{decimals}f}" for one in both.first[ids].tolist()],
        ),
        Column(
            metric_text(both),
            [value_text(value) for value in both.as_measured(both.second[ids]).tolist()],
        ),
    ]


def _explanation(tables: Sequence[FrontTable]) -> str:
    """What is said of all tables, below them."""
    return EXPLANATION + STOPPED * any(table.rows[0].stops_at_optimum for table in tables)


def print_tables(tables: Sequence[FrontTable], console: "Console") -> None:
    """Print the methods and the true front of each protocol and benchmark."""
    from rich.text import Text

    for table in tables:
        shown = columns(table.rows)
        print_blocks(heading(table), shown, [0] * len(shown[0].cells), console)
        console.print(Text(front_sentence(table.both) + "\n"))
    for both in _fronts(tables):
        shown = front_columns(both)
        title = f"True front of {both.benchmark.name}"
        print_blocks(title, shown, [0] * len(shown[0].cells), console)
    console.print(_explanation(tables), style="dim")


def _fronts(tables: Sequence[FrontTable]) -> list[TwoObjectives]:
    """The two objectives of each benchmark, once."""
    return list({table.both.benchmark.name: table.both for table in tables}.values())


def to_markdown(tables: Sequence[FrontTable]) -> str:
    """The tables as (GitHub's) Markdown."""
    notes = "\n\n".join(front_sentence(both) for both in _fronts(tables))
    parts = [(heading(table), columns(table.rows)) for table in tables]
    fronts = [
        (f"True front of {both.benchmark.name}", front_columns(both)) for both in _fronts(tables)
    ]
    return markdown_tables([*parts, *fronts], f"{notes}\n\n{_explanation(tables)}")


def to_latex(tables: Sequence[FrontTable]) -> str:
    """The tables as LaTeX for the package booktabs; the captions say what the front is."""
    every = [
        (f"{heading(table)}. {front_sentence(table.both)}", columns(table.rows)) for table in tables
    ]
    every += [
        (f"True front of {both.benchmark.name}", front_columns(both)) for both in _fronts(tables)
    ]
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}\n",
            *(
                latex_table(
                    caption,
                    [column.title for column in shown],
                    [column.number for column in shown],
                    [
                        list(cells)
                        for cells in zip(*(column.cells for column in shown), strict=True)
                    ],
                )
                for caption, shown in every
            ),
        ]
    )


def to_csv(tables: Sequence[FrontTable]) -> str:
    """One line a method and number of queries, all fields of `FrontRow`."""
    return records_csv([row for table in tables for row in table.rows])


def to_json(tables: Sequence[FrontTable]) -> str:
    """An object: `rows`, with all fields of `FrontRow`, and `fronts`, one of each benchmark."""
    found = {
        "rows": [flat(row) for table in tables for row in table.rows],
        "fronts": [front_record(both) for both in _fronts(tables)],
    }
    return json.dumps(found, indent=2, allow_nan=False) + "\n"


def front_record(both: TwoObjectives) -> dict[str, Any]:
    """A true front with its reference point and hypervolume, in the units of the source."""
    objective, metric = both.benchmark.objective, both.metric

    def point(first: float, second: float) -> dict[str, float]:
        return {
            "validation": objective.measured(first),
            metric.name: both.as_measured(second),
        }

    return {
        "benchmark": both.benchmark.name,
        "metric": metric.name,
        "unit": metric.unit,
        "direction": metric.direction,
        "measured": int(both.measured.sum()),
        "reference": point(*both.reference.tolist()),
        "hypervolume": rounded(both.hypervolume),
        "architectures": [
            {"id": id, "key": both.benchmark.space.key(id)}
            | point(float(both.first[id]), float(both.second[id]))
            for id in both.front.tolist()
        ],
    }


TEXT_FORMATS: dict[str, Callable[[Sequence[FrontTable]], str]] = {
    "markdown": to_markdown,
    "csv": to_csv,
    "latex": to_latex,
    "json": to_json,
}
"""What turns tables into text, by the name of the format."""
