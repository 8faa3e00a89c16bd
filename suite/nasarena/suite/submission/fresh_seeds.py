"""A submission's methods on seeds that nobody knew when the submission was made."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.audit.methods import Methods
from nasarena.suite.errors import UserError
from nasarena.suite.gate.candidate import protocol_of
from nasarena.suite.gate.effect import Pair, slow_down, smallest_shown, times_worse
from nasarena.suite.gate.outcomes import load_outcomes, outcomes_of
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.runner import run_cells
from nasarena.suite.statistics.load_run_sets import run_set_of
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.statistics.separation import holm
from nasarena.suite.statistics.stratified_ranks import rank_tests
from nasarena.suite.submission.check import Problem, Submission

SEEDS = 10**9
"""Seeds have at most nine digits."""

LEVEL = 0.01
"""p below which submitted and fresh runs are taken not to be of one method; over all methods."""


@dataclass(frozen=True)
class FreshComparison:
    """The submitted runs of a method under a protocol, beside fresh ones.

    * `measured`: samples, or regret on benchmarks where most runs do not find the optimum.
    * `ratio`: how many times as much of it fresh runs have, by means over benchmarks; `by_ranks` is
      the same by ranks of runs, in which a long run counts little.
    * `p`: two-sided, corrected (Holm) over the methods: how likely so different ranks are if all
      runs are of one method.
    * `smallest`: the smallest slow-down that so many seeds show in 80 % of repetitions; None where
      there is none up to 20 times.
    * `failed`: fresh runs that failed.
    """

    method: str
    protocol: str
    benchmarks: list[str]
    submitted_seeds: int
    fresh_seeds: int
    measured: str
    ratio: Estimate
    by_ranks: Estimate
    p: float
    smallest: float | None
    failed: int

    @property
    def plausible(self) -> bool:
        """Whether the submitted samples can be those of the method that was run here."""
        return self.p > LEVEL and not self.failed

    @property
    def sentence(self) -> str:
        """What was found, with the interval."""
        if self.failed:
            return f"not plausible: {self.failed} fresh runs failed"
        several = f"{len(self.benchmarks)} benchmarks"
        where = several if len(self.benchmarks) > 1 else self.benchmarks[0]
        found = (
            f"{self.fresh_seeds} fresh seed{' has' if self.fresh_seeds == 1 else 's have'} "
            f"{_interval(self.by_ranks)} times the {self.measured} of the "
            f"{self.submitted_seeds} submitted ones by ranks, "
            f"{_interval(self.ratio)} times by means ({where}): p = {self.p:.2g}"
        )
        if not self.plausible:
            return f"not plausible: {found}"
        shown = (
            "so few seeds show no difference"
            if self.smallest is None
            else f"{self.smallest:.2g} times as much would be noticed in 80 % of repetitions"
        )
        return f"plausible: {found}; {shown}"


def _interval(one: Estimate) -> str:
    if one.low is None or one.high is None:
        return f"{one.value:.3g}"
    return f"{one.value:.3g} [{one.low:.3g}, {one.high:.3g}]"


def draw_seeds(submission: str, after: str, count: int, taken: Iterable[int] = ()) -> list[int]:
    """`count` seeds from the hash of a submission and a text that was published after it.

    Seed k is SHA-256 of the two and k, modulo 10^9, without those that are `taken`: anybody who has
    the submission and the text draws the same ones, and nobody could before the text was there.
    """
    seeds: dict[int, None] = {}
    used = set(taken)
    number = 0
    while len(seeds) < count:
        digest = sha256(f"{submission}\n{after.strip()}\n{number}".encode()).digest()
        seed = int.from_bytes(digest) % SEEDS
        if seed not in used:
            seeds[seed] = None
        number += 1
    return list(seeds)


def taken_seeds(submission: Submission) -> set[int]:
    """Every seed of a submission."""
    return {
        seed
        for cell in submission.cells
        if cell.part
        for seed in cell.part.runs["seed"].to_pylist()
    }


def run_fresh(
    submission: Submission,
    methods: Methods,
    seeds: Sequence[int],
    results: Path,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda finished: None,
) -> tuple[list[FreshComparison], dict[str, str]]:
    """Run each method at hand on fresh seeds into `results`, and compare.

    Beside the comparisons, a sentence for each method that is not at hand. Raises UserError.
    """
    absent: dict[str, str] = {}
    chosen: dict[tuple[str, str], list[tuple[AuditedCell, Cell]]] = {}
    for cell in submission.sound_cells:
        assert cell.part is not None
        identity = cell.part.identity
        found = methods.of(cell)
        if isinstance(found, str):
            absent.setdefault(identity.method, found)
            continue
        try:
            again = Cell(found.choice, identity.benchmark, protocol_of(identity))
        except UserError as error:
            absent.setdefault(identity.method, str(error))
            continue
        chosen.setdefault((identity.method, identity.protocol), []).append((cell, again))
    every = [again for cells in chosen.values() for _, again in cells]
    if every:
        report = run_cells(every, seeds, results, workers, progress)
        submission.notes += [Problem("", f"fresh runs: {one}") for one in report.warnings]
    return _compared([_pairs(cells, seeds, results) for cells in chosen.values()]), absent


def _pairs(
    cells: Sequence[tuple[AuditedCell, Cell]], seeds: Sequence[int], results: Path
) -> list[Pair]:
    pairs = []
    for cell, again in sorted(cells, key=lambda one: one[1].benchmark):
        assert cell.part is not None
        base = outcomes_of(run_set_of(cell.part), cell.results)
        (head,) = load_outcomes(results, again.identity().__eq__, seeds)
        pairs.append(Pair(base, head))
    return pairs


def _compared(groups: Sequence[list[Pair]]) -> list[FreshComparison]:
    level = LEVEL / 2 / max(len(groups), 1)
    alone = []
    for pairs in groups:
        test, _ = rank_tests([pair.stratum for pair in pairs], level)
        alone.append(min(1.0, 2 * min(test.p_higher, test.p_lower)))
    corrected = holm(np.array(alone)).tolist() if alone else []
    return [
        FreshComparison(
            method=pairs[0].base.identity.method,
            protocol=pairs[0].base.identity.protocol,
            benchmarks=[pair.benchmark for pair in pairs],
            submitted_seeds=min(pair.base.count for pair in pairs),
            fresh_seeds=min(pair.head.count for pair in pairs),
            measured=" or ".join(sorted({pair.measure for pair in pairs}, reverse=True)),
            ratio=times_worse(pairs),
            by_ranks=slow_down(pairs),
            p=p,
            smallest=smallest_shown(pairs, level),
            failed=sum(int(pair.head.failed.sum()) for pair in pairs),
        )
        for pairs, p in zip(groups, corrected, strict=True)
    ]
