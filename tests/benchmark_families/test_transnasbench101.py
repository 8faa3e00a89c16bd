"""TransNAS-Bench-101: the published files' facts, and the notation that they are in."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from nasarena.suite import UserError, load_benchmark
from nasarena.suite.spaces.nasbench201 import EDGES
from nasarena.suite.spaces.transnasbench101 import TransNASBench101
from nasarena.suite.tables.fetched import transnasbench101

BEST = {
    ("micro", "class_scene"): (711, 54.797, ["312212"]),
    ("micro", "class_object"): (711, 45.731, ["301121", "312011"]),
    ("micro", "autoencoder"): (711, 0.5719, ["311101"]),
    ("micro", "normal"): (711, 0.5784, ["321122"]),
    ("micro", "jigsaw"): (711, 94.994, ["032223"]),
    ("micro", "room_layout"): (711, -0.6095, ["311310"]),
    ("micro", "segmentsemantic"): (711, 94.755, ["323322"]),
    ("macro", "class_scene"): (662, 56.912, ["214113"]),
    ("macro", "class_object"): (662, 47.472, ["212311"]),
    ("macro", "autoencoder"): (725, 0.7688, ["221113"]),
    ("macro", "normal"): (725, 0.6435, ["224111"]),
    ("macro", "jigsaw"): (725, 96.920, ["221300"]),
    ("macro", "room_layout"): (725, -0.5628, ["223330"]),
    ("macro", "segmentsemantic"): (725, 95.050, ["122311"]),
}


@pytest.mark.parametrize(("part", "task"), BEST)
def test_the_tables_have_the_known_optima(part: str, task: str, everything_fetched: Path) -> None:
    benchmark = load_benchmark(f"transnasbench101-{part}/{task}")
    table, space = benchmark.table, benchmark.space
    size, best, keys = BEST[part, task]
    assert table.size == space.size == size
    assert table.best_validation == pytest.approx(best, abs=6e-4)
    assert [space.key(id) for id in table.optimum.tolist()] == keys
    assert benchmark.objective.is_accuracy is (
        task in (*("class_scene", "class_object", "jigsaw", "segmentsemantic"),)
    )
    assert len([one for one in benchmark.metrics if one.startswith("proxy.")]) == 11
    assert benchmark.metric("proxy_seconds.grasp").values.min() > 0


@pytest.mark.parametrize("part", ["micro", "macro"])
def test_losses_are_shown_as_losses(part: str, published: Path, everything_fetched: Path) -> None:
    content = json.loads((published / transnasbench101.FILES[part]).read_bytes())
    benchmark = load_benchmark(f"transnasbench101-{part}/room_layout")
    negated = [network["val_accuracy"] for network in content["room_layout"].values()]
    column = benchmark.metric("validation")
    assert (column.metric.direction, benchmark.objective.name) == ("min", "loss")
    assert sorted(column.values) == sorted(-value for value in negated)
    assert benchmark.objective.measured(benchmark.table.best_validation) == column.values.min()


@pytest.mark.parametrize("part", ["micro", "macro"])
def test_rows_are_those_of_the_file(part: str, published: Path, everything_fetched: Path) -> None:
    content = json.loads((published / transnasbench101.FILES[part]).read_bytes())
    benchmark = load_benchmark(f"transnasbench101-{part}/normal")
    networks = content["normal"]
    for name, network in [*networks.items()][::29]:
        record = benchmark.look_up(re.sub(r"\D", "", name))
        assert record["validation"] == network["val_accuracy"]
        assert record["metrics"]["proxy.snip"] == network["snip"]["score"]
        assert record["parameters"] == round(1e6 * network["params"]["score"])
    assert len(networks) == benchmark.table.size


def test_cells_that_are_not_connected_know_nothing(everything_fetched: Path) -> None:
    """So the edges are in the release's order, and 0 is none: in another, some of them learn."""
    benchmark = load_benchmark("transnasbench101-micro/class_scene")
    decisions = benchmark.space.decisions(np.arange(benchmark.space.size))

    def reaches(cell: list[int]) -> bool:
        reached = {0}
        for (source, target), operation in zip(EDGES, cell, strict=True):
            if source in reached and operation != 0:
                reached.add(target)
        return 3 in reached

    connected = np.array([reaches(cell) for cell in decisions.tolist()])
    validation = benchmark.table.mean_validation
    assert (~connected).sum() == 20
    assert np.ptp(validation[~connected]) == 0
    assert validation[connected].min() > validation[~connected].max()


def test_doubling_channels_adds_parameters_and_halving_saves_operations(
    everything_fetched: Path,
) -> None:
    benchmark = load_benchmark("transnasbench101-macro/jigsaw")
    decisions = benchmark.space.decisions(np.arange(benchmark.space.size))
    values = np.array(benchmark.space.choices[5])[decisions + np.array([1, 1, 1, 1, 0, 0])]
    doubled = np.char.find(values, "double") >= 0
    halved = np.char.find(values, "halve") >= 0
    parameters = benchmark.table.parameters
    assert parameters is not None
    assert spearmanr(doubled.sum(axis=1), parameters).statistic > 0.9
    flops = benchmark.metric("proxy.flops").values
    same = doubled.sum(axis=1) == 2
    assert spearmanr(halved.sum(axis=1)[same], flops[same]).statistic < -0.5


def test_architectures_that_are_none() -> None:
    space = TransNASBench101("macro", [(1, 1, 1, 1, 0, 0), (4, 1, 2, 1, 3, 0)])
    assert [space.key(id) for id in range(2)] == ["111100", "412130"]
    for digits in [(0, 1, 1, 1, 0, 0), (5, 1, 1, 1, 0, 0)]:
        with pytest.raises(ValueError, match="combinations of the decisions' values"):
            TransNASBench101("macro", [digits])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tasks: tasks.pop("normal"), "expected the task normal, found jigsaw"),
        (lambda tasks: tasks["normal"].update(x={}), "normal: 'x' is no architecture: (1, 0, 0,"),
        (
            lambda tasks: tasks["normal"]["(1, 0, 0, 2, 1, 0)"].pop("nwot"),
            "normal, (1, 0, 0, 2, 1, 0): wrong columns: expected nwot; found",
        ),
    ],
)
def test_a_file_of_another_layout(change: Callable[[dict[str, Any]], Any], said: str) -> None:
    scores = {name: {"score": 1.0, "time": 1.0} for name in transnasbench101.SCORES}
    network = {"idx": "1", "arch": "(1, 0, 0, 2, 1, 0)", "val_accuracy": 0.5, **scores}
    tasks = {"jigsaw": {}, "normal": {"(1, 0, 0, 2, 1, 0)": network}}
    transnasbench101.read(json.dumps(tasks).encode(), "", "normal")
    change(tasks)
    with pytest.raises(UserError, match=re.escape(said)):
        transnasbench101.read(json.dumps(tasks).encode(), "", "normal")
