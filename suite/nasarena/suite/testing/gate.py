"""Runs of a test held against a baseline, or written as one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nasarena.leaderboard.tables.gate_report import heading, sentences, to_text
from nasarena.suite.errors import RunsFailed, UserError
from nasarena.suite.files import locked
from nasarena.suite.gate.baseline import FILE, add_to_baseline, read_baseline
from nasarena.suite.gate.candidate import WAIT_SECONDS, baseline_of, paired
from nasarena.suite.gate.gate import GateReport
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.gate.verdict import Rules, judge
from nasarena.suite.names import seed_range
from nasarena.suite.testing.runs import Failing, Runs


@dataclass(frozen=True)
class Gate:
    """What the fixture `nasarena_gate` gives."""

    root: Path
    update: bool
    tell: Callable[[str], None]
    failing: Failing

    def __call__(
        self,
        runs: Runs,
        baseline: str | Path,
        alpha: float = 0.01,
        min_effect: float = 0.1,
        *,
        baseline_seeds: int = 100,
        fail_on_unclear: bool = False,
    ) -> GateReport | None:
        """Fail the test, with a report, when the runs are worse than the baseline.

        Args:
            runs: from `nasarena_run`. Only their benchmarks are held against the baseline.
            baseline: the baseline's folder, the same as for `nasarena gate`; a relative one
                starts at pytest's root directory.
            alpha: the chance of a false alarm.
            min_effect: the smallest regression that counts; 0.1 is 10 % more samples.
            baseline_seeds: how many seeds `pytest --nasarena-update` stores, from the first of
                the runs' on. More of them show smaller regressions, and cost nothing later.
            fail_on_unclear: whether too few seeds to tell fail the test as well.

        Returns the report; None when the baseline was written instead.
        """
        folder = self.root / baseline
        with self.failing():
            if not 0 < alpha < 1:
                raise UserError(f"alpha is {alpha}; give a chance between 0 and 1, as 0.01")
            if not min_effect >= 0:
                raise UserError(f"min_effect is {min_effect}; give a share, as 0.1 for 10 %")
            if self.update:
                self.tell(_renew(runs, folder, baseline_seeds, Path(baseline)))
                return None
            report = _compare(runs, folder, Path(baseline), Rules(alpha, min_effect))
        for one in report.verdicts:
            self.tell(f"{heading(one, report)}. {sentences(one, report)[0]}")
        if report.failed(fail_on_unclear):
            pytest.fail(to_text(report).rstrip(), pytrace=False)
        return report


def _compare(runs: Runs, folder: Path, named: Path, rules: Rules) -> GateReport:
    if not (folder / FILE).is_file():
        raise UserError(
            f"there is no baseline {named / FILE}; write it with pytest --nasarena-update and add "
            "it to git"
        )
    stored = baseline_of(read_baseline(folder), runs.method, named)
    benchmarks = [one.identity.benchmark for one in runs.outcomes]
    known = {one.identity.benchmark: one for one in stored}
    missing = [name for name in benchmarks if name not in known]
    if missing:
        raise UserError(
            f"the baseline {named} has no runs of {runs.method} on {', '.join(missing)}; add them "
            "with pytest --nasarena-update"
        )
    pairs = paired([known[name] for name in benchmarks], runs.outcomes, runs.folder)
    verdicts = judge([pairs], rules)
    return GateReport(rules, verdicts, [pairs], list(runs.failures))


def _renew(runs: Runs, folder: Path, baseline_seeds: int, named: Path) -> str:
    """Write the runs into a baseline; returns a sentence that says so."""
    if (folder / FILE).exists():  # a file that cannot be added to is found before anything runs
        read_baseline(folder)
    first = runs.seeds[0]
    count = max(baseline_seeds, len(runs.seeds))
    runs = runs.with_seeds(seed_range(range(first, first + count)))
    if runs.failures:
        raise RunsFailed("\n".join([*runs.failures, f"no baseline is written to {named}"]))
    _add(folder, runs.outcomes, runs.cache)
    many = len(runs.outcomes)
    return (
        f"wrote {named / FILE}: {runs.method}, {many} benchmark{'s' if many > 1 else ''}, "
        f"{count} seeds"
    )


def _add(folder: Path, outcomes: list[Outcomes], cache: Path) -> None:
    """Add to a baseline's file while no other worker of xdist does."""

    def unwritable(error: OSError) -> UserError:
        return UserError(f"the folder {cache} cannot be written to ({error.strerror})")

    busy = f"another process has been writing baselines for an hour ({cache}); end it"
    with locked(cache / "baselines.lock", busy, unwritable, WAIT_SECONDS):
        add_to_baseline(folder, outcomes)
