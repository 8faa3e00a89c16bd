"""The gate as a whole: run or read the candidate, hold it against the baseline, judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nasarena.suite.benchmarks.registry import choose_benchmarks
from nasarena.suite.errors import RunsFailed, UserError
from nasarena.suite.gate.baseline import FILE, add_to_baseline, read_baseline
from nasarena.suite.gate.candidate import (
    CACHE,
    baseline_of,
    cell_of,
    first_seeds,
    paired,
    protocol_of,
    run_kept,
)
from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.looks import Looks, judge_in_looks, looks_up_to
from nasarena.suite.gate.outcomes import Outcomes, load_outcomes
from nasarena.suite.gate.speed import SpeedRow, measure_speed, too_slow
from nasarena.suite.gate.verdict import UNCLEAR, MethodVerdict, Rules, judge
from nasarena.suite.methods import MethodChoice
from nasarena.suite.names import listed
from nasarena.suite.protocol import load_protocol
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.progress import progress_bars

SEEDS = 30
"""New seeds, where none are asked for."""

MAX_SLOWDOWN = 1.5
"""How many times the CPU time of before is allowed, where it is measured."""

SPEED_SEEDS = 5
"""The first seeds of a benchmark on which CPU time is measured."""


@dataclass(frozen=True)
class GateReport:
    """What the gate found.

    `verdicts` and `pairs` have a place for each method. `notes` are sentences that belong to the
    report. `speed` is by method, where it was measured; more than `max_slowdown` times the CPU time
    is a regression.
    """

    rules: Rules
    verdicts: list[MethodVerdict]
    pairs: list[list[Pair]]
    notes: list[str] = field(default_factory=list)
    speed: dict[str, SpeedRow] = field(default_factory=dict)
    max_slowdown: float = MAX_SLOWDOWN

    def too_slow(self, method: str) -> bool:
        """Whether a method was measured, and has become too slow."""
        return method in self.speed and too_slow(self.speed[method], self.max_slowdown)

    def failed(self, fail_on_unclear: bool = False) -> bool:
        """Whether the gate is to be red."""
        return any(
            one.regressed
            or self.too_slow(one.method)
            or (fail_on_unclear and one.verdict == UNCLEAR)
            for one in self.verdicts
        )


def run_gate(
    choices: Sequence[MethodChoice],
    base: Sequence[Outcomes],
    where: Path,
    rules: Rules,
    seeds: int | None = None,
    max_seeds: int | None = None,
    workers: int | None = None,
    progress: bool | None = None,
    cache: Path = CACHE,
) -> GateReport:
    """Run methods on the baseline's benchmarks for its first seeds, and judge them.

    With `max_seeds`, seeds are added in blocks up to so many, and a method stops as soon as it is
    worse or nothing points to harm; beyond the stored seeds, the next ones are run. `where` is
    what the baseline is called. Raises UserError.
    """
    own = {choice.name: baseline_of(base, choice.name, where) for choice in choices}
    chosen = {
        name: _seeds(cells, seeds) if max_seeds is None else _and_more(cells, max_seeds)
        for name, cells in own.items()
    }
    most = max(map(len, chosen.values()))
    looks = Looks((most,), rules.alpha) if max_seeds is None else looks_up_to(most, rules.alpha)
    by_name = {choice.name: choice for choice in choices}
    cells = {
        name: [cell_of(by_name[name], one.identity) for one in stored]
        for name, stored in own.items()
    }
    pairs: dict[str, list[Pair]] = {}
    notes: list[str] = []
    total = sum(len(cells[name]) * len(chosen[name]) for name in own)

    with progress_bars([(total, "running, at most", "runs")], progress) as (finished,):

        def pairs_at(count: int, methods: Sequence[str]) -> list[list[Pair]]:
            for name in methods:
                done = pairs[name][0].head.seeds.tolist() if name in pairs else []
                new = chosen[name][len(done) : count]
                head, failures = run_kept(
                    by_name[name], cells[name], new, workers, finished, cache, before=done
                )
                pairs[name] = paired(own[name], head, cache)
                notes.extend(failures)
            return [pairs[name] for name in methods]

        stopped = judge_in_looks(list(own), pairs_at, rules, looks)
    if max_seeds is not None:
        notes += [
            f"{one.verdict.method} stopped after {one.seeds} of at most {most} seeds: {one.reason}."
            for one in stopped
        ]
    verdicts = [one.verdict for one in stopped]
    return GateReport(rules, verdicts, [pairs[name] for name in own], notes)


def _and_more(base: Sequence[Outcomes], count: int) -> list[int]:
    """The seeds that all cells have stored, and the next ones, `count` in all."""
    stored = first_seeds(base, min(one.count for one in base))
    beyond = 1 + max(int(one.seeds.max()) for one in base)
    return [*stored, *range(beyond, beyond + count)][:count]


def compare_folders(
    methods: Sequence[str] | None,
    base: Sequence[Outcomes],
    where: Path,
    head: Path,
    rules: Rules,
    seeds: int | None = None,
) -> GateReport:
    """Judge the runs of a results folder against a baseline.

    `methods` are names as recorded; None for all of the baseline's that the folder has. Of the
    baseline's first `seeds`, or of all that the folder has. Raises UserError.
    """
    wanted = sorted({one.identity.method for one in base}) if methods is None else methods
    found = load_outcomes(head, lambda identity: identity.method in wanted)
    if methods is None:
        wanted = sorted({one.identity.method for one in found})
        if not wanted:
            raise UserError(f"{head} has no runs of any method of the baseline {where}")
    pairs: list[list[Pair]] = []
    for method in wanted:
        own = baseline_of(base, method, where)
        new = [one for one in found if one.identity.method == method]
        if seeds is not None:
            chosen = first_seeds(own, seeds)
            new = [one.of(chosen) for one in new]
            if missing := [one for one in new if one.count < seeds]:
                raise UserError(
                    f"{head} has {missing[0].count} of the baseline's first {seeds} seeds of "
                    f"{method} on {missing[0].key[1]}; give fewer --seeds, or run the others"
                )
        pairs.append(paired(own, new, head))
    return GateReport(rules, judge(pairs, rules), pairs)


def _seeds(base: Sequence[Outcomes], asked: int | None) -> list[int]:
    """The seeds to run: what is asked for, or 30, or all that are stored if those are fewer."""
    if asked is not None:
        return first_seeds(base, asked)
    return first_seeds(base, min(SEEDS, *(one.count for one in base)))


def update_baseline(
    folder: Path,
    choices: Sequence[MethodChoice],
    benchmarks: str,
    protocol: str,
    budget: int | None,
    seeds: range,
    workers: int | None = None,
    progress: bool | None = None,
    cache: Path = CACHE,
) -> tuple[int, int]:
    """Run methods, and store them in a baseline in place of what it has of the same cells.

    Returns how many cells were written, and how many others stay. Raises UserError.
    """
    rules = load_protocol(protocol).override({} if budget is None else {"budget": str(budget)})
    names = choose_benchmarks(listed(benchmarks, "benchmarks"))
    if (folder / FILE).exists():  # a file that cannot be added to is found before anything runs
        read_baseline(folder)
    new: list[Outcomes] = []
    total = len(choices) * len(names) * len(seeds)
    with progress_bars([(total, "running", "runs")], progress) as (finished,):
        for choice in choices:
            cells = [Cell(choice, name, rules) for name in names]
            outcomes, failures = run_kept(choice, cells, seeds, workers, finished, cache)
            if failures:
                raise RunsFailed("\n".join([*failures, f"no baseline is written to {folder}"]))
            new += outcomes
    return len(new), add_to_baseline(folder, new)


def with_speed(
    report: GateReport,
    methods: Sequence[str],
    base: Sequence[Outcomes],
    code: str,
    max_slowdown: float = MAX_SLOWDOWN,
    progress: bool | None = None,
) -> GateReport:
    """The report with CPU times, measured side by side with the old `code`.

    `methods` are as after --methods; see `measure_speed`. Raises UserError.
    """
    judged = {one.method for one in report.verdicts}
    own = [one for one in base if one.identity.method in judged]
    where = {one.identity.benchmark: protocol_of(one.identity) for one in own}
    seeds = first_seeds(own, min(SPEED_SEEDS, *(one.count for one in own)))
    total = len(judged) * len(where) * len(seeds)
    with progress_bars([(total, "measuring", "searches")], progress) as (measured,):
        rows = measure_speed(
            methods, list(where.items()), seeds, code, lambda done, total: measured(1)
        )
    return replace(report, speed={row.method: row for row in rows}, max_slowdown=max_slowdown)
