"""The gate's report: for a terminal, a pull request, a CI's test view, and a dashboard."""

import json
import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from nasarena.leaderboard.tables.formats import (
    Column,
    markdown_escaped,
    markdown_table,
    print_blocks,
)
from nasarena.leaderboard.texts import interval_text, number, percent
from nasarena.suite.errors import printable
from nasarena.suite.gate.effect import POWER
from nasarena.suite.gate.speed import SpeedRow
from nasarena.suite.gate.verdict import UNCLEAR, BenchmarkRow, MethodVerdict
from nasarena.suite.statistics.intervals import rounded
from nasarena.suite.statistics.samples import restricted_mean

if TYPE_CHECKING:
    from rich.console import Console

    from nasarena.suite.gate.gate import GateReport

STYLES = {"worse": "bold red", "better": "bold green", UNCLEAR: "yellow"}

MARKS = {
    "worse": "❌",
    "better": "✅",
    "identical": "✅",
    "no difference shown": "✅",
    UNCLEAR: "❔",
}

EXPLANATION = (
    "Before: the baseline; now: this code. Samples: mean charged queries to the optimum, the "
    "budget where it was not found. Times: how many times as many samples are needed now, above 1 "
    "is worse, with its 95 % interval; on a benchmark where most runs do not find the optimum it "
    "is of the regret (marked). The verdict is over all benchmarks together, by ranks of runs, in "
    "which a single long run counts little; p of a row is for information, corrected for the "
    "number of rows."
)


def heading(one: MethodVerdict, report: "GateReport") -> str:
    """`MyMethod: worse`, or `MyMethod: identical, slower`."""
    slower = ", slower" if report.too_slow(one.method) else ""
    return printable(f"{one.method}: {one.verdict}{slower}")


def is_red(one: MethodVerdict, report: "GateReport") -> bool:
    """Whether a method has become worse, or slower."""
    return one.regressed or report.too_slow(one.method)


def sentences(one: MethodVerdict, report: "GateReport") -> list[str]:
    """What is said of a method, a sentence each, the most important first."""
    said = [_verdict_sentence(one, report.rules.min_effect)]
    if one.verdict != "identical":
        said.append(_evidence_sentence(one))
    speed = report.speed.get(one.method)
    if speed is not None:
        said.append(_speed_sentence(speed, report.max_slowdown))
    said.append(_code_sentence(one))
    if speed is None and not (math.isnan(one.seconds_base) or math.isnan(one.seconds_head)):
        said.append(
            f"CPU time per query: {_seconds(one.seconds_base)} before, "
            f"{_seconds(one.seconds_head)} now, not measured side by side: never judged."
        )
    return [printable(sentence) for sentence in said if sentence]


def _speed_sentence(row: SpeedRow, most: float) -> str:
    said = (
        f"Measured side by side on {row.pairs} searches, it needs "
        f"{interval_text(row.ratio, '{:.3g}'.format)} times the CPU time of before: "
        f"{_seconds(row.seconds_head)} per query, before {_seconds(row.seconds_base)}"
    )
    if row.note:
        return f"{said}; {row.note}."
    return f"{said}; more than {most:g} times counts as slower."


def _verdict_sentence(one: MethodVerdict, min_effect: float) -> str:
    times = interval_text(one.ratio, "{:.3g}".format)
    ranks = interval_text(one.slow_down, "{:.3g}".format)
    needs = f"{times} times {_what(one)} over {_benchmarks(one)} ({ranks} times by ranks of runs)"
    most = f"{1 + min_effect:.4g}"
    if one.failed:
        failed = ", ".join(f"{count} on {name}" for name, count in one.failed.items())
        return f"More runs fail than before: {failed}."
    if one.verdict == "identical":
        return (
            f"Identical traces: {one.identical} of {one.comparable}; nothing to test. The search "
            "is the same."
        )
    if one.verdict == "worse":
        return f"It needs {needs}; more than {most} times by ranks counts as a regression."
    if one.verdict == "better":
        return f"It needs {needs}: fewer than before."
    if one.verdict == "no difference shown":
        return (
            f"It needs {needs}: neither, with its interval, is above the {most} times that count "
            "as a regression."
        )
    return (
        f"{_seeds_are(one.head_seeds)} too few to tell whether it is worse: it needs {needs}, "
        f"where more than {most} times by ranks counts as a regression. Give more --seeds, or "
        "--max-seeds."
    )


