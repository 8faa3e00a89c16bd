"""docs/contender.md: its tables and sentences are what the committed records say."""

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.leaderboard.tables.formats import markdown_table
from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.methods import method_card
from nasarena.suite.records.stored_runs import read_executions
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.ranking import ranking
from nasarena.suite.statistics.samples import mean_of, restricted_mean
from nasarena.suite.statistics.summary import restricted, summary_rows
from simulations import simulation

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS.parent / "results"
PAGE = (DOCS / "contender.md").read_text(encoding="utf-8")
SECOND, FIRST = "path-net-gp", "path-gp"


@pytest.fixture(scope="module")
def made() -> Any:
    """The script that makes the tables."""
    return simulation("contender_page")


@pytest.mark.parametrize("table", ["benchmarks", "methods", "rivals", "others"])
def test_a_table_is_made_of_the_records(made: Any, table: str) -> None:
    assert markdown_table(made.TABLES[table]()) in PAGE


def test_each_was_run_once_on_all_twelve_benchmarks(made: Any) -> None:
    assert len(made.names()) == 12
    for benchmark in made.names():
        assert made.cell(SECOND, benchmark).seeds.tolist() == list(range(2000, 2100))
        assert made.cell(FIRST, benchmark).seeds.tolist() == list(range(1000, 1100))


def test_only_the_cells_trained_here_are_unseen_data(made: Any) -> None:
    tuned_on = method_card(SECOND).tuned_on
    assert set(method_card(FIRST).tuned_on) <= set(tuned_on)
    assert all(any(fnmatch(name, one) for one in tuned_on) for name in made.names())
    assert not any(fnmatch("nasbench101-5/rotated-mnist", one) for one in tuned_on)
    assert "none of them is unseen data to `path-net-gp`" in PAGE


def test_the_goals_are_those_of_the_records(made: Any) -> None:
    goals = PAGE.partition("## The goals")[2].partition("\n## ")[0]
    three = ["nasbench201/cifar10", "nasbench201/cifar100", "nasbench201/imagenet16-120"]
    first, second, third = (made.samples(SECOND, name) for name in three)
    assert "{}, {} and {} |".format(*(interval_text(x, number) for x in (first, second, third)))
    assert first.low < first.value <= 33 < first.high
    assert second.low < second.value <= 30 < second.high
    assert "These two levels lie in the intervals" in PAGE
    assert third.low < 80 < third.value
    means = interval_text(made.geometric(SECOND), number)
    regrets = interval_text(made.regret(SECOND), lambda points: f"{points:.2f}")
    assert f"over the twelve benchmarks (`{SECOND}` {means})" in PAGE
    assert f"after 150 queries on NAS-Bench-Graph ({regrets})" in PAGE
    for method in (SECOND, FIRST):
        assert interval_text(made.geometric(method), number) in goals
        assert interval_text(made.regret(method), lambda points: f"{points:.2f}") in goals
    assert made.geometric(SECOND).low > 170
    assert made.regret(SECOND).low > 0.25


def test_where_it_is_clearly_better_is_where_the_records_say(made: Any) -> None:
    assert made.clearly(FIRST) == (["nasbenchgraph/arxiv", "nasbenchgraph/citeseer"], [])
    assert "clearly better than `path-gp` on arxiv and on citeseer" in PAGE
    assert all(not made.clearly(other)[1] for other, _ in made.against())
    more, _ = made.against()[FIRST, "nasbenchgraph/pubmed"]
    assert f"On pubmed it needs {more:.0f} samples more" in PAGE
    for name in ("computers", "cs", "physics"):
        assert made.against()[FIRST, f"nasbenchgraph/{name}"][1].p > 0.05
        assert made.samples(SECOND, f"nasbenchgraph/{name}").value > 600
    found = (made.cell(SECOND, "nasbenchgraph/cora").samples_to_optimum <= made.CAP).sum()
    assert f"and `path-net-gp` in {found} of 100 runs" in PAGE
    assert not (made.cell(FIRST, "nasbenchgraph/cora").samples_to_optimum <= made.CAP).any()
    share = 1 - made.geometric(SECOND).value / made.geometric(FIRST).value
    assert f"The geometric mean is {100 * share:.0f} % below that of `path-gp`" in PAGE


