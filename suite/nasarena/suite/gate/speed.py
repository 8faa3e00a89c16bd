"""How fast methods search with new code and with old, measured side by side on this machine."""

import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nasarena.suite.errors import UserError, listed
from nasarena.suite.gate.baseline_code import baseline_code
from nasarena.suite.gate.code_process import CodeProcess, code_process
from nasarena.suite.gate.second_environment import variables_without_python_path
from nasarena.suite.protocol import Protocol
from nasarena.suite.statistics.samples import Estimate

LEAST_SHARE = 0.05
"""A method's own time counts as this share of the harness's at least: less cannot be told."""

STEADY_SECONDS, MOST_REPEATS = 0.2, 10
"""Shorter runs are repeated until so much CPU time has passed, at most so often."""

SAME_CODE = "the baseline's code is the same as the candidate's"


@dataclass(frozen=True)
class SpeedRow:
    """A method's CPU seconds per charged query, without the harness's share.

    * `seconds_base`, `seconds_head`: of the baseline's code and the candidate's, over all runs.
    * `ratio`: the geometric mean over `pairs` (one for each benchmark and seed) of head over base;
      above 1 is slower. Its 95 % interval is Student's of the mean logarithm; none where there is
      one pair, or nothing varies.
    * `note`: what to know about it, in a sentence; else empty.
    """

    method: str
    seconds_base: float
    seconds_head: float
    ratio: Estimate
    pairs: int
    note: str = ""


def too_slow(row: SpeedRow, most: float) -> bool:
    """Whether the candidate is more than `most` times as slow, and certainly slower."""
    return row.ratio.value > most and row.ratio.low is not None and row.ratio.low > 1


def measure_speed(
    methods: Sequence[str],
    benchmarks: Sequence[tuple[str, Protocol]],
    seeds: Sequence[int],
    code: Path | str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[SpeedRow]:
    """Measure methods with the candidate's code, as it is imported here, and with the old `code`.

    `methods` are as after --methods. `code` is a wheel, a project's folder or a git revision of
    the current repository (see `nasarena.suite.gate.baseline_code`); `file.py:Class` is taken from
    the file of the same name there. `progress` is told the pairs that are done, and all.

    One process with each code stays alive. Both are told the same benchmark and seed one after the
    other, in alternate order, so that a machine that becomes slower slows both. The first search
    on each benchmark is not counted. Of repeated runs the fastest counts. Each search has one
    thread; processes that a method starts itself are not counted.

    A method's own time is that of the run minus that of the same queries without the method; it
    counts as at least 5 % of the latter, as less cannot be told from it.

    Raises UserError when the old code cannot be had or lacks a method, and when a run fails.
    """
    with ExitStack() as stack:
        old = stack.enter_context(baseline_code(code))
        base_texts = [old.located(method) for method in methods]
        base = stack.enter_context(
            code_process(
                f"the baseline's code ({old.given})", old.python, variables_without_python_path()
            )
        )
        here = os.pathsep.join(dict.fromkeys(str(Path(entry).absolute()) for entry in sys.path))
        head = stack.enter_context(
            code_process(
                "the candidate's code", Path(sys.executable), os.environ | {"PYTHONPATH": here}
            )
        )
        new = head.ask({"load": list(methods)})
        loaded = _load_old(base, base_texts, new)
        rows, done, total = [], 0, len(new) * len(benchmarks) * len(seeds)
        for name in new:
            measured = []
            for benchmark, protocol in benchmarks:
                task = {
                    "method": name,
                    "benchmark": benchmark,
                    "protocol": protocol.model_dump(mode="json"),
                }
                repeats = _repeats(base, head, task | {"seed": seeds[0]})
                for seed in seeds:
                    measured.append(_pair(base, head, task | {"seed": seed}, repeats))
                    progress(done := done + 1, total)
            rows.append(_row(name, measured, _note(loaded[name], new[name])))
    return rows


def _load_old(base: CodeProcess, methods: list[str], wanted: Iterable[str]) -> dict[str, Any]:
    """What the baseline's process says of its methods. Raises UserError when it lacks one."""
    advice = "leave it out, or give --baseline-code a version that has it"
    try:
        loaded = base.ask({"load": methods})
    except UserError as error:
        # What to do about it would be said of the code here.
        raise UserError(f"{str(error).partition('; ')[0]}; {advice}") from None
    if missing := [name for name in wanted if name not in loaded]:
        raise UserError(
            f"{base.what} has no method {listed(missing)}, only {listed(loaded)}; {advice}"
        )
    return loaded


def _note(base: dict[str, Any], head: dict[str, Any]) -> str:
    if base["digest"] != head["digest"]:
        return ""
    one_file = base["file"] is not None and base["file"] == head["file"]
    return f"{SAME_CODE}: both are in {head['file']}" if one_file else SAME_CODE


@dataclass
class _Measured:
    """The seconds of a method's own, and its charged queries."""

    seconds: float
    queries: int

    @property
    def per_query(self) -> float:
        return self.seconds / max(self.queries, 1)


def _repeats(base: CodeProcess, head: CodeProcess, task: dict[str, Any]) -> int:
    """How often a task is measured, after a first run of each process that is not counted."""
    seconds: float = min(one.ask(task)["seconds"] for one in (base, head))
    return max(1, min(MOST_REPEATS, math.ceil(STEADY_SECONDS / max(seconds, 1e-9))))


def _pair(
    base: CodeProcess, head: CodeProcess, task: dict[str, Any], repeats: int
) -> tuple[_Measured, _Measured]:
    """One task with both codes, the order changing from repeat to repeat and seed to seed."""
    replies: dict[CodeProcess, list[dict[str, Any]]] = {base: [], head: []}
    for repeat in range(repeats):
        is_even = (repeat + task["seed"]) % 2 == 0
        for one in (base, head) if is_even else (head, base):
            replies[one].append(one.ask(task))
    return _own(replies[base]), _own(replies[head])


def _own(replies: list[dict[str, Any]]) -> _Measured:
    seconds, harness = (min(reply[key] for reply in replies) for key in ("seconds", "harness"))
    return _Measured(max(seconds - harness, LEAST_SHARE * harness), replies[0]["queries"])


def _row(method: str, measured: list[tuple[_Measured, _Measured]], note: str) -> SpeedRow:
    base, head = zip(*measured, strict=True)
    logs = np.log([new.per_query / old.per_query for old, new in measured])
    return SpeedRow(
        method=method,
        seconds_base=_over_all(base),
        seconds_head=_over_all(head),
        ratio=_mean_interval(logs).map(math.exp),
        pairs=len(measured),
        note=note,
    )


def _over_all(measured: Sequence[_Measured]) -> float:
    return sum(one.seconds for one in measured) / max(sum(one.queries for one in measured), 1)


def _mean_interval(values: np.ndarray[Any, np.dtype[np.float64]]) -> Estimate:
    """A mean with Student's 95 % interval; without where nothing is known of the spread."""
    from scipy.special import stdtrit

    mean = float(values.mean())
    if values.size < 2 or np.ptp(values) == 0:
        return Estimate(mean)
    error = float(values.std(ddof=1)) / values.size**0.5
    half = float(stdtrit(values.size - 1, 0.975)) * error
    return Estimate(mean, mean - half, mean + half)
