"""The tables of two objectives, for people and for machines."""

import csv
import json
from pathlib import Path

import pytest
from tests.leaderboard.runs_by_hand import CIFAR10, PROTEINS, run_set

from nasarena.leaderboard.tables.fronts import to_csv, to_json, to_latex, to_markdown
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.commands.table import Format, table
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.front_table import FrontTable, front_tables

RESULTS = Path(__file__).parents[3] / "results"


@pytest.fixture(scope="module")
def tables() -> list[FrontTable]:
    run_sets = [
        run_set([list(range(shift, 60, 2)) for shift in range(7)], name, method, 60)
        for name, method in ((CIFAR10, "a"), (PROTEINS, "a"), (PROTEINS, "b[x=1]"))
    ]
    return front_tables(run_sets, "parameters")[0]


def test_markdown_has_methods_then_true_fronts(tables: list[FrontTable]) -> None:
    text = to_markdown(tables)
    headings = [line for line in text.splitlines() if line.startswith("###")]
    assert headings == [
        f"### {name}: weaknas-paper\\[budget=60\\], budget 60, 7 seeds; validation accuracy and "
        "parameters, less is better"
        for name in (CIFAR10, PROTEINS)
    ] + [f"### True front of {name}" for name in (CIFAR10, PROTEINS)]
    assert "| method | after 50 | after 60 | front found, % |" in text
    assert "| 333132 | 91.607 | 1,073,466 |" in text
    assert (
        "True front: 13 architectures of 15,625, from 84.66 % and 73,306 parameters to 91.61 % and "
        "1,073,466 parameters. Reference point: 9.71 % and 1,531,546 parameters, the worst"
    ) in text
    assert "compare fronts under a protocol that stops at the budget" in text


def test_files_have_every_number(tables: list[FrontTable]) -> None:
    found = json.loads(to_json(tables))
    rows = list(csv.DictReader(to_csv(tables).splitlines()))
    assert len(rows) == len(found["rows"]) == 6
    for row, record in zip(rows, found["rows"], strict=True):
        assert set(row) == set(record)
        assert float(row["hypervolume"]) == record["hypervolume"]
        assert row["hypervolume_low"]
    front = found["fronts"][0]
    benchmark = load_benchmark(CIFAR10)
    assert front["reference"] == pytest.approx({"validation": 9.712, "parameters": 1531546.0})
    for one in front["architectures"]:
        looked_up = benchmark.look_up(one["key"])
        assert looked_up["parameters"] == one["parameters"]
        assert looked_up["validation"] == one["validation"]
    assert to_latex(tables).count(r"\begin{table}") == 4


def test_the_command_leaves_out_benchmarks_without_the_metric(
    everything_fetched: object, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = [RESULTS / "rivals", RESULTS / "nasbench101-5-every-method"]
    with pytest.warns(UserWarning, match="without such a second objective: nasbench101-5/"):
        table(folder, format=Format.json, second="energy_mj.fpga")
    found = json.loads(capsys.readouterr().out)
    assert [front["benchmark"] for front in found["fronts"]] == [
        *("nasbench201/cifar10", "nasbench201/cifar100", "nasbench201/imagenet16-120")
    ]
    assert found["rows"][0]["unit"] == "mJ"


def test_the_command_says_what_is_missing() -> None:
    with pytest.raises(UserError, match="did you mean 'parameters'"):
        table([RESULTS / "nasbench101-5-every-method"], second="parameter")
