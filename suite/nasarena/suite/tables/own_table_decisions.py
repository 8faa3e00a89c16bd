"""Which columns of a user's table can be decisions when nobody says so.

Methods see decisions. A measurement among them would show methods what they are to find.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

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
CHANCE = 1e-6
"""Of a column that has nothing to do with the label and follows it all the same."""


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
    equal = numeric and np.array_equal(of.numbers[:, column], of.labels)
    follows = not alone and _follows(of.codes[:, column], of.labels)
    return f"says what {validation[0]} is" if equal or follows else None


def _follows(codes: NDArray[np.int64], labels: NDArray[np.float64]) -> bool:
    """Whether the label decides the value, better labels never going back to an earlier value.

    Where this can be chance, as in a small table, it says nothing. Both of shape (count,).
    """
    order = np.argsort(labels, kind="stable")
    codes, labels = codes[order], labels[order]
    changes = np.flatnonzero(np.diff(codes))
    counts = np.bincount(codes)
    counts = counts[counts > 0]
    if changes.size != counts.size - 1 or (labels[changes] == labels[changes + 1]).any():
        return False
    chance = gammaln(counts.size + 1) + gammaln(counts + 1).sum() - gammaln(codes.size + 1)
    return bool(chance < np.log(CHANCE))
