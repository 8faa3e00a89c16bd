"""NAS-Bench-Macro: the published file's facts."""

import json
from pathlib import Path

import numpy as np
import pytest

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.spaces.nasbench_macro import NASBenchMacro
from nasarena.suite.tables.fetched.catalogue import catalogue


def test_the_table_is_that_of_the_file(published: Path, everything_fetched: Path) -> None:
    benchmark = load_benchmark("nasbench-macro/cifar10")
    table, space = benchmark.table, benchmark.space
    networks = json.loads((published / catalogue()["nasbench-macro"].files[0].name).read_bytes())
    assert table.size == space.size == len(networks) == 6561
    for id in range(0, 6561, 37):
        network = networks[space.key(id)]
        assert table.validation[id].tolist() == network["test_acc"]
        assert table.mean_validation[id] == pytest.approx(network["mean_acc"], abs=1e-9)
        assert benchmark.look_up(id)["parameters"] == network["params"]
    assert [space.key(id) for id in table.optimum.tolist()] == ["22212202", "22212220"]
    assert table.best_validation == pytest.approx(93.127, abs=5e-4)
    assert table.test is None
    assert "test accuracies" in benchmark.further_facts()["labels"]


def test_classes_are_the_networks_that_share_their_measurements(everything_fetched: Path) -> None:
    benchmark = load_benchmark("nasbench-macro/cifar10")
    validation, space = benchmark.table.validation, benchmark.space
    assert space.class_count == 3969
    classes = space.classes(np.arange(space.size))
    assert (validation == validation[classes]).all()
    assert len(np.unique(validation, axis=0)) == 3969


def test_the_enumeration() -> None:
    space = NASBenchMacro()
    ids = np.arange(space.size)
    assert (space.ids(space.decisions(ids)) == ids).all()
    assert space.key(1) == "00000001"
    assert (space.classes(ids) <= ids).all()
    assert space.classes(space.ids("00011110")) == space.ids("00011101")
    assert space.neighbours(ids).shape == (6561, 16)
