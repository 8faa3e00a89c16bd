"""Which columns of a user's table can be decisions when nobody says so.

Methods see decisions. A measurement among them would show methods what they are to find.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, listed
from nasarena.suite.tables.own_table_columns import LOWER, words
from nasarena.suite.tables.own_table_numbers import lenient_numbers
from nasarena.suite.tables.rows import Rows

MEASUREMENT = (
    rf"(?<![a-z])(acc|accuracy|score|metric|top ?[15]|auc|auroc|f1|recall|bleu|rouge|map|miou|iou|"
    rf"r2|psnr|ssim|{LOWER}|[kmgt]?flops?|[mg]?macs?|madds?|mult adds|latency|throughput|fps|"
    rf"energy|power|joules?|watts?|emissions|co2|gpus?|cpus?|memory|mem|ram|vram|[kmg]i?b|bytes|"
    rf"params?|parameters|weights|time|runtime|duration|seconds|secs?|ms|minutes|hours|days|epochs?|"
    rf"cost|val|valid|validation|test|eval|reward|fitness|likelihood|nll)(?![a-z])"
)
"""A word in a column's name, in small letters, that says it was measured."""

MOST_FEW = 10
"""Values that a decision can have in whatever table; beyond, it has to repeat them."""
MOST_NUMBERS = 50
"""Different numbers that a decision can have."""
LEAST_REPEATED = 4
"""Architectures of which a decision repeats a value, where another column does."""
FEWEST_PREDICTING = 3
"""Values of a column from which it is no chance that each has one label."""


@dataclass(frozen=True)
class _Candidates:
    """Columns that may be decisions, a row for each of their combinations.

    `codes` number their values, shape (combinations, columns); `labels` are means, shape
    (combinations,), with NaN where a cell is no number.
    """

    names: Sequence[str]
    codes: NDArray[np.int64]
    numbers: NDArray[np.float64]
    labels: NDArray[np.float64]


def check_decisions(table: Rows, names: Sequence[str], validation: Sequence[str]) -> None:
    """Raises UserError for columns that seem to be measurements, not decisions.

    By their names; by having too many values, or none that repeats; or by following the label.
    """
    candidates = _candidates(table, names, validation)
    found = {
        name: reason
        for column, name in enumerate(names)
        if (reason := _measured(candidates, column, validation)) is not None
    }
    if not found:
        return
    first, reason = next(iter(found.items()))
    others = f" (and {listed(list(found)[1:])})" if len(found) > 1 else ""
    raise UserError(
        f"column '{first}'{others} of {table.path} {reason}, and methods would see it as a "
        f"decision; leave it out with --ignore {','.join(found)}, or name the decisions with "
        "--decisions"
        if len(found) <= MOST_FEW
        else f"column '{first}' and {len(found) - 1:,} others of {table.path} seem to be no "
        f"decisions: '{first}' {reason}; name the decisions with --decisions, or leave columns "
        "out with --ignore"
    )


def _candidates(table: Rows, names: Sequence[str], validation: Sequence[str]) -> _Candidates:
    columns = [np.unique(table.column(name), return_inverse=True) for name in names]
    codes = np.stack([inverse for _, inverse in columns], axis=1)
    labels = np.stack([lenient_numbers(table.column(name)) for name in validation], axis=1)
    combinations, inverse, counts = np.unique(
        codes, axis=0, return_inverse=True, return_counts=True
    )
    made = ~np.isnan(labels)
    means = np.where(made, labels, 0).sum(axis=1) / np.where(made.any(axis=1), made.sum(axis=1), 1)
    means[~made.any(axis=1)] = np.nan
    summed = np.bincount(inverse.ravel(), means, minlength=len(combinations))
    numbers = np.stack(
        [
            lenient_numbers(values.tolist())[combinations[:, column]]
            for column, (values, _) in enumerate(columns)
        ],
        axis=1,
    )
    return _Candidates(names, combinations, numbers, summed / counts)


def _measured(of: _Candidates, column: int, validation: Sequence[str]) -> str | None:
    """Why a column seems to be measured; None where it can be a decision."""
    values = np.unique(of.codes[:, column]).size
    if values < 2:
        return None  # it decides nothing, and is left out
    if re.search(MEASUREMENT, words(of.names[column])):
        return "seems to be a metric by its name"
    count = len(of.codes)
    numeric = not np.isnan(of.numbers[:, column]).any()
    most = max(MOST_FEW, min(count // 10, MOST_NUMBERS) if numeric else count // 2)
    alone = len(of.names) == 1
    repeats = values < count or count < LEAST_REPEATED or alone
    if values > most or not repeats:
        return f"has {values:,} different values in {count:,} lines"
    if np.isnan(of.labels).any():
        return None  # the complaint about that cell comes later
    if np.ptp(of.labels) == 0:
        return None  # constant labels are told by every column and by none
    codes, numbers = of.codes[:, column], of.numbers[:, column]
    tells = numeric and np.array_equal(numbers, of.labels)
    tells |= not alone and (
        _predicts(codes, of.labels) or (numeric and _follows(numbers, of.labels))
    )
    return f"says what {validation[0]} is" if tells else None


def _predicts(codes: NDArray[np.int64], labels: NDArray[np.float64]) -> bool:
    """Whether each value of a column has one label only. Both of shape (count,)."""
    pairs = len({*zip(codes.tolist(), labels.tolist(), strict=True)})
    return FEWEST_PREDICTING <= np.unique(codes).size == pairs


def _follows(numbers: NDArray[np.float64], labels: NDArray[np.float64]) -> bool:
    """Whether a column of numbers has the order of the label, as a rounded copy of it has.

    A decision can do so too where it has few values that repeat. Both of shape (count,).
    """
    values = np.unique(numbers).size
    if values <= MOST_FEW and 2 * values <= numbers.size:
        return False
    steps = np.diff(numbers[np.lexsort((numbers, labels))])
    back = np.diff(numbers[np.lexsort((-numbers, labels))])
    return values >= FEWEST_PREDICTING and bool((steps >= 0).all() or (back <= 0).all())
