"""The table for people and machines: what it says, and that each format holds it."""

import csv
import json
from dataclasses import fields, replace
from io import StringIO

import pytest
from rich.console import Console

from nasarena.leaderboard.tables.samples import (
    TEXT_FORMATS,
    columns,
    heading,
    print_tables,
    to_csv,
    to_json,
    to_latex,
    to_markdown,
)
from nasarena.suite.errors import printable
from nasarena.suite.statistics.summary import Row

HOSTILE = "<script>a|b & 50% $x_1$ [0]\x1b[31m"

ROW = Row(
    benchmark="nasbench201/cifar10",
    method="local-search",
    protocol="weaknas-paper",
    seeds=30,
    budget=1000,
    found_share=0.9,
    found_share_low=0.744,
    found_share_high=0.965,
    median_samples=52.5,
    restricted_mean_samples=173.25,
    restricted_mean_low=99.4,
    restricted_mean_high=210.6,
    rounds=8.25,
    stop_reasons={"optimum": 27, "budget": 3},
    best_validation_regret=0.0289,
    test_of_best_validation=76.1124,
    oracle_test=None,
    method_version="1",
    table_sha256="0" * 64,
)
NEVER = replace(ROW, method="random-search", found_share=0.0, median_samples=None)
FAILED = replace(ROW, method="broken", stop_reasons={"optimum": 28, "failed": 2})


def printed(rows: list[Row], width: int = 100, terminal: bool = False) -> str:
    file = StringIO()
    print_tables(rows, Console(file=file, width=width, force_terminal=terminal))
    return file.getvalue()


def test_cells_say_share_mean_median_and_how_runs_ended() -> None:
    cells = {column.title: column.cells for column in columns([ROW, NEVER, FAILED])}
    assert cells["samples, mean"][0] == "173 [99.4, 211]"
    assert cells["found, %"][0] == "90 [74, 96]"
    assert cells["median"][:2] == ["52.5", ">1000"]
    assert cells["stopped because"] == [
        "27 optimum, 3 budget",
        "27 optimum, 3 budget",
        "28 optimum, 2 failed: not ranked",
    ]
    assert cells["regret"][0] == "0.029"
    assert cells["test of best"][0] == "76.11"


def test_a_share_is_not_rounded_to_all_or_none() -> None:
    almost = replace(ROW, found_share=0.999, found_share_low=0.004, found_share_high=1.0)
    assert columns([almost])[2].cells == ["99.9 [0.4, 100]"]


def test_columns_without_any_value_are_left_out_and_single_ones_are_dashes() -> None:
    assert "oracle test" not in {column.title for column in columns([ROW])}
    some = columns([ROW, replace(ROW, oracle_test=80.0)])
    assert next(c.cells for c in some if c.title == "oracle test") == ["—", "80.00"]


def test_one_seed_has_no_interval() -> None:
    one = replace(ROW, seeds=1, restricted_mean_low=None, restricted_mean_high=None)
    assert "one seed: no interval" in heading([one])
    assert columns([one])[1].cells == ["173 (one seed)"]
    assert columns([one, ROW])[1].title == "seeds"


def test_terminal_table_fits_and_has_no_colours_when_piped() -> None:
    text = printed([replace(ROW, oracle_test=80.0), NEVER, FAILED])
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text
    assert "nasbench201/cifar10: weaknas-paper, budget 1,000, 30 seeds" in text
    for cell in ("local-search", "173 [99.4, 211]", ">1000", "80.00"):
        assert cell in text
    assert text.index("local-search") < text.index("broken")


def test_expected_samples_with_restarts_are_where_there_is_room() -> None:
    rows = [replace(ROW, ert=1234.5, oracle_test=80.0), replace(NEVER, ert=None)]
    assert {column.title: column.cells for column in columns(rows)}["ERT"] == ["1234", "—"]
    assert "1234" in printed(rows, 130)
    assert "1234" not in printed(rows, 100)
    assert "1234" in to_markdown(rows)
    assert "ERT" not in {column.title for column in columns([NEVER])}


def test_brackets_in_a_name_are_no_markup_and_escapes_do_not_reach_the_terminal() -> None:
    text = printed([replace(ROW, method="weaknas[bold]"), replace(ROW, method=HOSTILE)], 200)
    assert "weaknas[bold]" in text
    assert "\x1b" not in text


def test_json_has_all_fields_of_the_contract() -> None:
    (first, second) = json.loads(to_json([ROW, replace(NEVER, method=HOSTILE)]))
    contract = (
        "benchmark, method, protocol, seeds, budget, found_share, median_samples, "
        "restricted_mean_samples, restricted_mean_low, restricted_mean_high, rounds, stop_reasons, "
        "best_validation_regret, test_of_best_validation, oracle_test"
    )
    assert set(contract.split(", ")) <= set(first)
    assert first["stop_reasons"] == {"optimum": 27, "budget": 3}
    assert first["restricted_mean_samples"] == 173.25
    assert (second["median_samples"], second["method"]) == (None, HOSTILE)
    assert to_json([ROW]).endswith("]\n")


def test_json_refuses_what_json_has_not() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json([replace(ROW, rounds=float("nan"))])


def test_csv_reads_back() -> None:
    lines = list(csv.DictReader(StringIO(to_csv([ROW, replace(NEVER, method=HOSTILE)]))))
    assert list(lines[0]) == [field.name for field in fields(Row)]
    assert lines[0]["stop_reasons"] == "optimum=27 budget=3"
    assert (lines[1]["method"], lines[1]["median_samples"]) == (printable(HOSTILE), "")


def test_markdown_rows_have_as_many_cells_as_the_head() -> None:
    text = to_markdown([replace(ROW, method="a|b<script>"), NEVER])
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1
    assert r"a\|b\<script\>" in text


def test_latex_is_escaped() -> None:
    text = to_latex([replace(ROW, method=HOSTILE)])
    assert r"\ensuremath{<}script\ensuremath{>}a|b \& 50\% \$x\_1\$ {[}0{]}" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1


@pytest.mark.parametrize("name", sorted(TEXT_FORMATS))
def test_each_benchmark_is_in_every_format(name: str) -> None:
    text = TEXT_FORMATS[name]([ROW, replace(ROW, benchmark="nasbenchgraph/cora")])
    assert "nasbench201/cifar10" in text
    assert "nasbenchgraph/cora" in text
