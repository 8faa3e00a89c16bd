"""The verdict on new runs of methods, held against a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal, TypeAlias

import numpy as np

from nasarena.suite.gate.effect import SLACK, Measure, Pair, slow_down, smallest_shown, times_worse
from nasarena.suite.statistics.intervals import FEWEST_RUNS
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.separation import holm
from nasarena.suite.statistics.stratified_ranks import RankTest, Stratum, rank_tests

Verdict: TypeAlias = Literal["identical", "worse", "better", "no difference shown", "too few seeds"]

UNCLEAR: Verdict = "too few seeds"


@dataclass(frozen=True)
class Rules:
    """When a difference counts.

    * `alpha`: the chance of a false alarm over all methods and looks together.
    * `min_effect`: the smallest regression that matters; 0.1 is 10 %.
    """

    alpha: float = 0.01
    min_effect: float = 0.1


@dataclass(frozen=True)
class BenchmarkRow:
    """A method on one benchmark, as information: the verdict is over all benchmarks.

    `base` and `head` are means of min(samples, budget), `found_base` and `found_head` the shares
    of runs that found the optimum. `ratio` is of the `measure`; above 1 is worse. `p` is one-sided
    (worse), corrected (Holm) over the rows of all methods; 1 for identical traces.
    """

    benchmark: str
    measure: Measure
    base: float
    head: float
    found_base: float
    found_head: float
    ratio: Estimate
    p: float


@dataclass(frozen=True)
class MethodVerdict:
    """What is said of one method.

    Worse: more runs failed than before; or `p_worse` is at most `level`, `slow_down` above
    1 + `min_effect`, and `ratio` above 1, so that nothing is called worse whose mean is better.
    Better: the same the other way round. No difference shown: neither, with its interval, is above
    1 + `min_effect`; where all runs need the same, there is none, and from 6 runs on the value
    counts.

    * `identical` of `comparable` new runs have the trace that is stored for their seed.
    * `ratio`: how many times worse over all benchmarks, by the means; above 1 is worse.
    * `slow_down`: the same by ranks, which `min_effect` is held against; see `effect.slow_down`.
    * `p_worse`, `p_better`: one-sided, times the number of methods tested (Bonferroni), to be held
      against `level`: alpha, or this look's part of it.
    * `smallest`: the smallest regression, in times, that these seeds would have shown in 80 % of
      repetitions; None where there is none up to 20 times.
    * `failed`: failed new runs by benchmark, where a larger share failed than of the stored ones.
    * `seconds_base`, `seconds_head`: CPU seconds per charged query, as recorded; on whatever
      machines.
    """

    method: str
    verdict: Verdict
    version_base: str
    version_head: str
    source_changed: bool
    environment_changed: bool
    base_seeds: int
    head_seeds: int
    identical: int
    comparable: int
    ratio: Estimate
    slow_down: Estimate
    z: float
    p_worse: float
    p_better: float
    level: float
    smallest: float | None
    failed: dict[str, int]
    seconds_base: float
    seconds_head: float
    benchmarks: list[BenchmarkRow]

    @property
    def regressed(self) -> bool:
        """Whether this is a regression."""
        return self.verdict == "worse"


def count_tested(methods: Sequence[Sequence[Pair]]) -> int:
    """How many of the methods have new traces, so that they are tested."""
    return sum(not _identical(pairs) for pairs in methods)


def judge(
    methods: Sequence[Sequence[Pair]],
    rules: Rules,
    level: float | None = None,
    tested: int | None = None,
) -> list[MethodVerdict]:
    """The verdict on each method, given its pairs on all benchmarks.

    `level` is this look's part of alpha, for all methods together; alpha where there is one look.
    `tested` is the number of methods to correct for; those given here that have new traces where
    there is one look.
    """
    level = rules.alpha if level is None else level
    tested = count_tested(methods) if tested is None else tested
    each = level / max(tested, 1)
    ordered = [sorted(pairs, key=lambda pair: pair.benchmark) for pairs in methods]
    tests = [None if _identical(pairs) else rank_tests(_strata(pairs), each) for pairs in ordered]
    alone = [test.p_higher for found in tests if found for test in found[1]]
    corrected = iter(holm(np.array(alone)).tolist())
    verdicts = []
    for pairs, found in zip(ordered, tests, strict=True):
        together = found[0] if found else RankTest(0.0, 1.0, 1.0)
        rows = [_row(pair, next(corrected) if found else 1.0) for pair in pairs]
        verdicts.append(_verdict(pairs, rules, level, tested, together, rows))
    return verdicts


def _strata(pairs: Sequence[Pair]) -> list[Stratum]:
    return [pair.stratum for pair in pairs]


def _verdict(
    pairs: Sequence[Pair],
    rules: Rules,
    level: float,
    tested: int,
    test: RankTest,
    rows: list[BenchmarkRow],
) -> MethodVerdict:
    first = pairs[0]
    ratio, slower = times_worse(pairs), slow_down(pairs)
    failed = {
        pair.benchmark: int(pair.head.failed.sum())
        for pair in pairs
        if pair.head.failed.mean() > pair.base.failed.mean()
    }
    p_worse, p_better = (min(1.0, p * max(tested, 1)) for p in (test.p_higher, test.p_lower))
    same, comparable = map(sum, zip(*(_same_traces(pair) for pair in pairs), strict=True))
    most = (1 + rules.min_effect) * (1 + SLACK)
    verdict: Verdict
    if failed:
        verdict = "worse"
    elif _identical(pairs):
        verdict = "identical"
    elif p_worse <= level and slower.value > 1 + rules.min_effect and ratio.value > 1:
        verdict = "worse"
    elif p_better <= level and slower.value < 1 / (1 + rules.min_effect) and ratio.value < 1:
        verdict = "better"
    elif all(_at_most(pairs, one) <= most for one in (ratio, slower)):
        verdict = "no difference shown"
    else:
        verdict = UNCLEAR
    return MethodVerdict(
        method=first.base.identity.method,
        verdict=verdict,
        version_base=first.base.identity.method_version,
        version_head=first.head.identity.method_version,
        source_changed=_differ([(set(p.base.sources), set(p.head.sources)) for p in pairs]),
        environment_changed=_differ(
            [(set(p.base.environments), set(p.head.environments)) for p in pairs]
        ),
        base_seeds=min(pair.base.count for pair in pairs),
        head_seeds=min(pair.head.count for pair in pairs),
        identical=same,
        comparable=comparable,
        ratio=ratio,
        slow_down=slower,
        z=test.z,
        p_worse=p_worse,
        p_better=p_better,
        level=level,
        smallest=smallest_shown(pairs, level / max(tested, 1), rules.min_effect),
        failed=failed,
        seconds_base=_seconds(pairs, "base"),
        seconds_head=_seconds(pairs, "head"),
        benchmarks=rows,
    )


def _at_most(pairs: Sequence[Pair], estimate: Estimate) -> float:
    """The upper end of an interval; the value itself where many runs do not differ at all."""
    if estimate.high is not None:
        return estimate.high
    fewest = min(min(pair.base.count, pair.head.count) for pair in pairs)
    return estimate.value if fewest >= FEWEST_RUNS else inf


def _row(pair: Pair, p: float) -> BenchmarkRow:
    found = [float(np.isfinite(one.samples).mean()) for one in (pair.base, pair.head)]
    return BenchmarkRow(
        benchmark=pair.benchmark,
        measure=pair.measure,
        base=float(pair.base.censored.mean()),
        head=float(pair.head.censored.mean()),
        found_base=found[0],
        found_head=found[1],
        ratio=times_worse([pair]),
        p=p,
    )


def _identical(pairs: Sequence[Pair]) -> bool:
    """Whether every new run whose seed is stored has the stored trace, and there are such runs."""
    counts = [_same_traces(pair) for pair in pairs]
    return all(0 < comparable == same for same, comparable in counts)


def _same_traces(pair: Pair) -> tuple[int, int]:
    """How many new runs have the trace that is stored for their seed, and how many could."""
    stored = dict(zip(pair.base.seeds.tolist(), pair.base.traces, strict=True))
    known = [
        stored[seed] == trace
        for seed, trace in zip(pair.head.seeds.tolist(), pair.head.traces, strict=True)
        if seed in stored
    ]
    return sum(known), len(known)


def _differ(both: Sequence[tuple[set[str], set[str]]]) -> bool:
    """Whether any of the new runs was made with something that no stored one was."""
    return any(not head <= base for base, head in both)


def _seconds(pairs: Sequence[Pair], which: Literal["base", "head"]) -> float:
    """CPU seconds per charged query over all benchmarks."""
    some = [pair.base if which == "base" else pair.head for pair in pairs]
    queries = sum(int(one.queries.sum()) for one in some)
    return sum(float(one.cpu_seconds.sum()) for one in some) / queries if queries else float("nan")
