"""A table of which only some architectures may be the answer."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, keep_read_only, read_only
from nasarena.suite.tables.objective import Objective
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, TIE, Table


@dataclass(frozen=True)
class LimitedTable(Table):
    """The table under a limit: `feasible`, shape (architectures,), says who keeps to it.

    The labels and tests of the others are the worst that there can be: 0 % of accuracies, of
    another objective the worst value of the table.
    """

    feasible: NDArray[np.bool_] = field(default_factory=lambda: np.ones(0, dtype=bool))

    @cached_property
    def optimum(self) -> NDArray[np.int64]:
        """The ids of the best feasible ones: a set, ties within 1e-9 included."""
        good = self.mean_validation >= self.best_validation - TIE
        return np.flatnonzero(good & self.feasible)


keep_read_only(LimitedTable)


def limited_table(
    table: Table, feasible: NDArray[np.bool_], objective: Objective, limit: str
) -> LimitedTable:
    """A table under a limit; `limit` is what says so, with the sha256 of the metric's values.

    The sha256 is of both and the table's: with other values of the metric it is another table.
    """
    digest = sha256(f"{table.sha256}\0{limit}".encode())
    worst = _worst(table.validation, objective)
    rows = np.where(np.isnan(table.validation), np.nan, worst)
    test = table.test
    if test is not None:
        test = np.where(feasible, test, _worst(test, objective))
    return LimitedTable(
        table.source_sha256,
        np.where(feasible[:, None], table.validation, rows),
        test,
        table.training_seconds,
        table.parameters,
        table.latency_seconds,
        feasible=read_only(feasible),
        sha256=digest.hexdigest(),
    )


def feasible_part(table: Table) -> Table:
    """The feasible rows of a table under a limit alone; any other as it is."""
    if not isinstance(table, LimitedTable):
        return table
    columns = {name: getattr(table, name) for name in OPTIONAL_COLUMNS}
    kept = {
        name: None if column is None else column[table.feasible] for name, column in columns.items()
    }
    validation = table.validation[table.feasible]
    return Table(table.source_sha256, validation, sha256=table.sha256, **kept)


def _worst(values: Accuracies, objective: Objective) -> float:
    return 0.0 if objective.unit == "%" else float(np.nanmin(values))
