"""Formats of tables: escaping, and rows of records with their estimates."""

import csv
import json
from dataclasses import dataclass
from io import StringIO

import pytest

from nasarena.leaderboard.tables.formats import (
    latex_escaped,
    markdown_escaped,
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
