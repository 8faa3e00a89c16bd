"""docs/contender.md: its tables and sentences are what the committed records say."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.leaderboard.tables.formats import markdown_table
from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.samples import restricted_mean
from nasarena.suite.statistics.summary import restricted
from simulations import simulation

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS.parent / "results"
PAGE = (DOCS / "contender.md").read_text(encoding="utf-8")
SECOND, FIRST = "path-net-gp", "path-gp"


@pytest.fixture(scope="module")
def made() -> Any:
    """The script that makes the tables."""
    return simulation("contender_page")


@pytest.mark.parametrize("table", ["benchmarks", "methods"])
def test_a_table_is_made_of_the_records(made: Any, table: str) -> None:
    assert markdown_table(made.TABLES[table]()) in PAGE


def test_each_was_run_once_on_all_twelve_benchmarks(made: Any) -> None:
    assert len(made.names()) == 12
    for benchmark in made.names():
        assert made.cell(SECOND, benchmark).seeds.tolist() == list(range(2000, 2100))
        assert made.cell(FIRST, benchmark).seeds.tolist() == list(range(1000, 1100))


def test_the_goals_are_those_of_the_records(made: Any) -> None:
    goals = PAGE.partition("## The goals")[2].partition("\n## ")[0]
    three = ["nasbench201/cifar10", "nasbench201/cifar100", "nasbench201/imagenet16-120"]
    first, second, third = (made.samples(SECOND, name) for name in three)
    assert "{}, {} and {} |".format(*(interval_text(x, number) for x in (first, second, third)))
    assert first.value <= 33
    assert second.value <= 30
    assert third.low < 80 < third.value
    for method in (SECOND, FIRST):
        assert interval_text(made.geometric(method), number) in goals
        assert interval_text(made.regret(method), lambda points: f"{points:.2f}") in goals
    assert made.geometric(SECOND).low > 170
