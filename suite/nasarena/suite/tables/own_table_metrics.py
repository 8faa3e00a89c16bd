"""The numbers in a user's table: read, checked, and put on nasarena's scales."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.tables.csv_file import CSVFile
from nasarena.suite.tables.own_table_columns import Columns

PERCENT = {"percent": 1.0, "fraction": 100.0}


def metrics(table: CSVFile, columns: Columns) -> dict[str, NDArray[np.float64]]:
    """The arguments of a `Table` by name: what the file has, in percent and seconds.

    In several validation columns an empty cell is a training run that was not made; every line
    needs one that was. Of several test columns the mean is taken. Raises UserError, with the line.
    """
    assert columns.validation is not None
    found = {"validation": _accuracies(table, columns.validation, columns.unit)}
    if columns.test is not None:
        runs = _accuracies(table, columns.test, columns.unit)
        found["test"] = np.nanmean(runs, axis=1)
    for name, column in (
        ("training_seconds", columns.cost),
        ("parameters", columns.parameters),
        ("latency_seconds", columns.latency),
    ):
        if column is not None:
            values = _numbers(table, column)
            _check_all(table, column, values >= 0, "is negative; give what was measured")
            found[name] = values
    return found


def _accuracies(table: CSVFile, names: Sequence[str], unit: str) -> NDArray[np.float64]:
    """Percent, shape (rows, columns), NaN after the last run of each row."""
    runs = np.stack([_accuracy(table, name, unit, len(names) > 1) for name in names], axis=1)
    without = np.isnan(runs).all(axis=1)
    if without.any():
        raise table.wrong(
            int(without.argmax()),
            f"no value in {', '.join(names)}; give at least one, or leave the line out",
        )
    # Runs that were made first, in their order.
    order = np.argsort(np.isnan(runs), axis=1, kind="stable")
    made = np.take_along_axis(runs, order, axis=1)
    return made[:, ~np.isnan(made).all(axis=0)]


def _accuracy(table: CSVFile, name: str, unit: str, may_lack: bool) -> NDArray[np.float64]:
    values = _numbers(table, name, may_lack)
    there = ~np.isnan(values)
    _check_all(table, name, ~(values < 0), "is negative; give accuracies")
    if unit == "fraction":
        _check_all(table, name, ~(values > 1), "is no fraction; give --unit percent")
    else:
        _check_all(table, name, ~(values > 100), "is more than 100 %; give accuracies")
        if there.any() and values[there].max() <= 1 and values[there].any():
            raise table.wrong(
                int(there.argmax()),
                f"column '{name}' is at most 1 in all lines, so these seem to be fractions; give "
                "--unit fraction",
            )
    scaled: NDArray[np.float64] = values * PERCENT[unit]
    return scaled


def _numbers(table: CSVFile, name: str, may_lack: bool = False) -> NDArray[np.float64]:
    """A column as numbers, NaN for the empty cells that may be. Raises UserError for others."""
    values: list[Any] = []
    for row, cell in enumerate(table.column(name)):
        try:
            values.append(float("nan") if may_lack and not cell else _number(cell))
        except ValueError:
            said = f"'{cell}' in column '{name}' is not a number" if cell else f"'{name}' is empty"
            raise table.wrong(row, f"{said}; give one, or leave the line out") from None
        if cell and not abs(values[-1]) < float("inf"):
            raise table.wrong(
                row, f"'{cell}' in column '{name}' is not a number; give one, or leave the line out"
            )
    return np.array(values, dtype=np.float64)


def _number(cell: str) -> float:
    """The number. Raises ValueError for other text, also for 9_1: 91 to Python, a slip here."""
    if "_" in cell:
        raise ValueError(cell)
    return float(cell)


def _check_all(table: CSVFile, name: str, fine: NDArray[np.bool_], what: str) -> None:
    if not fine.all():
        row = int((~fine).argmax())
        raise table.wrong(row, f"{table.column(name)[row]} in column '{name}' {what}")
