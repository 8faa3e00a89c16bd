"""The numbers in a user's table: read, checked, and put on nasarena's scales."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.tables.own_table_columns import Columns
from nasarena.suite.tables.own_table_numbers import number
from nasarena.suite.tables.rows import Rows

PERCENT = {"percent": 1.0, "fraction": 100.0}


def metrics(table: Rows, columns: Columns) -> dict[str, NDArray[np.float64]]:
    """The arguments of a `Table` by name: what the file has, in percent and seconds.

    An objective that is no accuracy keeps its scale; of what is minimised the negative is given,
    so that higher is better. In several validation columns an empty cell is a training run that
    was not made; every line needs one that was. Of several test columns the mean is taken. Raises
    UserError, with the line.
    """
    assert columns.validation is not None
    found = {"validation": _labels(table, columns, columns.validation)}
    if columns.test is not None:
        found["test"] = np.nanmean(_labels(table, columns, columns.test), axis=1)
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


def _labels(table: Rows, columns: Columns, names: Sequence[str]) -> NDArray[np.float64]:
    """Higher is better; shape (rows, columns), NaN after the last run of each row."""
    may_lack = len(names) > 1
    if columns.direction is None:
        unit = columns.unit or "percent"
        runs = np.stack([_accuracy(table, name, unit, may_lack) for name in names], axis=1)
    else:
        measured = np.stack([_numbers(table, name, may_lack) for name in names], axis=1)
        runs = columns.measured.measured(measured)  # the negative of the negative
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


def _accuracy(table: Rows, name: str, unit: str, may_lack: bool) -> NDArray[np.float64]:
    values = _numbers(table, name, may_lack)
    there = ~np.isnan(values)
    other = f"give accuracies, or --objective {name} with --direction max or min"
    _check_all(table, name, ~(values < 0), f"is negative; {other}")
    if unit == "fraction":
        _check_all(table, name, ~(values > 1), "is no fraction; give --unit percent")
    else:
        _check_all(table, name, ~(values > 100), f"is more than 100 %; {other}")
        if there.any() and values[there].max() <= 1 and values[there].any():
            raise table.wrong(
                int(there.argmax()),
                f"column '{name}' is at most 1 in all lines, so these seem to be fractions; give "
                "--unit fraction",
            )
    scaled: NDArray[np.float64] = values * PERCENT[unit]
    return scaled


def _numbers(table: Rows, name: str, may_lack: bool = False) -> NDArray[np.float64]:
    """A column as numbers, NaN for the empty cells that may be. Raises UserError for others."""
    values = []
    for row, cell in enumerate(table.column(name)):
        value = float("nan") if may_lack and not cell else number(cell)
        if value is None:
            said = f"'{cell}' in column '{name}' is not a number" if cell else f"'{name}' is empty"
            raise table.wrong(row, f"{said}; give one, or leave the line out")
        values.append(value)
    return np.array(values, dtype=np.float64)


def _check_all(table: Rows, name: str, fine: NDArray[np.bool_], what: str) -> None:
    if not fine.all():
        row = int((~fine).argmax())
        raise table.wrong(row, f"{table.column(name)[row]} in column '{name}' {what}")