def _what(one: MethodVerdict) -> str:
    kinds = {row.measure for row in one.benchmarks}
    if kinds == {"samples"}:
        return "the samples"
    return "the regret" if kinds == {"regret"} else "the samples (or regret, where marked)"


def _benchmarks(one: MethodVerdict) -> str:
    count = len(one.benchmarks)
    return one.benchmarks[0].benchmark if count == 1 else f"{count} benchmarks"


def _seeds_are(count: int) -> str:
    return "1 seed is" if count == 1 else f"{count} seeds are"


def _evidence_sentence(one: MethodVerdict) -> str:
    side, p = ("worse", one.p_worse) if one.z >= 0 else ("better", one.p_better)
    new = f"{one.head_seeds} new seed{'' if one.head_seeds == 1 else 's'}"
    said = (
        f"{new} against {one.base_seeds} stored: if nothing had changed, "
        f"ranks as much {side} as these would come with p = {p:.2g} (they count below "
        f"{one.level:.2g})"
    )
    if one.smallest is None and one.verdict != UNCLEAR:  # runs that all need the same, say
        return f"{said}."
    if one.smallest is None:
        return f"{said}; so few seeds would not even show a regression of 20 times."
    return (
        f"{said}; a regression of {one.smallest:.2f} times would be shown in {percent(POWER)} % of "
        "repetitions."
    )


def _code_sentence(one: MethodVerdict) -> str:
    said = []
    if one.version_base != one.version_head:
        said.append(f"version {one.version_base} before, {one.version_head} now")
    if one.source_changed:
        said.append("its source has changed")
    elif one.verdict != "identical":
        said.append("its source is the same as before")
    if one.environment_changed:
        said.append("processor or library versions differ from the baseline's")
    if 0 < one.identical < one.comparable:
        said.append(f"{one.identical} of {one.comparable} traces are identical")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _seconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms"


def columns(rows: list[BenchmarkRow]) -> list[Column]:
    """A method's table: a line for each benchmark."""
    return [
        Column("benchmark", [printable(row.benchmark) for row in rows], number=False),
        Column("samples before", [number(row.base) for row in rows]),
        Column("now", [number(row.head) for row in rows]),
        Column("found before", [f"{percent(row.found_base)} %" for row in rows]),
        Column("now", [f"{percent(row.found_head)} %" for row in rows]),
        Column("times", [_times(row) for row in rows]),
        Column("p (worse)", [f"{row.p:.2g}" for row in rows]),
    ]


def _times(row: BenchmarkRow) -> str:
    text = interval_text(row.ratio, "{:.3g}".format)
    return text if row.measure == "samples" else f"{text} (regret)"


def print_report(report: "GateReport", console: "Console") -> None:
    """The report in a terminal."""
    from rich.text import Text

    for one in report.verdicts:
        style = STYLES["worse"] if is_red(one, report) else STYLES.get(one.verdict, "bold")
        console.print(Text(heading(one, report), style=style))
        for sentence in sentences(one, report):
            console.print(Text(f"  {sentence}"))
        console.print()
        if one.verdict != "identical":
            print_blocks(
                "By benchmark", columns(one.benchmarks), [0] * len(one.benchmarks), console
            )
    for note in report.notes:
        console.print(Text(printable(note)))
    if any(one.verdict != "identical" for one in report.verdicts):
        console.print(Text(EXPLANATION, style="dim"))


