"""Formats of tables: escaping, and rows of records with their estimates."""

import csv
import json
from dataclasses import dataclass
from io import StringIO

import pandas as pd
import pytest

from nasarena.leaderboard.tables.formats import (
    Column,
    csv_cell,
    csv_of,
    latex_escaped,
    markdown_escaped,
    markdown_table,
    records_csv,
    records_json,
)
from nasarena.suite.statistics.samples import Estimate, flat


@dataclass(frozen=True)
class Record:
    name: str
    count: int
    mean: Estimate
    other: Estimate | None = None


ROWS = [
    Record("a,b", 3, Estimate(1.23456789, 1.0, 2.0), Estimate(-1.0)),
    Record("c", 15_625, Estimate(2.0)),
]


def test_a_flat_row_has_every_estimate_with_its_interval() -> None:
    assert flat(ROWS[0]) == {
        **{"name": "a,b", "count": 3, "mean": 1.23456789, "mean_low": 1.0, "mean_high": 2.0},
        **{"other": -1.0, "other_low": None, "other_high": None},
    }
    assert flat(ROWS[1])["other_low"] is None
    assert list(flat(ROWS[0])) == list(flat(ROWS[1]))


def test_records_read_back_from_csv_and_json() -> None:
    first, second = csv.DictReader(StringIO(records_csv(ROWS)))
    assert (first["name"], first["count"], first["mean"]) == ("a,b", "3", "1.23457")
    assert (second["count"], second["mean_low"], second["other"]) == ("15625", "", "")
    assert json.loads(records_json(ROWS)) == [flat(row) for row in ROWS]
    assert records_csv([]) == ""


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        (
            r"50 % & $x_1$ #{\}~^",
            r"50 \% \& \$x\_1\$ \#\{\textbackslash{}\}\textasciitilde{}\textasciicircum{}",
        ),
        ("weaknas[batch=5]", "weaknas{[}batch=5{]}"),
        ("—", "---"),
        ("a < b > c", r"a \ensuremath{<} b \ensuremath{>} c"),
        ("p ≤ 0.05, ü, 日", r"p \ensuremath{\leq} 0.05, \"u, 日"),
    ],
)
def test_latex_prints_a_text_as_it_is(text: str, latex: str) -> None:
    assert latex_escaped(text) == latex


def test_markdown_shows_a_text_as_it_is() -> None:
    assert markdown_escaped("a|b <i> *x* [0]") == r"a\|b \<i\> \*x\* \[0\]"


HOSTILE = ("=1+1", "+1+cmd", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "-name")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_a_spreadsheet(text: str) -> None:
    shown = csv_cell(text)
    assert shown.startswith("'")
    frame = pd.DataFrame({text: [text, None], "number": [-1.5, 2.0], "count": [-3, 4]})
    header, line, _ = csv.reader(StringIO(csv_of(frame)))
    assert header == [shown, "number", "count"]
    assert line == [shown, "-1.5", "-3"], "numbers stay numbers"
    record = records_csv([Record(text, -3, Estimate(-1.0))])
    assert list(csv.reader(StringIO(record)))[1][:3] == [shown, "-3", "-1"]


@pytest.mark.parametrize(
    "value", ["-1", "+1.5", "-1e-05", ".5", -1, -1.5, None, "weaknas[x=1]", ""]
)
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert csv_cell(value) == value


def test_control_characters_are_shown_in_every_format() -> None:
    text = "a\x1b[31m\x07\x9b\u202eb"
    shown = "a\ufffd[31m\ufffd\ufffd\ufffdb"
    assert csv_cell(text) == shown
    assert markdown_escaped(text) == shown.replace("[", "\\[")
    assert markdown_table([Column(text, ["x\ny"])]).count("\n") == 2
    assert latex_escaped(text) == "a?{[}31m???b"
