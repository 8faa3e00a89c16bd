"""Two methods side by side, for people and machines."""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from nasarena.leaderboard.tables.formats import (
    Column,
    csv_of,
    latex_table,
    markdown_escaped,
    markdown_table,
    print_blocks,
)
from nasarena.leaderboard.texts import NOTHING, interval_text, number
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import printable
from nasarena.suite.statistics.intervals import FEWEST_RUNS
from nasarena.suite.statistics.samples import Estimate, flat
from nasarena.suite.statistics.samples_effect import SamplesEffect
from nasarena.suite.statistics.two_methods import REGRET, SAMPLES, PairedMeasure

if TYPE_CHECKING:
    from rich.console import Console

TITLES = {
    SAMPLES: "samples to the optimum",
    "tau": "tau, whole space",
    "tau_top": "tau, true top 1 %",
    "precision": "precision at 1 % (%)",
}

EXPLANATION = (
    "Labels: the number of charged queries (full trainings, where queries ask for several lengths) "
    "after which both are compared. Regret: of the best "
    "validated architecture. Tau (Kendall's) and precision (the share of the best predicted 1 % "
    "that is in the true best 1 %): of the last predictor trained by then. In brackets: 95 % "
    'intervals; "0 in 30 of 30": all runs agree, so there is none. p: of the difference in '
    "samples, two-sided, by exchanging runs between the two methods (paired: within a seed), not "
    "corrected for other pairs. Smallest difference: the true one that would have p < 0.05 in "
    "80 % of repetitions."
)


def groups(rows: Sequence[PairedMeasure]) -> list[list[PairedMeasure]]:
    """The rows of each protocol and benchmark, in the order in which they come."""
    return [
        list(group) for _, group in groupby(rows, key=lambda row: (row.protocol, row.benchmark))
    ]


def heading(rows: Sequence[PairedMeasure]) -> str:
    """What one table is about."""
    first = rows[0]
    if not first.paired:
        count = f"{first.seeds_a} and {first.seeds_b}"
        seeds = f"labels are means: all runs of both ({count}), unpaired"
    elif first.seeds_a == 1:
        seeds = "one seed in common"
    else:
        seeds = f"{first.seeds_a} seeds in common, paired by seed"
    few = min(first.seeds_a, first.seeds_b) < FEWEST_RUNS
    said = f"{seeds}; no interval below {FEWEST_RUNS} seeds" if few else seeds
    return printable(f"{first.benchmark}: {first.protocol}, {said}")


def columns(rows: Sequence[PairedMeasure]) -> list[Column]:
    """One table's columns."""
    first = rows[0]
    return [
        Column("labels", [str(row.labels) for row in rows]),
        Column("measure", [_title(row) for row in rows], number=False),
        Column(printable(first.a), [_cell(row, row.of_a) for row in rows]),
        Column(printable(first.b), [_cell(row, row.of_b) for row in rows]),
        Column("difference", [_cell(row, row.difference, signed=True) for row in rows]),
        Column("p", [NOTHING if row.p is None else f"{row.p:.2g}" for row in rows]),
    ]


def _title(row: PairedMeasure) -> str:
    if row.measure != REGRET:
        return TITLES[row.measure]
    return printable(f"regret ({load_benchmark(row.benchmark).objective.gap})")


def _cell(row: PairedMeasure, estimate: Estimate, signed: bool = False) -> str:
    def text(value: float) -> str:
        sign = "+" if signed and value > 0 else "-" if value < 0 else ""
        if row.measure == SAMPLES:
            return sign + number(abs(value))
        if row.measure == "precision":
            return f"{sign}{100 * abs(value):.1f}"
        return f"{sign}{abs(value):.3f}"

    return interval_text(estimate, text)


