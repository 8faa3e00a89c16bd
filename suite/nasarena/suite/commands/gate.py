"""`nasarena gate`: is a method as good as it was?"""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands import completion
from nasarena.suite.commands.options import PATTERNS, Workers
from nasarena.suite.commands.output import console, counted
from nasarena.suite.errors import UserError

if TYPE_CHECKING:
    from nasarena.suite.gate.gate import GateReport
    from nasarena.suite.gate.verdict import Rules
    from nasarena.suite.methods import MethodChoice

REGRESSION = 1
"""The exit code of a regression."""

BASELINE_SEEDS = "100"


class FailOn(StrEnum):
    """What makes the gate red."""

    worse = "worse"
    unclear = "unclear"


def gate(
    baseline: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of the baseline, kept in git.", show_default=False
        ),
    ],
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="As in nasarena run: names, path/to/file.py:ClassName or module:ClassName, "
            "separated by commas. [default with --candidate: all of the baseline's]",
            show_default=False,
            autocompletion=completion.methods,
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Run the methods as they are, as the new baseline.")
    ] = False,
    benchmarks: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help=f"{PATTERNS} Only with --update.",
            show_default=False,
            autocompletion=completion.benchmarks,
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Charged queries allowed in a run. Only with --update. [default: protocol's]",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of a protocol, or its .toml file. Only with --update. "
            "[default: weaknas-paper]",
            show_default=False,
            autocompletion=completion.protocols,
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            metavar="SEEDS",
            help="How many of the baseline's seeds to run (30 by default); with --update, the "
            "seeds to store, a number or a range (100 by default).",
            show_default=False,
        ),
    ] = None,
    max_seeds: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10_000,
            metavar="N",
            help="Instead of --seeds: add seeds in blocks (5, 10, 20, 30, 50, 100, 200 ...) up to "
            "N, and stop as soon as a method is worse or nothing points to harm.",
            show_default=False,
        ),
    ] = None,
    candidate: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Results folder with runs made before, instead of running the methods.",
            show_default=False,
        ),
    ] = None,
    alpha: Annotated[
        float,
        typer.Option(
            min=0.0001, max=0.2, help="Chance of a false alarm, over all methods together."
        ),
    ] = 0.01,
    min_effect: Annotated[
        str,
        typer.Option(metavar="SHARE", help="The smallest regression that counts, as 10% or 0.1."),
    ] = "10%",
    baseline_code: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|REV",
            help="The code that the baseline is of: a wheel, a project's folder, or a git "
            "revision. With --measure-speed.",
            show_default=False,
        ),
    ] = None,
    measure_speed: Annotated[
        bool,
        typer.Option(
            "--measure-speed",
            help="Also measure CPU time side by side with --baseline-code, on this machine.",
        ),
    ] = False,
    max_slowdown: Annotated[
        float,
        typer.Option(
            min=1.0, max=100.0, help="How many times the CPU time per query of before is allowed."
        ),
    ] = 1.5,
    fail_on: Annotated[
        FailOn,
        typer.Option(help="What ends with exit code 1: a regression, or also too few seeds."),
    ] = FailOn.worse,
    workers: Workers = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write the report as Markdown, for a comment on a pull request.",
            show_default=False,
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write the report as JUnit XML.", show_default=False
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write samples and CPU times as JSON, for github-action-benchmark "
            "(customSmallerIsBetter).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say whether methods got worse.

    Do they still need as few samples, and as little time, as their baseline?

    First write the baseline with --update, and commit its folder. Then each call runs the methods
    as they are now on the same benchmarks, under the same protocol, for the first of the same
    seeds. Unchanged code gives identical traces, and nothing is tested. Otherwise the verdict is
    worse, better, no difference shown, or too few seeds.

    CPU times of two machines cannot be compared, so they are shown and never judged, unless
    --measure-speed runs the old code beside the new.

    Exit codes: 0 when nothing is worse, 1 for a regression, 2 for input that cannot be used.

    \b
    Examples:
      nasarena gate --update --baseline baseline --methods my_method.py:MyMethod \\
          --benchmarks "nasbench201/*" --budget 600
      nasarena gate --baseline baseline --methods my_method.py:MyMethod
      nasarena gate --baseline baseline --methods my_method.py:MyMethod \\
          --measure-speed --baseline-code main
    """
    from nasarena.suite.gate.baseline import read_baseline
    from nasarena.suite.gate.gate import with_speed
    from nasarena.suite.gate.verdict import Rules
    from nasarena.suite.methods import choose_methods
    from nasarena.suite.names import listed

    choices = choose_methods(listed(methods, "methods")) if methods is not None else []
    if update:
        if candidate is not None:
            raise UserError("--update runs the methods; leave --candidate out")
        _update(baseline, choices, benchmarks, budget, protocol, seeds, workers)
        return
    for option, given in (
        ("--benchmarks", benchmarks),
        ("--budget", budget),
        ("--protocol", protocol),
    ):
        if given is not None:
            raise UserError(
                f"{option} comes from the baseline; leave it out, or write a new baseline with "
                "--update"
            )
    if max_seeds is not None and (seeds is not None or candidate is not None):
        raise UserError(
            "--max-seeds runs as many seeds as it needs; leave --seeds and --candidate out"
        )
    rules = Rules(alpha, share(min_effect))
    if measure_speed != (baseline_code is not None):
        raise UserError(
            "--measure-speed needs the old code, and --baseline-code is used for nothing else; "
            "give both, as in --measure-speed --baseline-code main"
        )
    if measure_speed and methods is None:
        raise UserError("--measure-speed runs methods; name them with --methods")
    report = _report(baseline, choices, rules, _count(seeds), max_seeds, candidate, workers)
    if baseline_code is not None and methods is not None:
        report = with_speed(
            report,
            listed(methods, "methods"),
            read_baseline(baseline),
            baseline_code,
            max_slowdown,
        )
    write_reports(report, markdown, junit, json)
    if report.failed(fail_on is FailOn.unclear):
        raise typer.Exit(REGRESSION)


def _report(
    baseline: Path,
    choices: "list[MethodChoice]",
    rules: "Rules",
    seeds: int | None,
    max_seeds: int | None,
    candidate: Path | None,
    workers: int | None,
) -> "GateReport":
    from nasarena.suite.gate.baseline import read_baseline
    from nasarena.suite.gate.gate import compare_folders, run_gate

    base = read_baseline(baseline)
    if candidate is not None:
        names = [choice.name for choice in choices] or None
        return compare_folders(names, base, baseline, candidate, rules, seeds)
    if not choices:
        raise UserError(
            "give the methods to run with --methods, or runs made before with --candidate"
        )
    return run_gate(choices, base, baseline, rules, seeds, max_seeds, workers)


def _update(
    baseline: Path,
    choices: "list[MethodChoice]",
    benchmarks: str | None,
    budget: int | None,
    protocol: str | None,
    seeds: str | None,
    workers: int | None,
) -> None:
    from nasarena.suite.gate.gate import update_baseline
    from nasarena.suite.names import parse_seeds

    if not choices or benchmarks is None:
        raise UserError("--update needs --methods and --benchmarks: what the baseline is of")
    written, kept = update_baseline(
        baseline,
        choices,
        benchmarks,
        protocol or "weaknas-paper",
        budget,
        parse_seeds(seeds or BASELINE_SEEDS),
        workers,
    )
    others = f", {counted(kept, 'other')} kept" if kept else ""
    console(stderr=True).print(
        f"baseline of {counted(written, 'cell')} written{others}: {baseline}", markup=False
    )


def share(text: str) -> float:
    """`10%` or `0.1` as 0.1. Raises UserError."""
    match = re.fullmatch(r"(\d{1,4}(?:\.\d{1,6})?)\s*(%?)", text.strip())
    value = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    # 10 is more likely a slip for 10% than a tolerance of 1,000 %, with which nothing fails.
    if not 0 <= value <= (10 if match and match[2] else 1):
        raise UserError(
            f"--min-effect {text} is not a share; write 10% or 0.1 (at most 1, or 1000%)"
        )
    return value


def _count(seeds: str | None) -> int | None:
    """How many seeds are asked for. Raises UserError where it is no number."""
    if seeds is None:
        return None
    if not (seeds.isascii() and seeds.isdigit() and 0 < int(seeds) < 10**6):
        raise UserError(
            f"--seeds {seeds} is not a number of the baseline's seeds; give one, as in 30 (a range "
            "only with --update)"
        )
    return int(seeds)


def write_reports(
    report: "GateReport", markdown: Path | None, junit: Path | None, json: Path | None
) -> None:
    """Write a report to the files that are asked for, and print it. Raises UserError."""
    from nasarena.leaderboard.tables.gate_report import (
        print_report,
        to_dashboard,
        to_junit,
        to_markdown,
    )

    for path, text in ((markdown, to_markdown), (junit, to_junit), (json, to_dashboard)):
        if path is not None:
            try:
                path.write_text(text(report), encoding="utf-8")
            except OSError as error:
                raise UserError(f"{path} cannot be written ({error.strerror})") from None
    print_report(report, console())