def test_the_ranking_is_that_of_a_site(made: Any) -> None:
    found = ranking(made.twelve())
    first, second = found.rows[:2]
    assert (first.method, second.method) == (SECOND, FIRST)
    pairs = [found.pairs[SECOND, other.method] for other in found.rows[1:]]
    assert all(pair.first_needs_fewer for pair in pairs)
    assert len(pairs) == 7
    (p,) = {pair.p_holm for pair in pairs}
    said = "{}, `path-gp` {} (p {}, corrected over all pairs)"
    means = [interval_text(row.samples, number) for row in (first, second)]
    assert said.format(*means, p) in PAGE


def test_what_is_said_of_other_records_is_in_them() -> None:
    unseen = {one.identity.method: one for one in load_run_sets([RESULTS / "nasbench101-5"])}
    assert compare(unseen[SECOND], unseen[FIRST], 1000).p > 0.05
    said = (
        interval_text(restricted_mean(restricted(unseen[x]), 1000), number) for x in (SECOND, FIRST)
    )
    assert "it needs {} samples and `path-gp` {}; no difference".format(*said) in PAGE


def test_what_is_said_of_the_rivals_is_in_their_records(made: Any) -> None:
    found = made.by_id()
    assert found.rows[0].method == made.BY_ID
    pairs = {row.method: found.pairs[made.BY_ID, row.method] for row in found.rows[1:]}
    clear = {name for name, pair in pairs.items() if pair.first_needs_fewer}
    assert f"clearly fewer samples than {len(clear)} of the {len(pairs)} others" in PAGE
    assert set(pairs) - clear == {"path-gp[skip_twins=False]", "flan[epochs=20]"}
    rows = summary_rows(load_run_sets([RESULTS / "rivals"]))
    assert {row.seeds for row in rows if row.method == "flan[epochs=20]"} == {10, 20}
    assert {row.seeds for row in rows if row.method != "random-search"} == {10, 20, 30}
    for name in ("random-search", "weaknas", "weaknas-gbrt"):
        cells = [of[name] for place, of in made.field().run_sets.items() if "201" in place]
        assert [runs.count for runs in cells] == [100] * 3
    before: dict[str, set[str]] = {}
    for row in rows:
        if row.method == made.BY_ID:
            before[row.benchmark.partition("/")[2]] = {
                other.method
                for other in rows
                if other.benchmark == row.benchmark
                and other.restricted_mean_samples < row.restricted_mean_samples
            }
    assert len(before.pop("rotated-mnist")) == 3
    assert before == {
        "arxiv": set(),
        "citeseer": set(),
        "imagenet16-120": set(),
        "cifar10": {"path-gp[skip_twins=False]"},
        "cifar100": {"flan[epochs=20]"},
    }
    assert (
        "the fewest samples on arxiv, citeseer and imagenet16-120, the second fewest on cifar10 "
        "(after `path-gp`) and cifar100 (after `flan[epochs=20]`), and the fourth fewest on "
        "rotated-mnist" in PAGE
    )


def test_it_needs_fewer_than_those_that_were_not_run_everywhere(made: Any) -> None:
    assert len(made.by_id().left_out) == 12
    assert "Twelve methods were not run on all six." in PAGE
    assert {one.b for one in made.elsewhere()} == {*made.by_id().left_out}
    unclear = {(one.b, one.benchmark) for one in made.elsewhere() if one.p_holm >= 0.05}
    others = {"npenas-np[steps=None]", "weaknas-gcn"}
    assert unclear == {(name, "nasbenchgraph/arxiv") for name in others}
    for one in made.elsewhere():
        assert one.a == made.BY_ID
        assert one.mean.value < 0


def test_cpu_times_are_those_of_the_records() -> None:
    times = {}
    for name in ("cifar10", "cifar100", "imagenet16-120"):
        (folder,) = RESULTS.glob(f"contender/*isomorphism*/nasbench201/{name}/{SECOND}")
        times[name] = np.array(read_executions(folder)["cpu_seconds"].to_pylist())
    means = [
        f"{interval_text(mean_of(seconds), lambda x: f'{x:.2g}')} on {name}"
        for name, seconds in times.items()
    ]
    assert ", ".join(means) in PAGE, means
    for name in ("cifar10", "cifar100"):
        time = mean_of(times[name])
        assert time.low < 0.05 < time.value
    assert "on cifar10 and cifar100 the goal lies in the interval, and half of the runs" in PAGE
    assert max(np.median(times[name]) for name in ("cifar10", "cifar100")) < 0.035
