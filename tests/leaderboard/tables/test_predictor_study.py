"""The predictor study's table: what it says, in each format."""

import csv
import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from nasarena.leaderboard.tables.predictor_study import TEXT_FORMATS, columns, heading, print_tables
from nasarena.suite.predictor_study.summary import Row
from nasarena.suite.statistics.samples import Estimate, flat

ROW = Row(
    benchmark="nasbench201/cifar10",
    labels=50,
    predictor="gp",
    seeds=5,
    top=157,
    tau=Estimate(0.70949, 0.7, 0.7126),
    tau_top=Estimate(-0.01927, -0.06, 0.024),
    precision=Estimate(0.213375, 0.14, 0.2866),
    tau_minus_ridge=Estimate(0.17043, 0.1, 0.2),
    table_sha256="0" * 64,
)
RIDGE = replace(ROW, predictor="ridge", tau=Estimate(0.539, 0.5, 0.6), tau_minus_ridge=None)
MORE = replace(ROW, labels=400)
OTHER = replace(ROW, benchmark="nasbenchgraph/citeseer", top=263, tau_minus_ridge=None)


def printed(rows: list[Row], width: int = 120) -> str:
    file = StringIO()
    print_tables(rows, Console(file=file, width=width))
    return file.getvalue()


def test_cells_say_means_intervals_and_signed_differences() -> None:
    cells = {column.title: column.cells for column in columns([ROW, RIDGE])}
    assert cells["labels"] == ["50", "50"]
    assert cells["tau"] == ["0.709 [0.700, 0.713]", "0.539 [0.500, 0.600]"]
    assert cells["tau in true top 1 %"][0] == "-0.019 [-0.060, 0.024]"
    assert cells["precision at 1 % (%)"][0] == "21.3 [14.0, 28.7]"
    assert cells["tau minus ridge"] == ["+0.170 [+0.100, +0.200]", "—"]


def test_without_ridge_there_is_no_column_for_it() -> None:
    assert "tau minus ridge" not in {column.title for column in columns([OTHER])}


def test_one_seed_has_no_interval_and_says_so() -> None:
    one = replace(ROW, seeds=1, tau=Estimate(0.5, None, None))
    assert columns([one])[2].cells == ["0.500"]
    assert heading([one]).endswith("one seed: no interval")
    assert heading([one, ROW]).endswith("1 to 5 seeds: no interval below 6")


def test_a_table_for_each_benchmark_that_fits_the_width() -> None:
    text = printed([ROW, RIDGE, MORE, OTHER])
    assert max(map(len, text.splitlines())) <= 120
    for said in ("cifar10: top 1 % = 157 architectures, 5 seeds", "citeseer: top 1 % = 263"):
        assert said in text
    narrow = printed([ROW, RIDGE], width=80)
    assert max(map(len, narrow.splitlines())) <= 80
    for number in ("0.709", "0.713]", "+0.170", "28.7]"):
        assert number in narrow, "wrapped, not cut"


def test_brackets_in_a_name_are_no_markup_and_escapes_do_not_reach_the_terminal() -> None:
    text = printed([replace(ROW, predictor="mine[bold]\x1b[31m")])
    assert "mine[bold]" in text
    assert "\x1b" not in text


def test_json_and_csv_have_every_field() -> None:
    rows = [ROW, RIDGE]
    (first, second) = json.loads(TEXT_FORMATS["json"](rows))
    assert first == flat(ROW)
    assert (second["tau_minus_ridge"], second["tau_minus_ridge_low"]) == (None, None)
    lines = list(csv.DictReader(StringIO(TEXT_FORMATS["csv"](rows))))
    assert list(lines[0]) == list(flat(ROW))
    assert [line["tau_minus_ridge"] for line in lines] == ["0.17043", ""]
    assert float(lines[0]["precision_low"]) == 0.14


def test_markdown_rows_have_as_many_cells_as_the_head() -> None:
    text = TEXT_FORMATS["markdown"]([replace(ROW, predictor="a|b"), RIDGE])
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1
    assert r"| a\|b |" in text


@pytest.mark.parametrize("name", sorted(TEXT_FORMATS))
def test_each_benchmark_is_in_every_format(name: str) -> None:
    text = TEXT_FORMATS[name]([ROW, OTHER])
    assert "nasbench201/cifar10" in text
    assert "nasbenchgraph/citeseer" in text
