"""The gate's report: what it says is what was found, in every format."""

import json
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest

from nasarena.leaderboard.tables.gate_report import (
    sentences,
    summary,
    to_dashboard,
    to_junit,
    to_markdown,
    to_text,
)
from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.gate import GateReport
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.gate.speed import SpeedRow
from nasarena.suite.gate.verdict import Rules, judge
from nasarena.suite.statistics.samples import Estimate

MakePair = Callable[..., Pair]

STORED = np.random.default_rng(0).integers(50, 150, 100)


def report_of(*pairs: Pair, speed: dict[str, SpeedRow] | None = None) -> GateReport:
    methods = [[pair] for pair in pairs]
    return GateReport(Rules(), judge(methods, Rules()), methods, speed=speed or {})


@pytest.fixture
def worse(make_pair: MakePair) -> Pair:
    return make_pair(STORED, 2 * STORED[:30], method="Own<b>|*")


@pytest.fixture
def same(make_outcomes: Callable[..., Outcomes]) -> Pair:
    runs = make_outcomes(STORED, method="Same")
    return Pair(runs, runs)


def test_worse_is_said_in_every_format(worse: Pair, same: Pair) -> None:
    report = report_of(worse, same)
    assert report.failed()
    assert summary(report) == "1 of 2 methods is worse"
    text = to_text(report)
    assert "Own<b>|*: worse" in text
    assert "Identical traces: 100 of 100; nothing to test." in text
    ratio = report.verdicts[0].ratio
    assert ratio.low is not None
    assert ratio.low > 1.1
    assert f"It needs {ratio.value:.3g} [{ratio.low:.3g}, " in text
    # Names are shown, not obeyed.
    assert r"Own\<b\>\|\*: worse" in to_markdown(report)
    suite = ElementTree.fromstring(to_junit(report))
    assert [suite.get(key) for key in ("tests", "failures", "skipped")] == ["2", "1", "0"]
    assert [case.find("failure") is not None for case in suite.iter("testcase")] == [True, False]
    rows = json.loads(to_dashboard(report))
    assert [row["value"] for row in rows if row["unit"] == "samples"] == [
        pytest.approx(2 * STORED[:30].mean(), rel=1e-5),
        pytest.approx(STORED.mean(), rel=1e-5),
    ]


def test_slower_is_red_only_above_the_limit_and_for_sure(same: Pair) -> None:
    def with_ratio(value: float, low: float) -> GateReport:
        row = SpeedRow("Same", 0.001, 0.001 * value, Estimate(value, low, 2 * value - low), 15)
        return report_of(same, speed={"Same": row})

    slower = with_ratio(1.6, 1.2)
    assert slower.failed()
    assert summary(slower) == "1 of 1 method is slower"
    assert "Same: identical, slower" in to_text(slower)
    assert "1.6 [1.2, 2] times the CPU time of before" in to_text(slower)
    assert ElementTree.fromstring(to_junit(slower)).get("failures") == "1"
    for harmless in (with_ratio(1.4, 1.3), with_ratio(1.6, 0.9)):
        assert not harmless.failed()
        assert "slower\n" not in to_text(harmless)


def test_too_few_seeds_are_red_only_where_asked(make_pair: MakePair) -> None:
    report = report_of(make_pair(STORED, np.percentile(STORED, [10, 30, 50, 70, 90])))
    (one,) = report.verdicts
    assert one.verdict == "too few seeds"
    assert not report.failed()
    assert report.failed(fail_on_unclear=True)
    assert sentences(one, report)[0].startswith("5 seeds are too few to tell whether it is worse")
    assert ElementTree.fromstring(to_junit(report)).get("skipped") == "1"


def test_failures_count_where_more_runs_fail_than_before(
    make_outcomes: Callable[..., Outcomes],
) -> None:
    base = make_outcomes(STORED, failed=range(10), version="1")
    for failing, more in ((range(6), True), (range(3), False)):
        head = make_outcomes(STORED[:30], failed=failing, version="2")
        report = report_of(Pair(base, head))
        said = sentences(report.verdicts[0], report)[0]
        assert (said == "More runs fail than before: 6 on toy/one.") is more
        assert report.failed() is more


def test_what_counts_is_said_of_the_number_that_is_judged(make_pair: MakePair) -> None:
    """The ratio can be below what counts, where the slow-down by ranks is above."""
    head = 1.3 * STORED[:50]
    head[:2] = 1.0
    stored = STORED.astype(float)
    stored[:3] = 590.0
    report = report_of(make_pair(stored, head))
    (one,) = report.verdicts
    assert one.verdict == "worse"
    assert one.slow_down.value > 1.1
    said = sentences(one, report)[0]
    assert f"({one.slow_down.value:.3g} [" in said
    assert said.endswith("more than 1.1 times by ranks counts as a regression.")


@pytest.mark.parametrize(
    ("stored", "new", "seeds", "is_said"),
    [
        (STORED, STORED[:2], 2, True),
        # All runs need the same, so that no spread is known; two new runs tell 20 from 100.
        ([20] * 100, [20], 20, False),
        ([20] * 100, [22], 20, False),
        ([20] * 100, [100], 20, False),
        ([20] * 100, [20], 2, False),
        ([20] * 100, [100], 2, False),
        ([600] * 100, [600], 20, False),
    ],
)
def test_too_few_seeds_are_blamed_only_where_they_are_too_few(
    make_pair: MakePair, stored: list[int], new: list[int], seeds: int, is_said: bool
) -> None:
    report = report_of(make_pair(stored, np.resize(new, seeds)))
    said = " ".join(sentences(report.verdicts[0], report))
    assert ("so few seeds" in said) is is_said
    if seeds == 20:
        assert "too few" not in said