def effect_sentence(effect: SamplesEffect) -> str:
    """What is said below a table: the ratio of samples, p, and what these seeds could show."""
    ratio = interval_text(effect.ratio, "{:.3g}".format)
    p = "no p" if effect.p is None else f"p = {effect.p:.2g}"
    said = f"Ratio of samples, {effect.a} to {effect.b}: {ratio}, {p}."
    if effect.smallest is not None:
        said += (
            f" Smallest difference that {effect.seeds} seeds could have shown: "
            f"{number(effect.smallest)} samples."
        )
    return printable(f"{said} {effect.note}".strip())


def _sentences(effects: Sequence[SamplesEffect]) -> dict[tuple[str, str], str]:
    return {(effect.protocol, effect.benchmark): effect_sentence(effect) for effect in effects}


def _sentence(sentences: dict[tuple[str, str], str], rows: Sequence[PairedMeasure]) -> str:
    """The sentence of a table; empty where the optimum is not known."""
    return sentences.get((rows[0].protocol, rows[0].benchmark), "")


def print_tables(
    rows: Sequence[PairedMeasure], effects: Sequence[SamplesEffect], console: "Console"
) -> None:
    """Print one table a protocol and benchmark, a block of lines for each number of labels."""
    from rich.text import Text

    sentences = _sentences(effects)
    for group in groups(rows):
        print_blocks(heading(group), columns(group), [row.labels for row in group], console)
        if sentence := _sentence(sentences, group):
            console.print(Text(sentence + "\n"))
    console.print(EXPLANATION, style="dim")


def to_markdown(rows: Sequence[PairedMeasure], effects: Sequence[SamplesEffect]) -> str:
    """The tables as (GitHub's) Markdown."""
    sentences = _sentences(effects)
    parts = []
    for group in groups(rows):
        parts.append(f"### {markdown_escaped(heading(group))}\n")
        parts.append(f"{markdown_table(columns(group))}\n")
        if sentence := _sentence(sentences, group):
            parts.append(f"{markdown_escaped(sentence)}\n")
    return "\n".join([*parts, EXPLANATION + "\n"])


def to_latex(rows: Sequence[PairedMeasure], effects: Sequence[SamplesEffect]) -> str:
    """The tables as LaTeX for the package booktabs; the captions have the sentences."""
    sentences = _sentences(effects)
    parts = ["% needs \\usepackage{booktabs}\n"]
    for group in groups(rows):
        shown = columns(group)
        parts.append(
            latex_table(
                f"{heading(group)}. {_sentence(sentences, group)}".strip(),
                [column.title for column in shown],
                [column.number for column in shown],
                [list(cells) for cells in zip(*(column.cells for column in shown), strict=True)],
            )
        )
    return "\n".join(parts)


def records(
    rows: Sequence[PairedMeasure], effects: Sequence[SamplesEffect]
) -> list[dict[str, Any]]:
    """All fields of each row; those of samples have p, ratio and the smallest difference too."""
    known = {(effect.protocol, effect.benchmark): flat(effect) for effect in effects}
    extra = ("p", "ratio", "ratio_low", "ratio_high", "smallest", "note")
    found = []
    for row in rows:
        effect = known.get((row.protocol, row.benchmark), {}) if row.measure == SAMPLES else {}
        found.append(flat(row) | {name: effect.get(name) for name in extra})
    return found


def to_csv(rows: Sequence[PairedMeasure], effects: Sequence[SamplesEffect]) -> str:
    """One line a row, all fields of `records`."""
    import pandas as pd

    return csv_of(pd.DataFrame(records(rows, effects)))


def to_json(rows: Sequence[PairedMeasure], effects: Sequence[SamplesEffect]) -> str:
    """An array of objects with all fields of `records`."""
    return json.dumps(records(rows, effects), indent=2, allow_nan=False) + "\n"


TEXT_FORMATS: dict[str, Callable[[Sequence[PairedMeasure], Sequence[SamplesEffect]], str]] = {
    "markdown": to_markdown,
    "csv": to_csv,
    "latex": to_latex,
    "json": to_json,
}
"""What turns rows and effects into text, by the name of the format."""
