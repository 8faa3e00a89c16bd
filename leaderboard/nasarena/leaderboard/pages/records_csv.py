"""Rows of statistics as CSV: every field, estimates in three columns."""

import csv
from collections.abc import Sequence
from dataclasses import fields
from io import StringIO
from typing import Any

from nasarena.leaderboard.pages.grid import csv_number
from nasarena.suite.statistics.samples import Estimate


def records_csv(rows: Sequence[Any]) -> str:
    """Dataclasses of one kind, a line each; null is empty. Empty without any row."""
    if not rows:
        return ""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [field.name for field in fields(rows[0])]
    estimates = {
        name for name in names if any(isinstance(getattr(row, name), Estimate) for row in rows)
    }
    writer.writerow(
        [
            column
            for name in names
            for column in ((name, f"{name}_low", f"{name}_high") if name in estimates else (name,))
        ]
    )
    for row in rows:
        cells: list[str] = []
        for name in names:
            value = getattr(row, name)
            if name in estimates:
                ends = (value.value, value.low, value.high) if value else (None, None, None)
                cells += map(csv_number, ends)
            else:
                cells.append(_text(value))
        writer.writerow(cells)
    return file.getvalue()


def _text(value: object) -> str:
    if value is None or isinstance(value, (int, float)):
        return csv_number(value)
    return str(value)
