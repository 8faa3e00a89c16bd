"""Published figures beside ours."""

from collections.abc import Callable, Collection, Sequence

from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.grid import (
    Cell,
    Grid,
    GridColumn,
    estimate_cell,
    text_column,
)
from nasarena.leaderboard.pages.section import Fold, Section
from nasarena.leaderboard.pages.slugs import method_page
from nasarena.leaderboard.texts import NOTHING, number
from nasarena.suite.statistics.published import Figure, Verdict

CAPTION = "Published figures beside ours, with standard errors (±) and 95 % intervals [brackets]."
KINDS = {
    "code": "read in released code or its output",
    "paper": "read in the paper",
    "run": "measured by running the released program",
    "recalled": "not verified against its source: context only",
}


def best_verdicts(findings: Sequence[Findings]) -> list[Verdict]:
    """Of each published figure the first comparison's verdict that compares, or says most."""
    return [
        min(
            verdicts,
            key=lambda verdict: (verdict.verdict == "not comparable", verdict.ours is None),
        )
        for verdicts in zip(*(one.published for one in findings), strict=True)
    ]


def published_section(
    verdicts: Sequence[Verdict], name: str, title: str, methods: Collection[str]
) -> Section:
    """Published figures, those that can be compared first; `methods` have pages of their own."""
    compared = [verdict for verdict in verdicts if verdict.verdict != "not comparable"]
    others = [verdict for verdict in verdicts if verdict.verdict == "not comparable"]
    return Section(
        "published",
        title,
        sentences=[tally(verdicts)],
        grids=[_grid(compared, f"{name}-compared", methods)] if compared else [],
        folded=[
            Fold(
                f"{len(others)} not comparable",
                _grid(others, f"{name}-not-comparable", methods),
                is_open=not compared,
            )
        ]
        if others
        else [],
    )


def _grid(verdicts: Sequence[Verdict], name: str, methods: Collection[str]) -> Grid:
    figures = [verdict.figure for verdict in verdicts]
    return Grid(
        name=name,
        caption=CAPTION,
        columns=[
            GridColumn(
                "published for", "method", [_method(figure, methods) for figure in figures], False
            ),
            GridColumn("figure", "benchmark", [_what(figure) for figure in figures], False),
            GridColumn("published", "published", [_value(figure) for figure in figures]),
            GridColumn("ours", "ours", [_ours(verdict) for verdict in verdicts]),
            text_column("verdict", "verdict", [verdict.words for verdict in verdicts]),
            GridColumn("source", "source", [_source(figure) for figure in figures], False),
        ],
    )


def _method(figure: Figure, methods: Collection[str]) -> Cell:
    href = method_page(figure.ours) if figure.ours in methods and figure.ours else ""
    return Cell(figure.method, href=href)


def _what(figure: Figure) -> Cell:
    after = "" if figure.queries is None else f"after {figure.queries:,} queries: "
    return Cell(figure.benchmark, note=f"{after}{figure.metric}")


def _value(figure: Figure) -> Cell:
    note = "" if figure.spread is None else f"± {figure.spread:.3g}"
    return Cell(_text(figure)(figure.value), figure.value, note=note)


def _ours(verdict: Verdict) -> Cell:
    if verdict.ours is None:
        return Cell(NOTHING)
    runs = f"{verdict.runs:,} run{'' if verdict.runs == 1 else 's'}"
    return estimate_cell(verdict.ours, _text(verdict.figure), note=runs)


def _text(figure: Figure) -> Callable[[float], str]:
    return _grouped if figure.quantity == "samples_to_optimum" else "{:.2f}".format


def _grouped(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else number(value)


def _source(figure: Figure) -> Cell:
    return Cell(figure.source, note=KINDS[figure.kind])


def tally(verdicts: Sequence[Verdict]) -> str:
    """How many figures were reproduced, in a sentence."""
    words = [verdict.verdict for verdict in verdicts]
    parts = [
        f"{words.count(word)} {word}"
        for word in ("reproduced", "better", "worse", "not comparable")
        if word in words
    ]
    recalled = sum(verdict.context_only for verdict in verdicts)
    context = f" {recalled} could not be verified against their source." if recalled else ""
    return f"Of {len(words)} published figures: {', '.join(parts)}.{context}"