def to_text(report: "GateReport") -> str:
    """The report as plain text, as the terminal shows it."""
    from io import StringIO

    from rich.console import Console

    text = StringIO()
    print_report(report, Console(file=text, width=110, highlight=False, no_color=True))
    return text.getvalue()


def to_markdown(report: "GateReport") -> str:
    """The report for a comment on a pull request, or a job's summary."""
    parts = [f"## Search quality: {summary(report)}\n"]
    for one in report.verdicts:
        mark = MARKS["worse"] if is_red(one, report) else MARKS[one.verdict]
        parts.append(f"### {mark} {markdown_escaped(heading(one, report))}\n")
        parts += [f"{markdown_escaped(sentence)}\n" for sentence in sentences(one, report)]
        if one.verdict != "identical":
            parts.append(f"{markdown_table(columns(one.benchmarks))}\n")
    parts += [f"{markdown_escaped(printable(note))}\n" for note in report.notes]
    if any(one.verdict != "identical" for one in report.verdicts):
        parts.append(f"<sub>{EXPLANATION}</sub>\n")
    return "\n".join(parts)


def summary(report: "GateReport") -> str:
    """`1 of 3 methods is worse`."""
    count = len(report.verdicts)
    worse = sum(one.regressed for one in report.verdicts)
    unclear = sum(one.verdict == UNCLEAR for one in report.verdicts)
    methods = f"{count} method{'' if count == 1 else 's'}"
    slower = sum(report.too_slow(one.method) for one in report.verdicts)
    if worse or slower:
        said = [
            f"{number} of {methods} {'is' if number == 1 else 'are'} {how}"
            for number, how in ((worse, "worse"), (slower, "slower"))
            if number
        ]
        return ", ".join(said)
    if unclear:
        return f"no regression shown, too few seeds to tell for {unclear} of {methods}"
    return f"no regression in {methods}"


def to_junit(report: "GateReport") -> str:
    """The report as JUnit XML: a test for each method."""
    root = ElementTree.Element(
        "testsuite",
        name="nasarena gate",
        tests=str(len(report.verdicts)),
        failures=str(sum(is_red(one, report) for one in report.verdicts)),
        errors="0",
        skipped=str(sum(one.verdict == UNCLEAR for one in report.verdicts)),
    )
    for one in report.verdicts:
        case = ElementTree.SubElement(
            root, "testcase", classname="nasarena.gate", name=printable(one.method)
        )
        text = "\n".join([heading(one, report), *sentences(one, report)])
        if is_red(one, report):
            ElementTree.SubElement(case, "failure", message=text.splitlines()[0]).text = text
        elif one.verdict == UNCLEAR:
            ElementTree.SubElement(case, "skipped", message=text.splitlines()[0])
        ElementTree.SubElement(case, "system-out").text = text
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def to_dashboard(report: "GateReport") -> str:
    """Samples and CPU time as JSON for github-action-benchmark's `customSmallerIsBetter`."""
    rows = []
    for one, pairs in zip(report.verdicts, report.pairs, strict=True):
        for pair in pairs:
            head, budget = pair.head, pair.head.identity.budget
            mean = restricted_mean(head.samples, budget).rounded()
            found = float(np.isfinite(head.samples).mean())
            rows.append(
                {
                    "name": printable(f"{one.method} on {pair.benchmark}"),
                    "unit": "samples",
                    "value": mean.value,
                    "range": interval_text(mean, number),
                    "extra": f"{head.count} seeds; found in {percent(found)} % of runs",
                }
            )
        if not math.isnan(one.seconds_head):
            rows.append(
                {
                    "name": printable(f"{one.method}: CPU time per query"),
                    "unit": "ms",
                    "value": rounded(1000 * one.seconds_head),
                    "range": "",
                    "extra": "of this machine, the harness included",
                }
            )
    return json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
