"""NAAP-440: a list without decisions."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasarena.leaderboard.paper_figures import _process
from nasarena.suite import Experiment, UserError, load_benchmark, run
from nasarena.suite.spaces.architecture_list import ArchitectureList
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.tables.fetched import naap440

NAME = "naap-440/cifar10"
EVERYTHING = ("one_hot", "released_encoding", "decisions", "tokens", "graphs", "neighbours")


def test_the_table_is_that_of_the_file(published: Path, everything_fetched: Path) -> None:
    benchmark = load_benchmark(NAME)
    with open(published / naap440.NAME, encoding="utf-8") as file:
        rows = {row["ModelId"]: row for row in csv.DictReader(file)}
    assert benchmark.table.size == benchmark.space.size == len(rows) == 440
    for key, row in rows.items():
        record = benchmark.look_up(key)
        assert record["validation"] == pytest.approx(100 * float(row["MaxAccuracy"]))
        assert record["parameters"] == int(row["NumParams"])
        assert record["metrics"]["validation.3_epochs"] == pytest.approx(
            100 * float(row["e3Accuracy"])
        )
        assert record["metrics"]["multiply_adds"] == int(row["NumMACs"])
    table = benchmark.table
    assert table.best_validation == pytest.approx(75.04)
    assert [benchmark.space.key(id) for id in table.optimum.tolist()] == ["407"]
    epochs = [benchmark.metric(f"validation.{n}_epochs") for n in range(1, 91)]
    assert [one.metric.epochs for one in epochs] == [*range(1, 91)]
    np.testing.assert_allclose(
        np.max([one.values for one in epochs], axis=0), table.mean_validation
    )
    assert "highest test accuracy" in benchmark.further_facts()["labels"]
    assert (benchmark.objective.name, benchmark.objective.gap) == ("test accuracy", "points")
    structure = [
        one.values for one in benchmark.metrics.values() if one.metric.name[:9] == "structure"
    ]
    assert len(np.unique(structure, axis=1).T) == 46


def test_what_needs_no_structure_runs_and_all_else_says_why(
    everything_fetched: Path, tmp_path: Path
) -> None:
    experiment = Experiment(
        methods="random-search,weaknas-lite",
        benchmarks=NAME,
        seeds=2,
        budget=20,
        workers=1,
        results=tmp_path,
    )
    with pytest.warns(UserWarning, match="naap-440 is a list without decisions: its"):
        report = run(experiment, progress=False)
    assert report.done == 4
    assert len(report.failures) == 1
    (searched,) = (
        runs for runs in load_run_sets(tmp_path) if runs.identity.method == "random-search"
    )
    assert set(_process(searched, "name", ["top", "path"])) == {"top"}, "there is no map"


def test_the_space_refuses_what_needs_decisions() -> None:
    space = ArchitectureList("mine", ["a", "b", "c"])
    assert space.ids(["c", "a"]).tolist() == [2, 0]
    assert space.class_count == 3
    assert sorted(space.sample(3, np.random.default_rng(0)).tolist()) == [0, 1, 2]
    calls: list[Callable[[], object]] = [
        *(lambda name=name: getattr(space, name)(np.arange(3)) for name in EVERYTHING),
        lambda: space.mutate(0, np.random.default_rng(0)),
        lambda: space.ids([[0]]),
    ]
    for call in calls:
        with pytest.raises(UserError, match="mine is a list without decisions"):
            call()
    for keys in ([], ["a", "a"]):
        with pytest.raises(ValueError, match="different names"):
            ArchitectureList("mine", keys)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("e7LossMean", "e7Loss"), "expected e7LossMean; found e7Loss"),
        (
            lambda text: text.replace("\n2,", "\n3,", 1),
            "expected the networks 1 to 440 in this order",
        ),
        (lambda text: text.replace("\n1,", "\nx,", 1), "could not convert string to float"),
        (lambda text: text.rpartition(",")[0], "naap440v2.csv: "),
    ],
)
def test_a_file_of_another_layout(published: Path, change: Callable[[str], str], said: str) -> None:
    text = (published / naap440.NAME).read_text(encoding="utf-8").strip()
    with pytest.raises(UserError, match=re.escape(said)):
        naap440.read(change(text).encode(), "")
