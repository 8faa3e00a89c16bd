"""Whether to add seeds or to stop: looks at growing numbers of new runs, one alpha for all.

A method stops when it is worse at this look's level, when nothing points to harm, when its traces
are the stored ones, or when all seeds are used. Stopping without harm is not binding: levels are
those of a test that always goes on, so it cannot raise the rate of false alarms, and one may go on
after it. Sources: see `nasarena.suite.statistics.alpha_spending`; for futility that is not binding,
Pampallona, Tsiatis & Kim, "Interim monitoring of group sequential trials using spending functions
for the type I and type II error probabilities", 2001.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.verdict import MethodVerdict, Rules, count_tested, judge
from nasarena.suite.statistics.alpha_spending import nominal_levels

BLOCKS = (5, 10, 20, 30, 50, 100, 200)
"""New seeds at each look; beyond the last, twice as many each time."""

NO_HARM, NO_HARM_FROM = 0.5, 10
"""A statistic below this many standard deviations points to no harm, from this many seeds on.

With fewer seeds it says too little: where 98 % of regressions of some size are found without this
rule, 88 % are when it holds from 5 seeds on, and 96 % when from 10 on. Where nothing changed, 12
and 18 seeds are used (a Brownian motion, alpha 1 %, 5, 10, 20, 30 and 50 seeds, 100 stored).
"""

Stop: TypeAlias = Literal["worse", "no sign of harm", "identical", "all seeds used"]


@dataclass(frozen=True)
class Looks:
    """Numbers of new seeds at which to look, ascending, and the alpha of all looks together."""

    seeds: tuple[int, ...]
    alpha: float

    def level(self, look: int, stored: int, tested: int) -> float:
        """What `judge` takes as level at a look (from 0): for all tested methods together.

        `stored` is the number of stored seeds, `tested` that of the methods tested at the first
        look: it stays the same when some of them have stopped.
        """
        tested = max(tested, 1)
        return tested * nominal_levels(self.seeds, stored, self.alpha / tested)[look]

    def stop(self, look: int, verdict: MethodVerdict) -> Stop | None:
        """Why a method stops at a look; None where it goes on."""
        if verdict.verdict == "worse":
            return "worse"
        if verdict.verdict == "identical":
            return "identical"
        if look == len(self.seeds) - 1:
            return "all seeds used"
        enough = self.seeds[look] >= NO_HARM_FROM
        return "no sign of harm" if enough and verdict.z < NO_HARM else None


@dataclass(frozen=True)
class Stopped:
    """The last verdict on a method, and why no more seeds were added; `seeds` were used."""

    verdict: MethodVerdict
    reason: Stop
    seeds: int


def looks_up_to(seeds: int, alpha: float) -> Looks:
    """The looks with at most so many new seeds."""
    blocks = list(BLOCKS)
    while blocks[-1] < seeds:
        blocks.append(2 * blocks[-1])
    return Looks((*(block for block in blocks if block < seeds), seeds), alpha)


def judge_in_looks(
    methods: Sequence[str],
    pairs_at: Callable[[int, Sequence[str]], Sequence[Sequence[Pair]]],
    rules: Rules,
    looks: Looks,
) -> list[Stopped]:
    """Judge methods at each look until all have stopped; in the order of `methods`.

    `pairs_at(seeds, methods)` makes the runs of these methods up to so many seeds, and returns
    the pairs of each.
    """
    stopped: dict[str, Stopped] = {}
    left = list(methods)
    tested: int | None = None
    for look, seeds in enumerate(looks.seeds):
        pairs = pairs_at(seeds, left)
        tested = count_tested(pairs) if tested is None else tested
        stored = min(pair.base.count for some in pairs for pair in some)
        verdicts = judge(pairs, rules, looks.level(look, stored, tested), tested)
        for method, verdict in zip(left, verdicts, strict=True):
            reason = looks.stop(look, verdict)
            if reason is not None:
                stopped[method] = Stopped(verdict, reason, seeds)
        left = [method for method in left if method not in stopped]
        if not left:
            break
    return [stopped[method] for method in methods]
